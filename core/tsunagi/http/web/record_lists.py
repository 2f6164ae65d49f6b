"""The lists of accounts, vendors and products; vendors and products are there while a sync pair joins them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.connections.metadata import labelled
from tsunagi.app.views import formats, records
from tsunagi.domain.records import Record
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.web.navigation import short_labels
from tsunagi.http.web.rendering import page
from tsunagi.translation import say

router = APIRouter()

_ROWS = 50
_COLUMNS: Mapping[str, Sequence[str]] = {
    "vendor": ("email", "phone", "owner"),
    "product": ("code", "unit_price", "usage_unit"),
}
# How the pair of a service is called that joins them.
_PAIRS = {"vendor": "vendors", "product": "items"}

Search = Annotated[str, Query(max_length=200)]


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    return RedirectResponse("/accounts", 303)


@router.get("/accounts")
def list_accounts(
    request: Request, caller: SignedIn, search: Annotated[str, Query(max_length=200)] = "", after: str | None = None
) -> HTMLResponse:
    hub = caller.hub
    connected = [connection.service for connection in hub.connectors.all()]
    crm = hub.registry.crm_service()
    kind = labelled(hub.context, hub.registry.entity(crm, "account"))
    return page(
        request,
        hub,
        "accounts.html",
        found=records.accounts(hub.context, search=search.strip(), after=after, limit=_ROWS),
        count=records.count_accounts(hub.context, search=search.strip()),
        search=search,
        after=after,
        crm=crm,
        connected=connected,
        short_labels=short_labels(hub),
        field_labels={spec.name: say(spec.label) for spec in kind.fields},
        kind=kind,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A record with the values of the columns, in their order."""

    record: Record
    values: Sequence[str]
    linked: Sequence[str]


@router.get("/vendors")
def list_vendors(request: Request, caller: SignedIn, search: Search = "", after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "vendor", search, after)


@router.get("/products")
def list_products(request: Request, caller: SignedIn, search: Search = "", after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "product", search, after)


def _list(
    request: Request, caller: Caller, kind: Literal["vendor", "product"], search: str, after: str | None
) -> HTMLResponse:
    hub = caller.hub
    crm = hub.registry.crm_service()
    entity = labelled(hub.context, hub.registry.entity(crm, kind))
    found = records.list_records(hub.context, kind, search=search.strip(), after=after, limit=_ROWS)
    columns = _COLUMNS[kind]
    labels = {spec.name: say(spec.label) for spec in entity.fields}
    return page(
        request,
        hub,
        "catalogue.html",
        entity=entity,
        address=f"/{kind}s",
        rows=[Row(each.record, _values(each.record, columns), each.linked) for each in found.items],
        next=found.next,
        count=records.count_records(hub.context, kind, search=search.strip()),
        name_label=labels["name"],
        column_labels=[labels[name] for name in columns],
        is_read=kind in records.listed_when_paired(hub.context),
        pair=_PAIRS[kind],
        search=search,
        after=after,
        crm=crm,
        short_labels=short_labels(hub),
    )


def _values(record: Record, columns: Sequence[str]) -> list[str]:
    return [formats.value(record.fields.get(name)) for name in columns]
