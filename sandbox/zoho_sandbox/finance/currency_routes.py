"""The operations on currencies and their exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import currencies
from zoho_sandbox.finance.currencies import Currency, ExchangeRate
from zoho_sandbox.finance.errors import does_not_exist, invalid_value
from zoho_sandbox.finance.listing import MAX_PER_PAGE
from zoho_sandbox.finance.operations import FinanceCall, offer, success

_WITHOUT_BASE = "Currencies.ExcludeBaseCurrency"


def _currency(call: FinanceCall) -> Currency:
    return currencies.find(call.db, call.organization_id, call.id("currency_id"))


def _shown(call: FinanceCall, currency: Currency) -> dict[str, Any]:
    rate = None
    if not currency.is_base:
        rate = currencies.rate_on(call.db, currency, call.today.isoformat())
    return currencies.summary(currency, rate)


def _list(call: FinanceCall) -> Answer:
    wanted = call.query.get("filter_by", "")
    if wanted not in ("", "Currencies.All", _WITHOUT_BASE):
        raise invalid_value("filter_by")
    found = currencies.all_of(call.db, call.organization_id, with_base=wanted != _WITHOUT_BASE)
    page = {"page": 1, "per_page": MAX_PER_PAGE, "has_more_page": False, "report_name": "Currencies"}
    return success(currencies=[_shown(call, currency) for currency in found], page_context=page)


def _create(call: FinanceCall) -> Answer:
    currency = currencies.from_request(call.sandbox, call.organization_id, call.fields)
    return success("The currency has been added.", status=201, currency=_shown(call, currency))


def _get(call: FinanceCall) -> Answer:
    return success(currency=_shown(call, _currency(call)))


def _change(call: FinanceCall) -> Answer:
    currency = currencies.change(call.sandbox, call.organization_id, _currency(call), call.fields)
    return success("Currency information has been saved.", currency=_shown(call, currency))


def _remove(call: FinanceCall) -> Answer:
    currencies.remove(call.db, _currency(call))
    return success("The currency has been deleted.")


def _rate_row(currency: Currency, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "exchange_rate_id": rate.exchange_rate_id,
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "effective_date": rate.effective_date,
        "rate": rate.rate,
    }


def _list_rates(call: FinanceCall) -> Answer:
    """All rates; with `from_date` those since it and the one in force on it; `is_current_date` only today's."""
    currency = _currency(call)
    found = currencies.rates(call.db, currency.currency_id)
    if call.wants("is_current_date"):
        found = [rate for rate in found if rate.effective_date == call.today.isoformat()]
    elif start := call.query.get("from_date"):
        before = [rate for rate in found if rate.effective_date <= start][:1]
        found = [rate for rate in found if rate.effective_date > start] + before
    return success(exchange_rates=[_rate_row(currency, rate) for rate in found])


def _find_rate(call: FinanceCall, currency: Currency) -> ExchangeRate:
    found = currencies.rates(call.db, currency.currency_id, "AND exchange_rate_id = ?", (call.id("exchange_rate_id"),))
    if not found:
        raise does_not_exist("Exchange rate")
    return found[0]


def _add_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    if currency.is_base:
        raise invalid_value("currency_id")
    day = call.fields.day("effective_date", call.today.isoformat())
    rate = currencies.set_rate(call.sandbox, currency.currency_id, day, call.fields.number("rate", Decimal(0)))
    return success("The exchange rate has been added.", status=201, exchange_rate=_rate_row(currency, rate))


def _get_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    return success(exchange_rate=_rate_row(currency, _find_rate(call, currency)))


def _change_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    known = _find_rate(call, currency)
    currencies.set_rate(
        call.sandbox, currency.currency_id, known.effective_date, call.fields.number("rate", Decimal(0))
    )
    return success("The exchange rate has been updated.")


def _remove_rate(call: FinanceCall) -> Answer:
    known = _find_rate(call, _currency(call))
    call.db.execute("DELETE FROM finance_exchange_rates WHERE exchange_rate_id = ?", (known.exchange_rate_id,))
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
