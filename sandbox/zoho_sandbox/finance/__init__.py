"""What the finance services share: organisations, parties, items, documents, payments, and the way of a call."""
