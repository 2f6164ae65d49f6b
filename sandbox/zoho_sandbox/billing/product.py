"""Billing as a product of the sandbox, and once more under the name it had before: Subscriptions."""

from __future__ import annotations

from dataclasses import replace

from zoho_sandbox.billing import (
    catalogue_routes,
    customer_routes,
    invoice_routes,
    payment_routes,
    renewals,
    settings_routes,
    subscription_routes,
)
from zoho_sandbox.billing.schema import SCHEMA
from zoho_sandbox.calls import Operation
from zoho_sandbox.finance.product import product_of
from zoho_sandbox.finance.services import BILLING

_PREFIX, _OLD_PREFIX = "/billing", "/subscriptions"


def _as_before(operation: Operation) -> Operation:
    return replace(operation, path=_OLD_PREFIX + operation.path.removeprefix(_PREFIX))


# What the clock does to subscriptions is made up for before every call.
PRODUCT = product_of(
    BILLING,
    settings_routes.OFFERS,
    customer_routes.OFFERS,
    catalogue_routes.OFFERS,
    subscription_routes.OFFERS,
    invoice_routes.OFFERS,
    payment_routes.OFFERS,
    schema=SCHEMA,
    before=renewals.catch_up,
)
# The same service, data and limits at its old address.
SUBSCRIPTIONS = replace(PRODUCT, prefix=_OLD_PREFIX, operations=tuple(map(_as_before, PRODUCT.operations)))
