"""What Zoho's finance services have in common: customers, persons, items, estimates and invoices."""
