"""What record pages show of Books."""

from tsunagi_zoho.finance.panels import estimates_panel, invoices_panel

from tsunagi_books.connector import SERVICE

PANELS = (estimates_panel(SERVICE), invoices_panel(SERVICE))
