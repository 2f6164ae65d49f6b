"""What a sync would do, decided from the state of both sides: no clock, no network, no store."""
