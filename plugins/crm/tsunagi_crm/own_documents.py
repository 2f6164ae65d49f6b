"""The CRM's own quotes, orders and invoices, which have nothing to do with those of the finance services."""

from tsunagi_crm.metadata import items_of
from tsunagi_zoho import ZohoClient

_MODULES = ("Quotes", "Sales_Orders", "Purchase_Orders", "Invoices")


def modules_with_documents(client: ZohoClient) -> tuple[str, ...]:
    """Those the organisation has and shows. One call."""
    modules = items_of(client.get("/settings/modules"), "modules")
    shown = {module.get("api_name") for module in modules if _is_shown(module.get("status"), module.get("visible"))}
    return tuple(name for name in _MODULES if name in shown)


def _is_shown(status: object, visible: object) -> bool:
    return visible is not False and status in (None, "", "visible")
