"""The standing list: what is not as it should be, since when, why, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.open_items.looking import KINDS, count_open, open_items, settle
from tsunagi.app.sync.trying_again import request_retry
from tsunagi.app.views import records
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page, record_address, with_parameter
from tsunagi.store.open_items import RESOLVERS, Filters, OpenItem
from tsunagi.translation import gettext as _

router = APIRouter()

ADDRESS = "/open-items"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item, what people call the records it is about, and where each is shown."""

    item: OpenItem
    names: Sequence[tuple[str, str]]


@router.get(ADDRESS)
def list_open_items(
    request: Request,
    asked: SignedIn,
    kind: Annotated[str, Query(max_length=100)] = "",
    service: Annotated[str, Query(max_length=100)] = "",
    resolver: Annotated[str, Query(max_length=100)] = "",
    after: str | None = None,
    retried: Annotated[int | None, Query(ge=0)] = None,
) -> HTMLResponse:
    hub = asked.hub
    filters: Filters = {}
    if kind in KINDS:
        filters["kind"] = kind
    if service in hub.registry.connectors:
        filters["service"] = service
    if chosen := next((each for each in RESOLVERS if each == resolver), None):
        filters["resolver"] = chosen
    found = open_items(hub.context, asked.person, after=after, **filters)
    return page(
        request,
        hub,
        "open_items.html",
        rows=_rows(asked, found.items),
        next=found.next,
        after=after,
        chosen=filters,
        kinds=kind_labels(),
        resolvers={"person": _("Needs somebody"), "itself": _("By itself")},
        services=list(hub.registry.connectors),
        counts=count_open(hub.context, asked.person),
        retried=retried,
    )


@router.post(f"{ADDRESS}/retries")
def retry(
    asked: SignedIn,
    which: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    count = request_retry(asked.hub.context, asked.hub.jobs, asked.person, which)
    return RedirectResponse(with_parameter(ADDRESS, "retried", str(count)), 303)


@router.post(f"{ADDRESS}/settled")
def settle_item(asked: SignedIn, key: Annotated[str, Form(max_length=2000)]) -> RedirectResponse:
    settle(asked.hub.context, asked.person, key)
    return RedirectResponse(ADDRESS, 303)


def kind_labels() -> dict[str, str]:
    return {
        "billing": _("Not billed"),
        "write": _("Not written"),
        "automation": _("Rule blocked"),
        "sync": _("Not synced"),
        "mail": _("Not mailed"),
        "notice": _("Not read"),
        "permission": _("Permission unclear"),
        "parked": _("Left open"),
        "plugin": _("Plugin failed"),
    }


def _rows(asked: SignedIn, items: Sequence[OpenItem]) -> list[ItemRow]:
    titles = records.titles(asked.hub.context, [ref for item in items for ref in item.records[:2]], asked.person)
    return [
        ItemRow(item, [(titles.get(ref, ref.id), record_address(ref)) for ref in item.records[:2]]) for item in items
    ]
