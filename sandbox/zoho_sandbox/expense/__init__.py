"""Expense v1: customers, categories, expenses and the reports that are submitted and approved."""
