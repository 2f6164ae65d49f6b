"""The sandbox's own pages and controls under `/_sandbox`."""
