"""The operations on currencies and their exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.books import currencies
from zoho_sandbox.books.currencies import Currency, ExchangeRate
from zoho_sandbox.books.errors import does_not_exist, invalid_value
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.calls import Answer

_WITHOUT_BASE = "Currencies.ExcludeBaseCurrency"


def _currency(books: BooksCall) -> Currency:
    return currencies.find(books.db, books.organization_id, books.id("currency_id"))


def _shown(books: BooksCall, currency: Currency) -> dict[str, Any]:
    rate = None
    if not currency.is_base:
        rate = currencies.rate_on(books.db, currency, books.today.isoformat())
    return currencies.summary(currency, rate)


def _list(books: BooksCall) -> Answer:
    wanted = books.query.get("filter_by", "")
    if wanted not in ("", "Currencies.All", _WITHOUT_BASE):
        raise invalid_value("filter_by")
    found = currencies.all_of(books.db, books.organization_id, with_base=wanted != _WITHOUT_BASE)
    return success(currencies=[_shown(books, currency) for currency in found])


def _create(books: BooksCall) -> Answer:
    currency = currencies.from_request(books.sandbox, books.organization_id, books.fields)
    return success("The currency has been added.", status=201, currency=_shown(books, currency))


def _get(books: BooksCall) -> Answer:
    return success(currency=_shown(books, _currency(books)))


def _change(books: BooksCall) -> Answer:
    currency = currencies.change(books.sandbox, books.organization_id, _currency(books), books.fields)
    return success("Currency information has been saved.", currency=_shown(books, currency))


def _remove(books: BooksCall) -> Answer:
    currencies.remove(books.db, _currency(books))
    return success("The currency has been deleted.")


def _rate_row(currency: Currency, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "exchange_rate_id": rate.exchange_rate_id,
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "effective_date": rate.effective_date,
        "rate": rate.rate,
    }


def _list_rates(books: BooksCall) -> Answer:
    """All rates; with `from_date` those since it and the one in force on it; `is_current_date` only today's."""
    currency = _currency(books)
    found = currencies.rates(books.db, currency.currency_id)
    if books.wants("is_current_date"):
        found = [rate for rate in found if rate.effective_date == books.today.isoformat()]
    elif start := books.query.get("from_date"):
        before = [rate for rate in found if rate.effective_date <= start][:1]
        found = [rate for rate in found if rate.effective_date > start] + before
    return success(exchange_rates=[_rate_row(currency, rate) for rate in found])


def _find_rate(books: BooksCall, currency: Currency) -> ExchangeRate:
    found = currencies.rates(
        books.db, currency.currency_id, "AND exchange_rate_id = ?", (books.id("exchange_rate_id"),)
    )
    if not found:
        raise does_not_exist("Exchange rate")
    return found[0]


def _add_rate(books: BooksCall) -> Answer:
    currency = _currency(books)
    if currency.is_base:
        raise invalid_value("currency_id")
    day = books.fields.day("effective_date", books.today.isoformat())
    rate = currencies.set_rate(books.sandbox, currency.currency_id, day, books.fields.number("rate", Decimal(0)))
    return success("The exchange rate has been added.", status=201, exchange_rate=_rate_row(currency, rate))


def _get_rate(books: BooksCall) -> Answer:
    currency = _currency(books)
    return success(exchange_rate=_rate_row(currency, _find_rate(books, currency)))


def _change_rate(books: BooksCall) -> Answer:
    currency = _currency(books)
    known = _find_rate(books, currency)
    currencies.set_rate(
        books.sandbox, currency.currency_id, known.effective_date, books.fields.number("rate", Decimal(0))
    )
    return success("The exchange rate has been updated.")


def _remove_rate(books: BooksCall) -> Answer:
    known = _find_rate(books, _currency(books))
    books.db.execute("DELETE FROM books_exchange_rates WHERE exchange_rate_id = ?", (known.exchange_rate_id,))
    return success("Exchange rate successfully deleted")


_PATH = "/settings/currencies"
_RATES = f"{_PATH}/{{currency_id}}/exchangerates"
OFFERS = (
    offer("GET", _PATH, _list, scope="settings.READ"),
    offer("POST", _PATH, _create, scope="settings.CREATE"),
    offer("GET", f"{_PATH}/{{currency_id}}", _get, scope="settings.READ"),
    offer("PUT", f"{_PATH}/{{currency_id}}", _change, scope="settings.UPDATE"),
    offer("DELETE", f"{_PATH}/{{currency_id}}", _remove, scope="settings.DELETE"),
    offer("GET", _RATES, _list_rates, scope="settings.READ"),
    offer("POST", _RATES, _add_rate, scope="settings.CREATE"),
    offer("GET", f"{_RATES}/{{exchange_rate_id}}", _get_rate, scope="settings.READ"),
    offer("PUT", f"{_RATES}/{{exchange_rate_id}}", _change_rate, scope="settings.UPDATE"),
    offer("DELETE", f"{_RATES}/{{exchange_rate_id}}", _remove_rate, scope="settings.DELETE"),
)
