"""The operations on products, plans and addons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho_sandbox.billing import catalogue
from zoho_sandbox.billing.catalogue import ADDON, PLAN, PRODUCT, Kind
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.listing import (
    Conditions,
    Listing,
    equal_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, page_answer, success

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
    base = Conditions()
    base.add("organization_id = ?", call.organization_id)
    base.add("kind = ?", kind.name)
    if condition := _STATUSES[wanted]:
        base.add(condition)
    page = page_of(_LISTING, call.query, base)
    found = call.db.query(
        f"SELECT code, status, document FROM billing_catalogue WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    return page_answer(kind.plural, [catalogue.from_row(kind, row).shown() for row in found], page)


def _named(entry: catalogue.Entry) -> dict[str, Any]:
    return {entry.kind.name: entry.shown()}


def _create(call: FinanceCall, kind: Kind) -> Answer:
    entry = catalogue.create(call, kind, call.fields)
    return success(f"The {kind.name} has been created.", status=201, **_named(entry))


def _get(call: FinanceCall, kind: Kind) -> Answer:
    return success(**_named(_entry(call, kind)))


def _change(call: FinanceCall, kind: Kind) -> Answer:
    entry = catalogue.change(call, _entry(call, kind), call.fields)
    return success(f"The {kind.name} details have been updated.", **_named(entry))


def _remove(call: FinanceCall, kind: Kind) -> Answer:
    catalogue.remove(call, _entry(call, kind))
    return success(f"The {kind.name} has been deleted.")


def _activate(call: FinanceCall, kind: Kind) -> Answer:
    return _set_status(call, kind, "active")


def _deactivate(call: FinanceCall, kind: Kind) -> Answer:
    return _set_status(call, kind, "inactive")


def _set_status(call: FinanceCall, kind: Kind, status: str) -> Answer:
    catalogue.set_status(call, _entry(call, kind), status)
    return success(f"The {kind.name} has been marked as {status}.")


def _entry(call: FinanceCall, kind: Kind) -> catalogue.Entry:
    return catalogue.find(call, kind, call.id("code"))


def _of(kind: Kind) -> tuple[Offer, ...]:
    many = f"/{kind.plural}"
    one = f"{many}/{{code}}"

    def declared(method: str, path: str, handler: Callable[[FinanceCall, Kind], Answer], verb: str) -> Offer:
        return offer(method, path, lambda call: handler(call, kind), scope=f"{kind.plural}.{verb}")

    return (
        declared("GET", many, _list, "READ"),
        declared("POST", many, _create, "CREATE"),
        declared("GET", one, _get, "READ"),
        declared("PUT", one, _change, "UPDATE"),
        declared("DELETE", one, _remove, "DELETE"),
        declared("POST", f"{one}/markasactive", _activate, "CREATE"),
        declared("POST", f"{one}/markasinactive", _deactivate, "CREATE"),
    )


OFFERS = (*_of(PRODUCT), *_of(PLAN), *_of(ADDON))
