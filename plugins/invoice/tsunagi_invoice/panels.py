"""What record pages show of Invoice."""

from tsunagi_invoice.connector import SERVICE

PANELS = SERVICE.panels()
