"""The standing list: what is not as it should be, since when, why, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.open_items.looking import KINDS, count_open, open_items, settle
from tsunagi.app.open_items.reasons import CATALOGUE
from tsunagi.app.sync.run_outcomes import words_of
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
    """An item, what people call the records it is about, and where each is shown.

    `remedy` is the page on which it is put right, as its label and address; `syncs` says that a sync may help, and
    "full" that it has to be one of everything.
    """

    item: OpenItem
    names: Sequence[tuple[str, str]]
    remedy: tuple[str, str] | None
    syncs: Literal["", "full", "now"]


@router.get(ADDRESS)
def list_open_items(
    request: Request,
    asked: SignedIn,
    kind: Annotated[str, Query(max_length=100)] = "",
    service: Annotated[str, Query(max_length=100)] = "",
    resolver: Annotated[str, Query(max_length=100)] = "",
    reason: Annotated[str, Query(max_length=100)] = "",
    after: str | None = None,
    retried: Annotated[int | None, Query(ge=0)] = None,
) -> HTMLResponse:
    hub = asked.hub
    filters: Filters = {}
    if kind in KINDS:
        filters["kind"] = kind
    if service in hub.registry.connectors:
        filters["service"] = service
    if reason in CATALOGUE:
        filters["reason"] = reason
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
        because=words_of(hub.context, reason) if reason in CATALOGUE else None,
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
        ItemRow(
            item,
            [(titles.get(ref, ref.id), record_address(ref)) for ref in item.records[:2]],
            _remedy(item),
            _SYNCS.get(item.reason, ""),
        )
        for item in items
    ]


_SYNCS: Mapping[str, Literal["full", "now"]] = {
    "record_gone": "full",
    "service_unread": "now",
    "sync_refused": "now",
    "sync_broke": "now",
}


def _remedy(item: OpenItem) -> tuple[str, str] | None:
    """Where a person puts it right, by its reason or else by its kind."""
    pair = item.parameters.get("pair_name")
    settings = f"/sync-pairs/{quote(pair, safe='')}" if isinstance(pair, str) else "/sync-pairs"
    services = _("Open the services"), "/services"
    questions = _("Answer the question"), "/sync-reviews"
    by_reason = {
        **dict.fromkeys(("access_lost", "access_refused", "not_connected", "service_off"), services),
        **dict.fromkeys(("parked_conflict", "parked_match", "parked_deletion"), questions),
        **dict.fromkeys(("field_gone", "field_retyped"), (_("Open the settings"), settings)),
        **dict.fromkeys(("mail_failed", "mail_unknown"), _mail_again(item)),
    }
    by_kind = {
        "automation": (_("Open the rules"), "/rules"),
        "plugin": (_("Open the plugins"), "/plugins"),
        "permission": (_("Open the permissions"), "/permissions"),
    }
    return by_reason.get(item.reason) or by_kind.get(item.kind)


def _mail_again(item: OpenItem) -> tuple[str, str] | None:
    ref = next(iter(item.records), None)
    if ref is None:
        return None
    path = "/".join(quote(part, safe="") for part in (ref.service, ref.entity, ref.id))
    return _("Mail it again"), f"/documents/{path}/mail?to={quote(ADDRESS, safe='')}"
