"""Organisations and users as Billing shows them; they are the ones all finance services share."""

from __future__ import annotations

from zoho_sandbox.finance import currency_routes, organization_routes
from zoho_sandbox.finance.operations import offer, open_offer

OFFERS = (
    open_offer("GET", "/organizations", organization_routes.listing, scope="settings.READ"),
    open_offer("GET", "/organizations/{organization_id}", organization_routes.one, scope="settings.READ"),
    offer("GET", "/users", organization_routes.list_users, scope="settings.READ"),
    offer("GET", "/users/me", organization_routes.me, scope="settings.READ"),
    offer("GET", "/users/{user_id}", organization_routes.get_user, scope="settings.READ"),
    *currency_routes.OFFERS,
)
