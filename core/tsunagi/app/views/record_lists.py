"""Records of the CRM of one kind: the list that is asked for, its columns, and every row of it for a file."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tsunagi.app.access.permissions import sees_tab
from tsunagi.app.connections.metadata import labelled
from tsunagi.app.context import Context
from tsunagi.app.views import formats
from tsunagi.app.views.exporting import Cell, Table
from tsunagi.app.views.records import Kind, RecordRow, rows_of, titles
from tsunagi.domain.directory import Person
from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import NotOffered
from tsunagi.store.paging import Slice
from tsunagi.store.record_lists import STATES, FieldOrder, ListedRecords, RecordLists, State, sortable
from tsunagi.text import Text
from tsunagi.translation import say

_PAGE_ROWS, _CHUNK = 50, 500
# Longer lists are sorted by title alone, along an index: any other order has to look at every record of the list, which
# takes a tenth of a second for so many.
MOST_SORTED = 20_000
# The columns of a list until somebody chooses others.
COLUMNS: Mapping[Kind, Sequence[str]] = {
    "account": ("industry", "phone", "owner"),
    "contact": ("account", "email", "phone", "owner"),
    "deal": ("account", "stage", "closing_date", "amount", "owner"),
    "vendor": ("email", "phone", "owner"),
    "product": ("code", "unit_price", "usage_unit"),
}
_HEADINGS = {
    "id": Text(en="ID", ja="ID"),
    "linked": Text(en="In step with", ja="同期中のサービス"),
    "currency": Text(en="{label}: currency", ja="{label}: 通貨"),
}


@dataclass(frozen=True, slots=True)
class AskedRecords:
    """Which list somebody wants; what is empty asks for nothing.

    `state` is one of STATES; `service` says in which service a partner or an open item counts. `sort` is a field; the
    title where it is empty.
    """

    kind: Kind
    search: str = ""
    state: str = ""
    service: str = ""
    sort: str = ""
    descending: bool = False


def list_records(
    context: Context, actor: Person | None, asked: AskedRecords, *, after: str | None = None, limit: int = _PAGE_ROWS
) -> Slice[RecordRow]:
    """A page of a list.

    Raises NotOffered for an unknown state or a field it cannot be sorted by, also for its length; NoSuchPlace.
    """
    listed, order = _listed(context, actor, asked), _order(context, asked)
    with context.store.read() as session:
        if order.field is not None and RecordLists(session).count(listed, most=MOST_SORTED) > MOST_SORTED:
            raise _too_long_to_sort(kind_of(context, asked.kind))
        found = RecordLists(session).page(listed, order, after=after, limit=limit)
        return Slice(rows_of(context, session, found.items), found.next)


def count_records(context: Context, actor: Person | None, asked: AskedRecords, *, most: int | None = None) -> int:
    """How many there are in all; where there are more than `most`, one more than that. Raises as `list_records`."""
    listed = _listed(context, actor, asked)
    with context.store.read() as session:
        return RecordLists(session).count(listed, most=most)


def kind_of(context: Context, kind: Kind) -> EntityType:
    """The kind of record with the labels of the organisation."""
    return labelled(context, context.registry.entity(context.registry.crm_service(), kind))


def columns_of(kind: EntityType) -> list[FieldSpec]:
    """What a list of the kind can show beside the title."""
    return [spec for spec in kind.fields if spec.name != kind.title and spec.listed]


def shown_texts(
    context: Context, actor: Person | None, kind: EntityType, records: Sequence[Record], columns: Sequence[FieldSpec]
) -> dict[RecordRef, list[str]]:
    """The columns of each record as the reader's language writes them; a reference as its title."""
    names = _names(context, actor, records, columns)
    return {
        record.ref: [_text(kind, record, spec, record.fields.get(spec.name), names) for spec in columns]
        for record in records
    }


def record_table(context: Context, actor: Person | None, asked: AskedRecords, columns: Sequence[str] = ()) -> Table:
    """Every row of a list, with the columns that are named or else the usual ones.

    Raises as `list_records`, and NotOffered for an unknown column, before the first row.
    """
    kind = kind_of(context, asked.kind)
    chosen = chosen_columns(kind, asked.kind, columns)
    title = kind.field(kind.title)
    headings = [say(_HEADINGS["id"]), say(title.label) if title else "", *_headings(chosen), say(_HEADINGS["linked"])]
    first = list_records(context, actor, asked, limit=_CHUNK)
    rows = _every_row(context, actor, asked, kind, chosen, first)
    return Table(f"{kind.name}s-{context.now().date().isoformat()}", headings, rows)


