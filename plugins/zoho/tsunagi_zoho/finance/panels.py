"""Blocks on record pages with a finance service's estimates and invoices."""

from tsunagi import Panel, Text

from tsunagi_zoho.finance.statuses import ESTIMATE_STATUSES, INVOICE_STATUSES

PLACES = ("account", "contact", "deal")


def estimates_panel(service: str) -> Panel:
    return Panel(service, "estimates", "estimate", Text("Estimates", "見積書"), PLACES, ESTIMATE_STATUSES)


def invoices_panel(service: str) -> Panel:
    return Panel(service, "invoices", "invoice", Text("Invoices", "請求書"), PLACES, INVOICE_STATUSES)
