"""What the rules say of an event, and the writes their actions come down to."""
