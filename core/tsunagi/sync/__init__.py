"""What a sync would do, decided from what both sides say: no clock, no network, no store."""
