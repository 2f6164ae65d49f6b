"""The currencies of an organisation and their exchange rates (base units for one foreign unit)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import (
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
    list_currencies,
)

from zoho_sandbox.database import Database
from zoho_sandbox.finance.errors import already_exists, base_currency_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.money import MAX_PRECISION, rate_figure
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import zone
from zoho_sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    currency_id: str
    currency_code: str
    currency_symbol: str
    price_precision: int
    currency_format: str
    is_base: bool

    @property
    def name(self) -> str:
        return _english_name(self.currency_code)

    def shown(self) -> dict[str, Any]:
        """What every record in this currency shows of it."""
        return {
            "currency_id": self.currency_id,
            "currency_code": self.currency_code,
            "currency_symbol": self.currency_symbol,
            "price_precision": self.price_precision,
        }


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    exchange_rate_id: str
    effective_date: str
    rate: Decimal


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(list_currencies())


# Where the services' names, as recorded, are not the usual ones.
_NAMES = {
    "AED": "UAE Dirham",
    "CNY": "Yuan Renminbi",
    "GBP": "Pound Sterling",
    "USD": "United States Dollar",
}


@lru_cache(maxsize=256)
def _english_name(code: str) -> str:
    return _NAMES.get(code) or get_currency_name(code, locale="en")


def currency_format(precision: int) -> str:
    return "1,234,567" + ("." + "89000"[:precision] if precision else "")


def add_base_currency(sandbox: Sandbox, organization_id: str, code: str) -> str:
    """Store the base currency of a new organisation; returns its id. Raises FinanceError for an unknown code."""
    return _insert(sandbox, organization_id, code, is_base=True)


def change_base_currency(sandbox: Sandbox, organization_id: str, code: str) -> str:
    """Make `code` the base currency, adding it where it is missing; returns its id."""
    sandbox.db.execute("UPDATE finance_currencies SET is_base = 0 WHERE organization_id = ?", (organization_id,))
    known = of_code(sandbox.db, organization_id, code)
    if known is None:
        return _insert(sandbox, organization_id, code, is_base=True)
    sandbox.db.execute("UPDATE finance_currencies SET is_base = 1 WHERE currency_id = ?", (known.currency_id,))
    sandbox.db.execute("DELETE FROM finance_exchange_rates WHERE currency_id = ?", (known.currency_id,))
    return known.currency_id


def add_currency(sandbox: Sandbox, organization_id: str, code: str, rate: Decimal) -> str:
    """Store a foreign currency with today's rate, or a new rate where it is there already; returns its id.

    `rate` is base-currency units for one unit of `code`.
    """
    with sandbox.db.transaction():
        known = of_code(sandbox.db, organization_id, code)
        if known is not None and known.is_base:
            raise invalid_value("currency_code")
        currency_id = known.currency_id if known else _insert(sandbox, organization_id, code, is_base=False)
        time_zone = sandbox.db.value(
            "SELECT time_zone FROM finance_organizations WHERE organization_id = ?", (organization_id,)
        )
        today = sandbox.clock.now().astimezone(zone(time_zone or "UTC")).date()
        set_rate(sandbox, currency_id, today.isoformat(), rate)
    return currency_id


def _insert(
    sandbox: Sandbox,
    organization_id: str,
    code: str,
    *,
    is_base: bool,
    symbol: str = "",
    precision: int | None = None,
    shown_as: str = "",
) -> str:
    if code not in _known():
        raise invalid_value("currency_code")
    if precision is None:
        precision = get_currency_precision(code)
    currency_id = sandbox.new_id()
    sandbox.db.execute(
        "INSERT INTO finance_currencies VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            currency_id,
            organization_id,
            code,
            symbol or get_currency_symbol(code, locale="en"),
            precision,
            shown_as or currency_format(precision),
            is_base,
        ),
    )
    return currency_id


def from_request(sandbox: Sandbox, organization_id: str, fields: Fields) -> Currency:
    """Create the currency a `POST /settings/currencies` describes."""
    code = fields.required_text("currency_code", 3)
    known = of_code(sandbox.db, organization_id, code)
    if known is not None:
        raise base_currency_exists() if known.is_base else already_exists("Currency", code)
    if code not in _known():
        raise invalid_value("currency_code")
    currency_id = _insert(
        sandbox,
        organization_id,
        code,
        is_base=False,
        symbol=fields.text("currency_symbol", 10),
        precision=_precision(fields, get_currency_precision(code)),
        shown_as=fields.required_text("currency_format", 30),
    )
    return find(sandbox.db, organization_id, currency_id)


def change(sandbox: Sandbox, organization_id: str, currency: Currency, fields: Fields) -> Currency:
    """Symbol and format may change; the code never does, the precision only while nothing uses it."""
    if fields.text("currency_code", 3, currency.currency_code) != currency.currency_code:
        raise invalid_value("currency_code")
    precision = _precision(fields, currency.price_precision)
    if precision != currency.price_precision and is_used(sandbox.db, currency.currency_id):
        raise in_use("The price precision of a currency involved in transactions cannot be changed.")
    sandbox.db.execute(
        "UPDATE finance_currencies SET currency_symbol = ?, price_precision = ?, currency_format = ?"
        " WHERE currency_id = ?",
        (
            fields.text("currency_symbol", 10, currency.currency_symbol),
            precision,
            fields.text("currency_format", 30, currency.currency_format),
            currency.currency_id,
        ),
    )
    return find(sandbox.db, organization_id, currency.currency_id)


def _precision(fields: Fields, default: int) -> int:
    return fields.between("price_precision", default, 0, MAX_PRECISION)


def remove(database: Database, currency: Currency) -> None:
    if currency.is_base:
        raise in_use("The base currency cannot be deleted.")
    if is_used(database, currency.currency_id):
        raise in_use("Currencies involved in transactions or contacts cannot be deleted.")
    database.execute("DELETE FROM finance_exchange_rates WHERE currency_id = ?", (currency.currency_id,))
    database.execute("DELETE FROM finance_currencies WHERE currency_id = ?", (currency.currency_id,))


def forget_unused(database: Database, organization_id: str, currency_id: str) -> None:
    """Delete a former base currency that nothing uses."""
    if not is_used(database, currency_id):
        remove(database, find(database, organization_id, currency_id))


def is_used(database: Database, currency_id: str) -> bool:
    """Whether a contact is billed in it, or a payment was made in it; documents follow their contact's
    currency or carry their own."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM finance_contacts WHERE currency_id = :id)"
            " OR EXISTS (SELECT 1 FROM finance_payments WHERE currency_id = :id)"
            " OR EXISTS (SELECT 1 FROM finance_documents WHERE currency_id = :id)",
            {"id": currency_id},
        )
    )


