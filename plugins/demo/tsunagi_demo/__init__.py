"""The demo: a company, its CRM and its books, on this machine alone."""
