"""Connecting organisations, checking that they fit, and switching services off and on."""