def find(database: Database, organization_id: str, currency_id: str) -> Currency:
    row = database.one(
        "SELECT * FROM finance_currencies WHERE currency_id = ? AND organization_id = ?",
        (currency_id, organization_id),
    )
    if row is None:
        raise does_not_exist("Currency")
    return _from_row(row)


def of_code(database: Database, organization_id: str, code: str) -> Currency | None:
    row = database.one(
        "SELECT * FROM finance_currencies WHERE organization_id = ? AND currency_code = ?", (organization_id, code)
    )
    return None if row is None else _from_row(row)


def all_of(database: Database, organization_id: str, *, with_base: bool) -> list[Currency]:
    rows = database.query(
        "SELECT * FROM finance_currencies WHERE organization_id = ? AND (? OR NOT is_base) ORDER BY currency_code",
        (organization_id, with_base),
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Any) -> Currency:
    return Currency(
        currency_id=row["currency_id"],
        currency_code=row["currency_code"],
        currency_symbol=row["currency_symbol"],
        price_precision=row["price_precision"],
        currency_format=row["currency_format"],
        is_base=bool(row["is_base"]),
    )


def set_rate(sandbox: Sandbox, currency_id: str, effective_date: str, rate: Decimal) -> ExchangeRate:
    """Keep the rate of a day, replacing that day's earlier one."""
    if rate <= 0:
        raise invalid_value("rate")
    sandbox.db.execute(
        "INSERT INTO finance_exchange_rates VALUES (?, ?, ?, ?)"
        " ON CONFLICT (currency_id, effective_date) DO UPDATE SET rate = excluded.rate",
        (sandbox.new_id(), currency_id, effective_date, format(rate, "f")),
    )
    return rates(sandbox.db, currency_id, "AND effective_date = ?", (effective_date,))[0]


def rates(
    database: Database, currency_id: str, condition: str = "", parameters: tuple[str, ...] = ()
) -> list[ExchangeRate]:
    """The rates of a currency, the latest first."""
    rows = database.query(
        f"SELECT * FROM finance_exchange_rates WHERE currency_id = ? {condition} ORDER BY effective_date DESC",  # noqa: S608  (condition is code, not input)
        (currency_id, *parameters),
    )
    return [
        ExchangeRate(row["exchange_rate_id"], row["effective_date"], rate_figure(Decimal(row["rate"]))) for row in rows
    ]


def rate_on(database: Database, currency: Currency, day: str) -> ExchangeRate | None:
    """The rate in force on a day: the latest up to it, else the first there is, else None."""
    known = rates(database, currency.currency_id)
    return next((rate for rate in known if rate.effective_date <= day), known[-1] if known else None)


def rate_for(database: Database, currency: Currency, fields: Fields, day: str) -> Decimal:
    """Base-currency units for one unit of a record's currency: as given, else as stored for the day, else 1."""
    if currency.is_base:
        return Decimal(1)
    stored = rate_on(database, currency, day)
    return fields.positive("exchange_rate", stored.rate if stored else Decimal(1))


def summary(currency: Currency, rate: ExchangeRate | None) -> dict[str, Any]:
    """A row of `GET /settings/currencies`; without a stored rate it shows 0 and no date."""
    return {
        **currency.shown(),
        "currency_name": currency.name,
        "currency_name_formatted": f"{currency.currency_code}- {currency.name}",
        "currency_format": currency.currency_format,
        "is_base_currency": currency.is_base,
        "exchange_rate": Decimal(0) if rate is None else rate.rate,
        "effective_date": "" if rate is None else rate.effective_date,
    }
