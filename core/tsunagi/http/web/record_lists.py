"""Lists of accounts, contacts, deals, vendors and products; the last two are there while a sync pair joins them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.views import record_lists, records
from tsunagi.app.views.exporting import Format
from tsunagi.app.views.record_lists import MOST_SORTED, AskedRecords
from tsunagi.app.views.records import Kind, RecordRow
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.records import Record
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.tables import table_file
from tsunagi.http.web.navigation import short_labels
from tsunagi.http.web.rendering import page, person_name
from tsunagi.store.record_lists import sortable
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()

_ROWS = 50
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a form asks for. `columns` is None where none were chosen in it: then those chosen last count."""

    search: str
    state: str
    service: str
    sort: str
    columns: Sequence[str] | None

    def asked(self, kind: Kind) -> AskedRecords:
        sort = self.sort.removeprefix("-")
        return AskedRecords(kind, self.search.strip(), self.state, self.service, sort, self.sort.startswith("-"))


@dataclass(frozen=True, slots=True)
class Heading:
    """A column; `sort` is what to ask for to sort by it, `direction` how it is sorted now (as aria-sort says it)."""

    label: str
    number: bool
    sort: str
    direction: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record with the texts of the columns, in their order."""

    record: Record
    title: str
    texts: Sequence[str]
    linked: Sequence[str]


def list_query(
    search: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=100)] = "",
    service: Annotated[str, Query(max_length=100)] = "",
    sort: Annotated[str, Query(max_length=100)] = "",
    columns: Annotated[list[str] | None, Query(max_length=100)] = None,
) -> ListQuery:
    return ListQuery(search, state, service, sort, columns)


Queried = Annotated[ListQuery, Depends(list_query)]


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    return RedirectResponse("/accounts", 303)


@router.get("/accounts")
def list_accounts(request: Request, caller: SignedIn, query: Queried, after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "account", query, after)


@router.get("/contacts")
def list_contacts(request: Request, caller: SignedIn, query: Queried, after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "contact", query, after)


@router.get("/deals")
def list_deals(request: Request, caller: SignedIn, query: Queried, after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "deal", query, after)


@router.get("/vendors")
def list_vendors(request: Request, caller: SignedIn, query: Queried, after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "vendor", query, after)


@router.get("/products")
def list_products(request: Request, caller: SignedIn, query: Queried, after: str | None = None) -> HTMLResponse:
    return _list(request, caller, "product", query, after)


@router.get("/accounts/export")
def export_accounts(request: Request, caller: SignedIn, query: Queried, format: Format = "csv") -> Response:
    return _export(request, caller, "account", query, format)


@router.get("/contacts/export")
def export_contacts(request: Request, caller: SignedIn, query: Queried, format: Format = "csv") -> Response:
    return _export(request, caller, "contact", query, format)


@router.get("/deals/export")
def export_deals(request: Request, caller: SignedIn, query: Queried, format: Format = "csv") -> Response:
    return _export(request, caller, "deal", query, format)


@router.get("/vendors/export")
def export_vendors(request: Request, caller: SignedIn, query: Queried, format: Format = "csv") -> Response:
    return _export(request, caller, "vendor", query, format)


@router.get("/products/export")
def export_products(request: Request, caller: SignedIn, query: Queried, format: Format = "csv") -> Response:
    return _export(request, caller, "product", query, format)


def _list(request: Request, caller: Caller, kind: Kind, query: ListQuery, after: str | None) -> HTMLResponse:
    context = caller.hub.context
    entity, asked = record_lists.kind_of(context, kind), query.asked(kind)
    columns = _columns(request, entity, kind, query)
    count = record_lists.count_records(context, caller.person, asked, most=MOST_SORTED)
    found = record_lists.list_records(context, caller.person, asked, after=after, limit=_ROWS)
    answer = page(
        request,
        caller.hub,
        "record_list.html",
        entity=entity,
        address=request.url.path,
        rows=_rows(caller, entity, found.items, columns),
        headings=list(_headings(entity, columns, query.sort, sorts=count <= MOST_SORTED)),
        next=found.next,
        after=after,
        count=count,
        most=MOST_SORTED,
        asked=asked,
        sort=query.sort,
        narrowed=bool(asked.search or asked.state or asked.service),
        choices=[(spec.name, say(spec.label), spec in columns) for spec in record_lists.columns_of(entity)],
        states=_states(kind),
        services=[each.service for each in context.connectors.active() if each.service != entity.service],
        connected=[connection.service for connection in caller.hub.connectors.all()],
        # A pair joins the kind that is not read: the first there is.
        pair=_pair_to_switch_on(caller, kind),
        crm=entity.service,
        short_labels=short_labels(caller.hub),
    )
    if query.columns is not None:
        answer.set_cookie(
            _cookie(kind),
            ".".join(spec.name for spec in columns),
            max_age=_YEAR,
            path=request.url.path,
            httponly=True,
            samesite="lax",
        )
    return answer


def _export(request: Request, caller: Caller, kind: Kind, query: ListQuery, format: Format) -> Response:
    context = caller.hub.context
    columns = _columns(request, record_lists.kind_of(context, kind), kind, query)
    names = [spec.name for spec in columns]
    table = record_lists.record_table(context, caller.person, query.asked(kind), names)
    return table_file(table.name, table.headings, table.rows, format)


def _columns(request: Request, entity: EntityType, kind: Kind, query: ListQuery) -> list[FieldSpec]:
    """Those chosen now or last; of the last ones, whatever the organisation has no more is passed over.

    Raises NotOffered for one that is asked for and not there.
    """
    if query.columns is not None:
        return record_lists.chosen_columns(entity, kind, [name for name in query.columns if name])
    there = {spec.name for spec in record_lists.columns_of(entity)}
    last = request.cookies.get(_cookie(kind), "").split(".")
    return record_lists.chosen_columns(entity, kind, [name for name in last if name in there])


def _cookie(kind: Kind) -> str:
    return f"columns-{kind}"


def _rows(caller: Caller, entity: EntityType, found: Sequence[RecordRow], columns: Sequence[FieldSpec]) -> list[Row]:
    shown = [row.record for row in found]
    texts = record_lists.shown_texts(caller.hub.context, caller.person, entity, shown, columns)
    return [Row(row.record, _title(entity, row.record), texts[row.record.ref], row.linked) for row in found]


def _title(entity: EntityType, record: Record) -> str:
    return person_name(record) if entity.name == "contact" else record.text(entity.title) or record.ref.id


def _headings(entity: EntityType, columns: Sequence[FieldSpec], sort: str, *, sorts: bool) -> Iterator[Heading]:
    """`sorts`: by other columns than the title too."""
    title = entity.field(entity.title)
    for spec in [*([title] if title else []), *columns]:
        by = "" if spec is title else spec.name
        now = sort.removeprefix("-") == by
        descending = sort.startswith("-")
        following = by if now and descending else f"-{by}" if now else by
        yield Heading(
            say(spec.label),
            spec.type in {"money", "decimal", "integer"},
            following if spec is title or (sorts and sortable(spec)) else "none",
            ("descending" if descending else "ascending") if now else "",
        )


def _pair_to_switch_on(caller: Caller, kind: Kind) -> str:
    """The first pair that would have the kind read; empty where it is read already."""
    registry, read = caller.hub.registry, records.listed_when_paired(caller.hub.context)
    crm = registry.crm_service()
    if kind in read or kind not in registry.connectors[crm].when_paired:
        return ""
    joined = (name for name, pair in registry.pairs.items() if (pair.left.service, pair.left.entity) == (crm, kind))
    return next(joined, "")


def _states(kind: Kind) -> dict[str, str]:
    states = {
        "linked": _("In step"),
        "unlinked": _("Not in step yet"),
        "needs_somebody": _("Needs somebody"),
        "not_billed": _("Not billed"),
    }
    # A contact or a product is never billed by itself.
    return {name: label for name, label in states.items() if name != "not_billed" or kind in {"account", "deal"}}
