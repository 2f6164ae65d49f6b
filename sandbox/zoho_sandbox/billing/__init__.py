"""Billing v1 (once Subscriptions): customers, plans, subscriptions that renew by the clock, and their invoices."""
