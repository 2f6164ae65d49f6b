"""Organisations, users and currencies as Expense shows them; they are the ones all finance services share."""

from __future__ import annotations

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import currencies, organization_routes
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.operations import FinanceCall, offer, open_offer, success


def _currencies(call: FinanceCall) -> Answer:
    found = currencies.all_of(call.db, call.organization_id, with_base=True)
    return success(currencies=[_shown(call, currency) for currency in found])


def _currency(call: FinanceCall) -> Answer:
    return success(currency=_shown(call, currencies.find(call.db, call.organization_id, call.id("currency_id"))))


def _shown(call: FinanceCall, currency: Currency) -> dict[str, object]:
    rate = None if currency.is_base else currencies.rate_on(call.db, currency, call.today.isoformat())
    return currencies.summary(currency, rate)


OFFERS = (
    open_offer("GET", "/organizations", organization_routes.listing, scope="orgsettings.READ"),
    open_offer("GET", "/organizations/{organization_id}", organization_routes.one, scope="orgsettings.READ"),
    offer("GET", "/users", organization_routes.list_users, scope="users.READ"),
    offer("GET", "/users/me", organization_routes.me, scope="users.READ"),
    offer("GET", "/users/{user_id}", organization_routes.get_user, scope="users.READ"),
    offer("GET", "/settings/currencies", _currencies, scope="currency.READ"),
    offer("GET", "/settings/currencies/{currency_id}", _currency, scope="currency.READ"),
)
