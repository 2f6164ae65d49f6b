"""Documents of one kind across all customers: searched, filtered and sorted, a page at a time."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.documents import Document
from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import RefText
from tsunagi.store.document_totals import Totals
from tsunagi.store.documents import DocumentRow, Documents, totals_of_rows
from tsunagi.store.paging import NoSuchPlace, Slice, place, slice_of
from tsunagi.store.presence import of_kind
from tsunagi.store.records import RecordRow, title_key
from tsunagi.store.tables import core

SortedBy = Literal["date", "due_date", "number", "total", "balance"]
SORTED_BY: tuple[SortedBy, ...] = get_args(SortedBy)

_DOCUMENT, _RECORD = core(DocumentRow), core(RecordRow)
# Those without a date or a due date count as oldest.
_COLUMNS: Mapping[SortedBy, sa.Column[Any]] = {
    "date": _DOCUMENT.c.day,
    "due_date": _DOCUMENT.c.due_day,
    "number": _DOCUMENT.c.number,
    "total": _DOCUMENT.c.total,
    "balance": _DOCUMENT.c.balance,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """Which documents: of one kind, and what is asked of them; what is empty asks for nothing.

    `search` is a part of the number or the reference, or of the name of a customer in any of the kinds `customers`.
    `since` and `until` are the first and the last day of the document's date.
    """

    service: str
    entity: str
    search: str = ""
    customers: Sequence[str] = ()
    statuses: frozenset[str] = field(default_factory=frozenset)
    currency: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def narrowed(self) -> bool:
        return bool(self.search or self.statuses or self.currency or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by; the newest, or largest, first unless asked otherwise."""

    by: SortedBy = "date"
    descending: bool = True


NEWEST_FIRST = Order()


class DocumentLists:
    """Reads lists of documents; those marked deleted are left out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, listed: Listed, order: Order = NEWEST_FIRST, *, after: str | None = None, limit: int = 50
    ) -> Slice[Document]:
        """Raises NoSuchPlace for an `after` of another list."""
        column, id = _COLUMNS[order.by], _DOCUMENT.c.id
        where = _chosen(listed)
        if after is not None:
            start = _start(column, after)
            here = sa.tuple_(column, id)
            where.append(here < start if order.descending else here > start)
        directed = (column.desc(), id.desc()) if order.descending else (column, id)
        # Keys first, from an index that is in the order of the page; whole documents for the page alone.
        keys = self._session.execute(
            sa.select(column.label("value"), id).where(*where).order_by(*directed).limit(limit + 1)
        ).all()
        refs = [RecordRef(listed.service, listed.entity, key.id) for key in keys]
        documents = Documents(self._session).get_many(refs)
        places: list[list[str | int]] = [[str(key.value), key.id] for key in keys]
        return slice_of([documents[ref] for ref in refs], limit, places)

    def count(self, listed: Listed) -> int:
        return self._session.execute(sa.select(sa.func.count()).where(*_chosen(listed))).scalar_one()

    def totals(self, listed: Listed) -> dict[str, list[Totals]]:
        """Exact sums by currency for each status, summed by the database: {status: sums}."""
        return totals_of_rows(self._session, _chosen(listed))

    def currencies(self, service: str, entity: str) -> list[str]:
        """The currencies documents of a kind are in, found by skipping from one to the next along an index."""
        found: list[str] = []
        kind = of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.deleted_at.is_(None)
        while True:
            query = sa.select(sa.func.min(_DOCUMENT.c.currency)).where(*kind)
            next_one = self._session.execute(query.where(_DOCUMENT.c.currency > found[-1]) if found else query).scalar()
            if next_one is None:
                return found
            found.append(next_one)


def pages(
    lists: DocumentLists, listed: Listed, order: Order = NEWEST_FIRST, *, after: str | None = None, size: int = 500
) -> Iterator[Slice[Document]]:
    """Every page of a list, one at a time."""
    while True:
        found = lists.page(listed, order, after=after, limit=size)
        yield found
        if found.next is None:
            return
        after = found.next


def place_of(document: Document, order: Order) -> list[str | int]:
    """Where a document stands in a list of this order, to go on behind it."""
    values: Mapping[SortedBy, object] = {
        "date": document.date or dt.date.min,
        "due_date": document.due_date or dt.date.min,
        "number": document.number,
        "total": document.total.amount,
        "balance": document.balance.amount,
    }
    return [str(values[order.by]), document.ref.id]


def _chosen(listed: Listed) -> list[sa.ColumnElement[bool]]:
    day = _DOCUMENT.c.day
    where: list[sa.ColumnElement[bool]] = [
        of_kind(_DOCUMENT, listed.service, listed.entity),
        _DOCUMENT.c.deleted_at.is_(None),
    ]
    if listed.statuses:
        where.append(_DOCUMENT.c.status.in_(sorted(listed.statuses)))
    if listed.currency:
        where.append(_DOCUMENT.c.currency == listed.currency)
    # A document without a date is in no range of dates.
    if listed.since or listed.until:
        where.append(day >= max(listed.since or dt.date.min, dt.date.min + dt.timedelta(days=1)))
    if listed.until:
        where.append(day <= listed.until)
    if listed.search:
        where.append(_found(listed))
    return where


def _found(listed: Listed) -> sa.ColumnElement[bool]:
    texts = (_DOCUMENT.c.number, _DOCUMENT.c.reference)
    ways: list[sa.ColumnElement[bool]] = [text.icontains(listed.search, autoescape=True) for text in texts]
    if listed.customers:
        named = _RECORD.c.service + ":" + _RECORD.c.entity + ":" + _RECORD.c.id
        customers = sa.select(sa.type_coerce(named, RefText)).where(
            _RECORD.c.service == listed.service,
            _RECORD.c.entity.in_(listed.customers),
            _RECORD.c.title_key.contains(title_key(listed.search), autoescape=True),
            _RECORD.c.deleted_at.is_(None),
        )
        ways.append(_DOCUMENT.c.customer.in_(customers))
    return sa.or_(*ways)


def _start(column: sa.Column[Any], after: str) -> sa.ColumnElement[Any]:
    written, id = place(after, 2)
    return sa.tuple_(sa.bindparam(None, _value(column, str(written), after), type_=column.type), str(id))


def _value(column: sa.Column[Any], written: str, after: str) -> object:
    try:
        if column in (_DOCUMENT.c.total, _DOCUMENT.c.balance):
            amount = Decimal(written)
            return amount if amount.is_finite() else _nowhere(after)
        return dt.date.fromisoformat(written) if column is not _DOCUMENT.c.number else written
    except (ValueError, InvalidOperation):
        raise NoSuchPlace(after) from None


def _nowhere(after: str) -> object:
    raise NoSuchPlace(after)
