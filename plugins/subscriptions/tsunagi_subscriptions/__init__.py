"""The subscriptions plugin."""
