"""Whether the plans and currencies of two sides fit, decided from facts alone: no clock, no network, no store."""
