"""The expense plugin."""
