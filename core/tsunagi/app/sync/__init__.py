"""Keeping records in step: read what changed, plan each pair, write what was planned."""
