"""Saved plans: what would be done, shown first and applied later, where the world has not moved."""
