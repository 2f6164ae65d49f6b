"""Lists of documents across all customers: a tab for each service, within it one for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from tsunagi.app.access.permissions import decide
from tsunagi.app.views.document_lists import (
    Asked,
    ListRow,
    ListTotals,
    document_kinds,
    document_totals,
    first_filled,
    list_documents,
)
from tsunagi.app.views.exporting import Format, document_table
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.errors import NotOffered
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.http.tables import table_file
from tsunagi.http.web.records import Cell, column_kind, column_label, document_cell
from tsunagi.http.web.rendering import entered_day, page, prints
from tsunagi.hub import Hub
from tsunagi.store.document_lists import SORTED_BY, Order, SortedBy
from tsunagi.text import Text
from tsunagi.translation import gettext as _

router = APIRouter()

_ROWS = 50


@dataclass(frozen=True, slots=True)
class Heading:
    """A column; `sort` is what to ask for to sort by it, `direction` how it is sorted now (as aria-sort says it)."""

    label: str
    kind: str
    sort: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A document as a row of its list."""

    row: ListRow
    cells: Sequence[Cell]


def asked_by_form(
    service: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str, Query(max_length=100)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[str, Query(max_length=100)] = "",
    currency: Annotated[str, Query(max_length=3)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    sort: Annotated[str, Query(max_length=100)] = "-date",
) -> Asked:
    """A form leaves empty what is not asked for. Raises InvalidInput naming what is no day, NotOffered."""
    order = Order(_sorted_by(sort), sort.startswith("-"))
    first, last = entered_day(since, "since"), entered_day(until, "until")
    return Asked(service, kind, search.strip(), status, currency, first, last, order)


Wanted = Annotated[Asked, Depends(asked_by_form)]


@router.get("/documents")
def show_documents(
    request: Request, caller: SignedIn, wanted: Wanted, after: str | None = None, totals: bool = False
) -> HTMLResponse:
    hub = caller.hub
    kinds = document_kinds(hub.context, caller.person)
    asked = _chosen(hub, kinds, wanted)
    if asked is None:
        return page(request, hub, "documents.html", asked=None, panel=None)
    request.state.service = asked.service
    found = list_documents(hub.context, caller.person, asked, after=after, limit=_ROWS)
    entity = hub.registry.entity(asked.service, asked.entity)
    headings = _headings(entity, found.panel, asked.order)
    return page(
        request,
        hub,
        "documents.html",
        asked=asked,
        panel=found.panel,
        kinds=[each for each in kinds if each.service == asked.service],
        headings=headings,
        amounts=sum(heading.kind == "amount" for heading in headings),
        rows=[_row(entity, found.panel, row) for row in found.rows],
        prints=prints(hub, entity.key),
        makes=entity.form is not None and decide(hub.context, caller.person, f"{entity.key}:create").possible,
        currencies=found.currencies,
        as_of=found.as_of,
        after=after,
        next=found.next,
        sums=_sums(caller, asked) if totals else None,
        narrowed=bool(asked.search or asked.status or asked.currency or asked.since or asked.until),
    )


@router.get("/documents/export")
def export_documents(caller: SignedIn, wanted: Wanted, format: Format = "csv") -> Response:
    table = document_table(caller.hub.context, caller.person, wanted)
    return table_file(table.name, table.headings, table.rows, format)


def _sums(caller: SignedIn, asked: Asked) -> ListTotals:
    return document_totals(caller.hub.context, caller.person, asked)


def _chosen(hub: Hub, kinds: Sequence[Panel], asked: Asked) -> Asked | None:
    """Filled up with the first service and kind that has documents; None where there is nothing to see at all."""
    if asked.entity:
        return asked
    panel = first_filled(hub.context, [each for each in kinds if asked.service in {"", each.service}])
    if panel is not None:
        return replace(asked, service=panel.service, entity=panel.entity)
    if asked.service:
        raise NotHere(
            Text(
                en=f"There are no lists of documents of '{asked.service}'.",
                ja=f"「{asked.service}」の書類の一覧はありません。",
            )
        )
    return None


def _headings(entity: EntityType, panel: Panel, order: Order) -> list[Heading]:
    names = ("number", "customer", *panel.columns)
    labels = {"number": _("Number"), "customer": _("Customer")}
    return [_heading(name, labels.get(name) or column_label(entity, name), order) for name in names]


def _heading(name: str, label: str, order: Order) -> Heading:
    kind = column_kind(name)
    if name not in SORTED_BY:
        return Heading(label, kind)
    now = order.by == name
    sort = name if now and order.descending else f"-{name}"
    return Heading(label, kind, sort, ("descending" if order.descending else "ascending") if now else "")


def _row(entity: EntityType, panel: Panel, row: ListRow) -> Row:
    return Row(row, [document_cell(entity, panel, row.document, row.fields, name) for name in panel.columns])


def _sorted_by(sort: str) -> SortedBy:
    found = next((each for each in SORTED_BY if each == sort.removeprefix("-")), None)
    if found is None:
        valid = ", ".join(SORTED_BY)
        raise NotOffered(
            Text(
                en=f"Lists of documents are not sorted by '{sort}'. Valid are: {valid}; '-' in front turns it round.",
                ja=f"書類の一覧は「{sort}」では並べ替えできません。使えるもの: {valid}（前に「-」を付けると逆順）",
            )
        )
    return found
