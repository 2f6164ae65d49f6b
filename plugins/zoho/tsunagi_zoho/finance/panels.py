"""Blocks on record pages with a finance service's documents."""

from collections.abc import Sequence

from tsunagi import Panel, StatusLabel, Text
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.statuses import (
    ESTIMATE_STATUSES,
    INVOICE_STATUSES,
    PURCHASE_ORDER_STATUSES,
    SALES_ORDER_STATUSES,
)

_PLACES = ("account", "contact", "deal")


def panels_of(service: str, kinds: Sequence[Kind]) -> tuple[Panel, ...]:
    """One a kind of document, named alike in every service."""
    kept = {kind.entity for kind in kinds}
    every = (
        _panel(service, "estimates", "estimate", Text("Estimates", "見積書"), ESTIMATE_STATUSES),
        _panel(service, "invoices", "invoice", Text("Invoices", "請求書"), INVOICE_STATUSES),
        _panel(service, "sales_orders", "sales_order", Text("Sales orders", "受注書"), SALES_ORDER_STATUSES),
        # They are for vendors: an account's page has those that name one of its deals, or a vendor it is linked to.
        _panel(
            service,
            "purchase_orders",
            "purchase_order",
            Text("Purchase orders", "発注書"),
            PURCHASE_ORDER_STATUSES,
            through_deals=True,
        ),
    )
    return tuple(panel for panel in every if panel.entity in kept)


def _panel(
    service: str,
    name: str,
    entity: str,
    label: Text,
    statuses: tuple[StatusLabel, ...],
    *,
    through_deals: bool = False,
) -> Panel:
    return Panel(service, name, entity, label, _PLACES, statuses, through_deals)
