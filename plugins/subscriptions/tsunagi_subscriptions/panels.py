"""What record pages show of Subscriptions."""

from tsunagi import Panel
from tsunagi_subscriptions.documents import INVOICE_TYPE, NAME, SUBSCRIPTION_TYPE
from tsunagi_subscriptions.statuses import SUBSCRIPTION_STATUSES
from tsunagi_zoho.finance.statuses import INVOICE_STATUSES

_PLACES = ("account", "contact", "deal")

PANELS = (
    Panel(
        NAME,
        "subscriptions",
        "subscription",
        SUBSCRIPTION_TYPE.plural,
        _PLACES,
        SUBSCRIPTION_STATUSES,
        customers_only=True,
    ),
    Panel(NAME, "invoices", "invoice", INVOICE_TYPE.plural, _PLACES, INVOICE_STATUSES, customers_only=True),
)
