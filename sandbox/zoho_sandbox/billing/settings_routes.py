"""Organisations and users as Billing shows them; they are the ones all finance services share."""

from __future__ import annotations

from zoho_sandbox.billing.operations import open_operation, operation
from zoho_sandbox.books import currency_routes, organization_routes
from zoho_sandbox.books.operations import offered
from zoho_sandbox.books.services import BILLING
from zoho_sandbox.calls import Answer, Call


def _organizations(call: Call) -> Answer:
    return organization_routes.listing(call, BILLING)


def _organization(call: Call) -> Answer:
    return organization_routes.one(call, BILLING)


OPERATIONS = (
    open_operation("GET", "/organizations", _organizations, scope="settings.READ"),
    open_operation("GET", "/organizations/{organization_id}", _organization, scope="settings.READ"),
    operation("GET", "/users", organization_routes.list_users, scope="settings.READ"),
    operation("GET", "/users/me", organization_routes.me, scope="settings.READ"),
    operation("GET", "/users/{user_id}", organization_routes.get_user, scope="settings.READ"),
    *offered(BILLING, currency_routes.OFFERS),
)
