"""Currencies and their rates: units of the foreign currency per one unit of the base currency, as text."""

import re
import sqlite3
from dataclasses import replace
from decimal import Decimal
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.crm import organization
from zoho_sandbox.crm.errors import RecordProblem
from zoho_sandbox.crm.fields import Field, catalog, save_field
from zoho_sandbox.crm.iso_currencies import iso_currencies
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference
from zoho_sandbox.sandbox import Sandbox

_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_RATES = "crm.rates"
_PATHS = "$.currencies[{index}].{name}"


def normal_rate(rate: object, path: str) -> str:
    """The rate with nine decimals; raises RecordProblem beyond nine integer or nine decimal digits."""
    text = str(rate)
    if not isinstance(rate, str) or not _RATE.fullmatch(text) or Decimal(text) == 0:
        details = {"api_name": "exchange_rate", "json_path": path, "maximum_decimal_place": 9}
        raise RecordProblem("INVALID_DATA", "Exchange rate given seems to be invalid", details)
    return f"{Decimal(text):.9f}"


def add_currency(sandbox: Sandbox, iso_code: str, exchange_rate: str, *, is_base: bool = False) -> str:
    """Add a currency, or give it a new rate; returns its id. The first one switches multi-currency on."""
    described = iso_currencies().get(iso_code)
    if described is None:
        raise ValueError(f"currency {iso_code!r} is not known; valid are {list(iso_currencies())}")
    rate = normal_rate(exchange_rate, "$.exchange_rate")
    if not is_base and not organization.organization(sandbox).multi_currency:
        enable(sandbox)
    form = {
        "decimal_separator": "Period",
        "thousand_separator": "Comma",
        "decimal_places": str(described.decimal_places),
    }
    moment = now(sandbox)
    sandbox.db.execute(
        "INSERT INTO crm_currency VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?)"
        " ON CONFLICT (iso_code) DO UPDATE SET rate = excluded.rate, modified_at = excluded.modified_at",
        (
            iso_code,
            sandbox.new_id(),
            described.label,
            described.symbol,
            rate,
            int(is_base),
            wire.encode(form).decode(),
            moment,
            moment,
        ),
    )
    sandbox.memory.pop(_RATES, None)
    _offer(sandbox)
    return str(sandbox.db.value("SELECT id FROM crm_currency WHERE iso_code = ?", (iso_code,)))


def _offer(sandbox: Sandbox) -> None:
    """Every module gets a currency to choose and the rate it was worth on the day."""
    codes = tuple(rates(sandbox))
    for module, info in list(catalog(sandbox).items()):
        known = info.fields.get("Currency")
        if known is not None:
            save_field(sandbox, replace(known, choices=codes))
            continue
        currency = Field(
            id=sandbox.new_id(),
            module=module,
            api_name="Currency",
            label="Currency",
            data_type="picklist",
            choices=codes,
        )
        rate = Field(
            id=sandbox.new_id(), module=module, api_name="Exchange_Rate", label="Exchange Rate", data_type="double"
        )
        save_field(sandbox, currency)
        save_field(sandbox, rate)


def enable(sandbox: Sandbox) -> str:
    """Switch multi-currency on with the organisation's currency as its base; returns the base's id."""
    org = organization.change(sandbox, multi_currency=True)
    return add_currency(sandbox, org.currency_code, "1", is_base=True)


def rates(sandbox: Sandbox) -> dict[str, str]:
    """The rate of each currency by code; empty while multi-currency is off."""
    known: dict[str, str] | None = sandbox.memory.get(_RATES)
    if known is None:
        rows = sandbox.db.query("SELECT iso_code, rate FROM crm_currency WHERE is_active")
        known = sandbox.memory[_RATES] = {row["iso_code"]: row["rate"] for row in rows}
    return known


def create(sandbox: Sandbox, given: dict[str, Any], index: int) -> str:
    """Create a currency from a request's item; raises RecordProblem."""
    for name in ("iso_code", "name", "symbol", "exchange_rate", "format"):
        if given.get(name) in (None, ""):
            raise _problem("MANDATORY_NOT_FOUND", "required field not found", name, index)
    code = given["iso_code"]
    if code not in iso_currencies():
        raise _problem("INVALID_DATA", "invalid data", "iso_code", index, supported_values=list(iso_currencies()))
    if code in rates(sandbox):
        raise _problem("DUPLICATE_DATA", "duplicate data", "iso_code", index)
    rate = normal_rate(given["exchange_rate"], _path(index, "exchange_rate"))
    currency_id = add_currency(sandbox, code, rate)
    _apply(sandbox, currency_id, {**given, "exchange_rate": rate}, index)
    return currency_id


def update(sandbox: Sandbox, currency_id: str, given: dict[str, Any], index: int) -> None:
    """Change a currency's rate, symbol, format or activity; raises RecordProblem."""
    row = find(sandbox, currency_id)
    if row is None:
        raise _problem("INVALID_DATA", "the id given seems to be invalid", "id", index)
    if row["is_base"] and given.get("iso_code", row["iso_code"]) != row["iso_code"]:
        raise _problem("INVALID_DATA", "the base currency cannot be changed", "iso_code", index)
    if row["is_base"] and given.get("is_active") is False:
        raise _problem("INVALID_DATA", "the base currency cannot be deactivated", "is_active", index)
    _apply(sandbox, currency_id, given, index)


def _apply(sandbox: Sandbox, currency_id: str, given: dict[str, Any], index: int) -> None:
    changes: dict[str, Any] = {}
    if "exchange_rate" in given:
        changes["rate"] = normal_rate(given["exchange_rate"], _path(index, "exchange_rate"))
    if "symbol" in given:
        changes["symbol"] = str(given["symbol"])
    if "format" in given:
        changes["format"] = wire.encode(given["format"]).decode()
    for name in ("is_active", "prefix_symbol"):
        if isinstance(given.get(name), bool):
            changes[name] = int(given[name])
    assignments = ", ".join(f"{column} = :{column}" for column in (*changes, "modified_at"))
    sandbox.db.execute(
        f"UPDATE crm_currency SET {assignments} WHERE id = :id",  # noqa: S608  (column names are ours)
        {**changes, "modified_at": now(sandbox), "id": currency_id},
    )
    sandbox.memory.pop(_RATES, None)


def find(sandbox: Sandbox, currency_id: str) -> sqlite3.Row | None:
    return sandbox.db.one("SELECT * FROM crm_currency WHERE id = ?", (currency_id,))


def all_currencies(sandbox: Sandbox) -> list[sqlite3.Row]:
    return sandbox.db.query("SELECT * FROM crm_currency ORDER BY is_base DESC, iso_code")


def as_json(sandbox: Sandbox, row: sqlite3.Row, user_id: str) -> dict[str, Any]:
    who = reference(sandbox, user_id)
    return {
        "id": row["id"],
        "iso_code": row["iso_code"],
        "name": row["name"],
        "symbol": row["symbol"],
        "exchange_rate": row["rate"],
        "is_base": bool(row["is_base"]),
        "is_active": bool(row["is_active"]),
        "prefix_symbol": bool(row["prefix_symbol"]),
        "format": wire.decode(row["format"]),
        "created_by": who,
        "created_time": written(sandbox, row["created_at"]),
        "modified_by": who,
        "modified_time": written(sandbox, row["modified_at"]),
    }


def _path(index: int, name: str) -> str:
    return _PATHS.format(index=index, name=name)


def _problem(code: str, message: str, name: str, index: int, **details: Any) -> RecordProblem:
    return RecordProblem(code, message, {**details, "api_name": name, "json_path": _path(index, name)})
