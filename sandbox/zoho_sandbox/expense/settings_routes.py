"""Organisations, users and currencies as Expense shows them; they are the ones all finance services share."""

from __future__ import annotations

from zoho_sandbox.books import currencies, organization_routes
from zoho_sandbox.books.currencies import Currency
from zoho_sandbox.books.operations import BooksCall, success
from zoho_sandbox.books.services import EXPENSE
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.expense.operations import open_operation, operation


def _organizations(call: Call) -> Answer:
    return organization_routes.listing(call, EXPENSE)


def _organization(call: Call) -> Answer:
    return organization_routes.one(call, EXPENSE)


def _currencies(books: BooksCall) -> Answer:
    found = currencies.all_of(books.db, books.organization_id, with_base=True)
    return success(currencies=[_shown(books, currency) for currency in found])


def _currency(books: BooksCall) -> Answer:
    return success(currency=_shown(books, currencies.find(books.db, books.organization_id, books.id("currency_id"))))


def _shown(books: BooksCall, currency: Currency) -> dict[str, object]:
    rate = None if currency.is_base else currencies.rate_on(books.db, currency, books.today.isoformat())
    return currencies.summary(currency, rate)


OPERATIONS = (
    open_operation("GET", "/organizations", _organizations, scope="orgsettings.READ"),
    open_operation("GET", "/organizations/{organization_id}", _organization, scope="orgsettings.READ"),
    operation("GET", "/users", organization_routes.list_users, scope="users.READ"),
    operation("GET", "/users/me", organization_routes.me, scope="users.READ"),
    operation("GET", "/users/{user_id}", organization_routes.get_user, scope="users.READ"),
    operation("GET", "/settings/currencies", _currencies, scope="currency.READ"),
    operation("GET", "/settings/currencies/{currency_id}", _currency, scope="currency.READ"),
)
