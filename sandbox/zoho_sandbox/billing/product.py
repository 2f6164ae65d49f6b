"""Billing as a product of the sandbox, and once more under its former name: Subscriptions."""

from __future__ import annotations

from dataclasses import replace

from zoho_sandbox.billing import catalogue, customers, invoice_routes, renewals, subscription_routes
from zoho_sandbox.calls import Operation
from zoho_sandbox.finance import settings_routes
from zoho_sandbox.finance.operations import offer, open_offer, product_of
from zoho_sandbox.finance.services import BILLING

_SETTINGS = (
    open_offer("GET", "/organizations", settings_routes.list_organizations, scope="settings.READ"),
    open_offer("GET", "/organizations/{organization_id}", settings_routes.get_organization, scope="settings.READ"),
    offer("GET", "/users", settings_routes.list_users, scope="settings.READ"),
    offer("GET", "/users/me", settings_routes.me, scope="settings.READ"),
    offer("GET", "/users/{user_id}", settings_routes.get_user, scope="settings.READ"),
    *settings_routes.CURRENCY_OFFERS,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS billing_catalogue (
  organization_id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, product_id TEXT NOT NULL, name TEXT NOT NULL,
  status TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY (organization_id, kind, code)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS billing_subscriptions (
  subscription_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, customer_id TEXT NOT NULL, plan_code TEXT NOT NULL,
  reference_id TEXT NOT NULL, status TEXT NOT NULL, starts_on TEXT NOT NULL, anchor TEXT NOT NULL,
  cycle INTEGER NOT NULL, cycles INTEGER NOT NULL, next_event_on TEXT NOT NULL, amount INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_subscriptions_due ON billing_subscriptions (organization_id, next_event_on)
  WHERE next_event_on <> '';
CREATE INDEX IF NOT EXISTS billing_subscriptions_customer ON billing_subscriptions (customer_id);
CREATE INDEX IF NOT EXISTS billing_subscriptions_modified ON billing_subscriptions (organization_id, modified_at);
"""

_PREFIX, _OLD_PREFIX = "/billing", "/subscriptions"


def _as_before(operation: Operation) -> Operation:
    return replace(operation, path=_OLD_PREFIX + operation.path.removeprefix(_PREFIX))


# What the clock does to subscriptions is made up for before every call.
PRODUCT = product_of(
    BILLING,
    _SETTINGS,
    customers.OFFERS,
    catalogue.OFFERS,
    subscription_routes.OFFERS,
    invoice_routes.OFFERS,
    invoice_routes.PAYMENT_OFFERS,
    schema=_SCHEMA,
    before=renewals.catch_up,
)
# The same service, data and limits at its old address.
SUBSCRIPTIONS = replace(PRODUCT, prefix=_OLD_PREFIX, operations=tuple(map(_as_before, PRODUCT.operations)))
