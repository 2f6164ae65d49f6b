"""The invoice plugin."""
