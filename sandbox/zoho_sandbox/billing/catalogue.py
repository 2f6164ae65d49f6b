"""Products, plans and addons: what is sold. They differ only in their keys and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import custom_fields, taxes
from zoho_sandbox.finance.errors import already_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.listing import (
    Listing,
    equal,
    equal_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import ZERO
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, page_answer, status_offers, success
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import LONGEST_INTERVAL, MOST_CYCLES, MOST_DAYS, UNITS
from zoho_sandbox.wire import decode, encode

Reader = Callable[[FinanceCall, Fields, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is the key of one in answers, `key` the field that names it, `read` its fields over the known ones."""

    name: str
    key: str
    read: Reader

    @property
    def plural(self) -> str:
        return f"{self.name}s"

    @property
    def label(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Entry:
    """One product, plan or addon; `document` is all but its status."""

    kind: Kind
    code: str
    status: str
    document: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        return {**self.document, "status": self.status}


def find(call: FinanceCall, kind: Kind, code: str) -> Entry:
    """Raises FinanceError 1002."""
    row = call.db.one(
        "SELECT code, status, document FROM billing_catalogue WHERE organization_id = ? AND kind = ? AND code = ?",
        (call.organization_id, kind.name, code),
    )
    if row is None:
        raise does_not_exist(kind.label)
    return from_row(kind, row)


def from_row(kind: Kind, row: Any) -> Entry:
    return Entry(kind, row["code"], row["status"], decode(row["document"]))


def create(call: FinanceCall, kind: Kind, fields: Fields) -> Entry:
    """Store what `fields` describe; raises FinanceError."""
    now = call.now()
    fields.required_text("name", 100)
    document = kind.read(call, fields, {})
    code = document.setdefault(kind.key, "") or call.sandbox.new_id()
    document |= {kind.key: code, "created_time": call.organization.written(now)}
    taken = "SELECT 1 FROM billing_catalogue WHERE organization_id = ? AND kind = ? AND code = ?"
    if call.db.value(taken, (call.organization_id, kind.name, code)):
        raise already_exists(kind.label, code)
    columns = _columns(call, document, now) | {
        "organization_id": call.organization_id,
        "kind": kind.name,
        "code": code,
        "status": "active",
        "created_at": now,
    }
    call.db.insert("billing_catalogue", columns)
    return find(call, kind, code)


def change(call: FinanceCall, entry: Entry, fields: Fields) -> Entry:
    """Apply what `fields` name. Codes stay: subscriptions know their plan by it."""
    document = entry.document | entry.kind.read(call, fields, entry.document)
    if document[entry.kind.key] != entry.code:
        raise invalid_value(entry.kind.key)
    return _save(call, entry, document, entry.status)


def set_status(call: FinanceCall, entry: Entry, status: str) -> Entry:
    return _save(call, entry, entry.document, status)


def _save(call: FinanceCall, entry: Entry, document: dict[str, Any], status: str) -> Entry:
    columns = _columns(call, document, call.now()) | {"status": status}
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    call.db.execute(
        f"UPDATE billing_catalogue SET {settings} WHERE organization_id = :organization"  # noqa: S608  (columns are code)
        " AND kind = :kind AND code = :code",
        {**columns, "organization": call.organization_id, "kind": entry.kind.name, "code": entry.code},
    )
    return find(call, entry.kind, entry.code)


def _columns(call: FinanceCall, document: dict[str, Any], now: int) -> dict[str, Any]:
    document = document | {"updated_time": call.organization.written(now)}
    return {
        "product_id": document.get("product_id", ""),
        "name": document["name"],
        "modified_at": now,
        "document": encode(document).decode(),
    }


def remove(call: FinanceCall, entry: Entry) -> None:
    kind = entry.kind.name
    if kind == "product":
        used = "SELECT 1 FROM billing_catalogue WHERE organization_id = ? AND kind <> 'product' AND product_id = ?"
    elif kind == "plan":
        used = "SELECT 1 FROM billing_subscriptions WHERE organization_id = ? AND plan_code = ?"
    else:
        used = (
            "SELECT 1 FROM billing_subscriptions s, json_each(s.document, '$.addons') a"
            " WHERE s.organization_id = ? AND a.value ->> 'addon_code' = ?"
        )
    if call.db.value(used, (call.organization_id, entry.code)):
        raise in_use(f"{entry.kind.label}s that are in use cannot be deleted. Instead, mark them as inactive.")
    call.db.execute(
        "DELETE FROM billing_catalogue WHERE organization_id = ? AND kind = ? AND code = ?",
        (call.organization_id, kind, entry.code),
    )


def _product(_call: FinanceCall, fields: Fields, known: Mapping[str, Any]) -> dict[str, Any]:
    return _texts(fields, known, {"name": 100, "description": 2000, "email_ids": 500, "redirect_url": 500})


def _plan(call: FinanceCall, fields: Fields, known: Mapping[str, Any]) -> dict[str, Any]:
    limits = {"name": 100, "description": 2000, "store_markup_description": 2000, "unit": 100, "url": 500}
    return {
        "plan_code": _code(fields, known, "plan_code"),
        **_texts(fields, known, limits),
        **_sold(call, fields, known),
        "recurring_price": _price(fields, known, "recurring_price"),
        "setup_fee": _price(fields, known, "setup_fee", ZERO),
        "interval": fields.between("interval", known.get("interval", 1), 1, LONGEST_INTERVAL),
        "interval_unit": fields.choice("interval_unit", UNITS, known.get("interval_unit", "months")),
        "billing_cycles": cycles(fields, known.get("billing_cycles", -1)),
        "trial_period": fields.between("trial_period", known.get("trial_period", 0), 0, MOST_DAYS),
        "addons": [{"addon_code": row.text("addon_code"), "name": row.text("name")} for row in fields.rows("addons")]
        or known.get("addons", []),
    }


def _addon(call: FinanceCall, fields: Fields, known: Mapping[str, Any]) -> dict[str, Any]:
    limits = {"name": 100, "description": 2000, "store_markup_description": 2000, "unit_name": 100}
    brackets = [
        {
            "start_quantity": row.whole("start_quantity", 1),
            "end_quantity": row.whole("end_quantity", 1),
            "price": _price(row, {}, "price"),
        }
        for row in fields.rows("price_brackets")
    ]
    if not brackets and not known:
        raise invalid_value("price_brackets")
    return {
        "addon_code": _code(fields, known, "addon_code"),
        **_texts(fields, known, limits),
        **_sold(call, fields, known),
        "unit": fields.text("unit", 100, known.get("unit", "")),
        "pricing_scheme": fields.choice("pricing_scheme", ("unit", "volume", "tier", "package"), "unit"),
        "price_brackets": brackets or known["price_brackets"],
        "type": fields.choice("type", ("recurring", "one_time"), known.get("type", "recurring")),
        "interval_unit": fields.text("interval_unit", 20, known.get("interval_unit", "monthly")),
        "applicable_to_all_plans": fields.flag("applicable_to_all_plans", default=True),
        "plans": [{"plan_code": row.text("plan_code"), "name": row.text("name")} for row in fields.rows("plans")],
    }


def _sold(call: FinanceCall, fields: Fields, known: Mapping[str, Any]) -> dict[str, Any]:
    """What plans and addons have in common: they belong to a product and may be taxed."""
    product_id = fields.identifier("product_id") or known.get("product_id", "")
    if not product_id:
        raise invalid_value("product_id")
    find(call, PRODUCT, product_id)
    tax_id = fields.identifier("tax_id") if "tax_id" in fields else known.get("tax_id", "")
    if tax_id:
        taxes.find(call.db, call.organization_id, tax_id)
    return {
        "product_id": product_id,
        "product_type": fields.text("product_type", 20, known.get("product_type", "service")),
        "tax_id": tax_id,
        "tags": [],
        "custom_fields": custom_fields.given(fields) or known.get("custom_fields", []),
    }


def _texts(fields: Fields, known: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, Any]:
    return {name: fields.text(name, limit) if name in fields else known.get(name, "") for name, limit in limits.items()}


def _code(fields: Fields, known: Mapping[str, Any], name: str) -> str:
    code = fields.text(name, 100, known.get(name, ""))
    if not code or "/" in code:
        raise invalid_value(name)
    return code


def _price(fields: Fields, known: Mapping[str, Any], name: str, default: Decimal | None = None) -> Decimal:
    fallback = known.get(name, default)
    if fields.raw(name) is None and fallback is None:
        raise invalid_value(name)
    return fields.not_negative(name, Decimal(fallback if fallback is not None else 0))


def cycles(fields: Fields, default: int) -> int:
    """How many terms are billed: -1 goes on until it is cancelled."""
    count = fields.whole("billing_cycles", default)
    return count if count == -1 else fields.between("billing_cycles", default, 1, MOST_CYCLES)


PRODUCT = Kind("product", "product_id", _product)
PLAN = Kind("plan", "plan_code", _plan)
ADDON = Kind("addon", "addon_code", _addon)

_LISTING = Listing(
    report_name="Catalogue",
    filters=(
        equal_filter("product_id", "product_id"),
        text_filter("name", "name"),
        modified_filter("modified_at"),
        search_filter("name", "code"),
    ),
    sort_columns={
        "name": "name",
        "created_time": "created_at",
        "updated_time": "modified_at",
        "last_modified_time": "modified_at",
    },
    key="code",
    default_sort="created_time",
    default_order="D",
)
_STATUSES = {
    "all": "",
    "active": "status = 'active'",
    "inactive": "status = 'inactive'",
    "onetime": "document ->> 'type' = 'one_time'",
    "recurring": "document ->> 'type' = 'recurring'",
}


def _list(call: FinanceCall, kind: Kind) -> Answer:
    wanted = call.query.get("filter_by", "").rpartition(".")[2].lower() or "all"
    if wanted not in _STATUSES:
        raise invalid_value("filter_by")
    base = equal({"organization_id": call.organization_id, "kind": kind.name})
    if condition := _STATUSES[wanted]:
        base.add(condition)
    page = page_of(_LISTING, call.query, base)
    found = page.rows(call.db, "SELECT code, status, document FROM billing_catalogue")
    return page_answer(kind.plural, [from_row(kind, row).shown() for row in found], page)


def _answered(entry: Entry) -> dict[str, Any]:
    return {entry.kind.name: entry.shown()}


def _post(call: FinanceCall, kind: Kind) -> Answer:
    entry = create(call, kind, call.fields)
    return success(f"The {kind.name} has been created.", status=201, **_answered(entry))


def _get(call: FinanceCall, kind: Kind) -> Answer:
    return success(**_answered(_entry(call, kind)))


def _change(call: FinanceCall, kind: Kind) -> Answer:
    entry = change(call, _entry(call, kind), call.fields)
    return success(f"The {kind.name} details have been updated.", **_answered(entry))


def _delete(call: FinanceCall, kind: Kind) -> Answer:
    remove(call, _entry(call, kind))
    return success(f"The {kind.name} has been deleted.")


def _set_status(call: FinanceCall, kind: Kind, status: str) -> Answer:
    set_status(call, _entry(call, kind), status)
    return success(f"The {kind.name} has been marked as {status}.")


def _entry(call: FinanceCall, kind: Kind) -> Entry:
    return find(call, kind, call.id("code"))


def _offers_of(kind: Kind) -> tuple[Offer, ...]:
    many = f"/{kind.plural}"
    one = f"{many}/{{code}}"

    def declared(method: str, path: str, handler: Callable[[FinanceCall, Kind], Answer], verb: str) -> Offer:
        return offer(method, path, lambda call: handler(call, kind), scope=f"{kind.plural}.{verb}")

    return (
        declared("GET", many, _list, "READ"),
        declared("POST", many, _post, "CREATE"),
        declared("GET", one, _get, "READ"),
        declared("PUT", one, _change, "UPDATE"),
        declared("DELETE", one, _delete, "DELETE"),
        *status_offers(
            one,
            f"{kind.plural}.CREATE",
            lambda call, status: _set_status(call, kind, status),
            ("markasactive", "markasinactive"),
        ),
    )


OFFERS = (*_offers_of(PRODUCT), *_offers_of(PLAN), *_offers_of(ADDON))
