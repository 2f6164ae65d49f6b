"""Rules: what happens when something happened, written in YAML and decided without a clock or any I/O."""
