"""Zoho Books v3: organisations, contacts, items, estimates, invoices and payments of a company's books."""
