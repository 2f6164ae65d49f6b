"""Billing as a product of the sandbox, and once more under the name it had before: Subscriptions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from zoho_sandbox.billing import (
    catalogue_routes,
    customer_routes,
    invoice_routes,
    payment_routes,
    settings_routes,
    subscription_routes,
)
from zoho_sandbox.billing.schema import SCHEMA
from zoho_sandbox.books import limits
from zoho_sandbox.books.operations import refuse, refused
from zoho_sandbox.books.services import BILLING
from zoho_sandbox.calls import Answer, Call, Operation
from zoho_sandbox.product import Product

_PREFIX, _OLD_PREFIX = "/billing", "/subscriptions"


def _admit(call: Call) -> Answer | None:
    error = limits.admit(call, BILLING)
    return None if error is None else refused(error)


def _as_before(operation: Operation) -> Operation:
    return replace(operation, path=_OLD_PREFIX + operation.path.removeprefix(_PREFIX))


PRODUCT = Product(
    name=BILLING.name,
    prefix=_PREFIX,
    schema=SCHEMA,
    operations=(
        *settings_routes.OPERATIONS,
        *customer_routes.OPERATIONS,
        *catalogue_routes.OPERATIONS,
        *subscription_routes.OPERATIONS,
        *invoice_routes.OPERATIONS,
        *payment_routes.OPERATIONS,
    ),
    refuse=partial(refuse, service=BILLING),
    admit=_admit,
    stamp=partial(limits.stamp, service=BILLING),
)
# The same service, data and limits at its old address.
SUBSCRIPTIONS = replace(PRODUCT, prefix=_OLD_PREFIX, operations=tuple(map(_as_before, PRODUCT.operations)))