def chosen_columns(kind: EntityType, name: Kind, wanted: Sequence[str]) -> list[FieldSpec]:
    """The columns that are named, in the order of the kind; the usual ones where none is. Raises NotOffered."""
    possible = {spec.name: spec for spec in columns_of(kind)}
    unknown = next((each for each in wanted if each not in possible), None)
    if unknown is not None:
        raise _not_there(unknown, kind, possible)
    usual = [possible[each] for each in COLUMNS[name] if each in possible]
    return [possible[each] for each in possible if each in wanted] if wanted else usual


def _every_row(
    context: Context,
    actor: Person | None,
    asked: AskedRecords,
    kind: EntityType,
    columns: Sequence[FieldSpec],
    page: Slice[RecordRow],
) -> Iterator[Sequence[Cell]]:
    while True:
        names = _names(context, actor, [row.record for row in page.items], columns)
        for row in page.items:
            values = [cell for spec in columns for cell in _cells(kind, row.record, spec, names)]
            yield [row.record.ref.id, row.record.text(kind.title), *values, ", ".join(row.linked)]
        if page.next is None:
            return
        page = list_records(context, actor, asked, after=page.next, limit=_CHUNK)


def _headings(columns: Sequence[FieldSpec]) -> Iterator[str]:
    for spec in columns:
        yield say(spec.label)
        if spec.type == "money":
            yield say(_HEADINGS["currency"]).format(label=say(spec.label))


def _cells(kind: EntityType, record: Record, spec: FieldSpec, names: Mapping[RecordRef, str]) -> list[Cell]:
    value = record.fields.get(spec.name)
    if spec.type == "money":
        return [value.amount, value.currency] if isinstance(value, Money) else ["", ""]
    if isinstance(value, Decimal) or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return [value]
    return [_text(kind, record, spec, value, names)]


def _text(kind: EntityType, record: Record, spec: FieldSpec, value: Value, names: Mapping[RecordRef, str]) -> str:
    if isinstance(value, RecordRef):
        return names.get(value, value.id)
    if isinstance(value, str) and spec.choices:
        return say(kind.choice_label(spec.name, record.fields))
    return formats.value(value)


def _names(
    context: Context, actor: Person | None, records: Sequence[Record], columns: Sequence[FieldSpec]
) -> dict[RecordRef, str]:
    values = [record.fields.get(spec.name) for record in records for spec in columns if spec.type == "reference"]
    return titles(context, [value for value in values if isinstance(value, RecordRef)], actor)


def _listed(context: Context, actor: Person | None, asked: AskedRecords) -> ListedRecords:
    """Partners count in services that are on, open items in those whose tab the person sees."""
    on = [connection.service for connection in context.connectors.active()]
    within = [each for each in on if asked.service in {"", each}]
    return ListedRecords(
        context.registry.crm_service(),
        asked.kind,
        asked.search.strip(),
        _state(asked.state),
        within,
        [each for each in within if sees_tab(context, actor, each)],
    )


def _state(asked: str) -> State | None:
    found = next((each for each in STATES if each == asked), None)
    if asked and found is None:
        raise NotOffered(
            Text(
                en=f"'{asked}' is no state of a record. Valid are: {', '.join(STATES)}.",
                ja=f"「{asked}」という状態はありません。使えるもの: {', '.join(STATES)}",
            )
        )
    return found


def _order(context: Context, asked: AskedRecords) -> FieldOrder:
    kind = kind_of(context, asked.kind)
    if asked.sort in {"", kind.title}:
        return FieldOrder(None, asked.descending)
    possible = {spec.name: spec for spec in columns_of(kind) if sortable(spec)}
    if asked.sort not in possible:
        raise _not_there(asked.sort, kind, possible)
    return FieldOrder(possible[asked.sort], asked.descending)


def _not_there(name: str, kind: EntityType, possible: Mapping[str, FieldSpec]) -> NotOffered:
    valid = ", ".join(possible)
    return NotOffered(
        Text(
            en=f"A list of records of the kind {kind.name} has no such column '{name}'. Valid are: {valid}.",
            ja=f"{kind.name} の一覧に列「{name}」はありません。使えるもの: {valid}",
        )
    )


def _too_long_to_sort(kind: EntityType) -> NotOffered:
    most = formats.number(MOST_SORTED)
    return NotOffered(
        Text(
            en=f"This list has more than {most} records: it can be sorted by {kind.title} alone.",
            ja=f"この一覧は {most} 件を超えるため、{kind.title} でのみ並べ替えできます。",
        ),
        hint=Text(
            en="Narrow it by a search or a filter to sort by another column.",
            ja="ほかの列で並べ替えるには、検索または絞り込みで件数を減らしてください。",
        ),
    )
