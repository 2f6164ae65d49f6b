"""The accounts server: OAuth 2.0 as the vendor speaks it."""
