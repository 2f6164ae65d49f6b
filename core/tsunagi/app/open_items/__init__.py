"""The standing list: everything that is not as it should be, why, what to do, and when it is tried again."""
