"""Documents as the hub last read them: estimates, invoices, orders."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.documents import DOCUMENT_FIELDS, Document
from tsunagi.domain.entities import EntityType
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store import presence
from tsunagi.store.columns import ExactDecimal, JsonFields, RefText, UtcDateTime, exact_sum, scaled
from tsunagi.store.document_totals import AMOUNTS, CustomerTotals, Totals, folded, totals_of
from tsunagi.store.paging import NoSuchPlace, Slice, place, slice_of
from tsunagi.store.presence import Change, completed, is_change, is_older, latest_of_each, of_kind
from tsunagi.store.records import RecordReferenceRow, RecordRow
from tsunagi.store.tables import Row, by_kind, core, upsert

_NOT_DELETED = sa.text("deleted_at IS NULL")
# In the very words of its index, or no database would use it.
OWED = sa.text("deleted_at IS NULL AND balance <> 0")
_OWED_BY = ("status", "currency", "base_currency", "due_date", "day", "balance", "base_balance", "deleted_at")
_CUSTOMER = ("customer", "service", "entity", "day", "id", "deleted_at")
# In the order of the groups, or SQLite would rather read an index of all customers that is.
_CUSTOMER_OWED = "customer", "service", "entity", "currency", "base_currency", *(_OWED_BY[0], *_OWED_BY[3:])


def _listing(name: str, *columns: str) -> sa.Index:
    """An index of one kind's documents that are still there."""
    named = ("service", "entity", *columns, "deleted_at")
    return sa.Index(name, *named, sqlite_where=_NOT_DELETED, postgresql_where=_NOT_DELETED)


class DocumentRow(Row, table=True):
    """A document; `extra` holds the fields beyond those every document has."""

    __tablename__ = "document"
    __table_args__ = (
        sa.Index("ix_document_day", "service", "entity", "day", "id"),
        # Without all that the pages of one customer ask for, SQLite rather walks through every document of the kind.
        sa.Index("ix_document_customer", *_CUSTOMER, sqlite_where=_NOT_DELETED, postgresql_where=_NOT_DELETED),
        sa.Index("ix_document_deal", "service", "entity", "deal", "day", "id"),
        # What a list across all customers is filtered by, in the order of its days: a filter that few documents pass
        # reads this and not the documents.
        _listing("ix_document_listed", "day", "id", "status", "currency", "number", "reference", "customer"),
        _listing("ix_document_number", "number", "id"),
        _listing("ix_document_due_day", "due_day", "id"),
        _listing("ix_document_total", "total", "id"),
        _listing("ix_document_balance", "balance", "id"),
        sa.Index("ix_document_owed", "service", "entity", *_OWED_BY, sqlite_where=OWED, postgresql_where=OWED),
        sa.Index("ix_document_customer_owed", *_CUSTOMER_OWED, sqlite_where=OWED, postgresql_where=OWED),
        _listing("ix_document_kind_sums", "currency", "base_currency", "status", *AMOUNTS),
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str
    modified_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    number: str
    status: str
    date: dt.date | None
    due_date: dt.date | None
    # The date, or the first day there is: databases disagree on where NULL sorts.
    day: dt.date
    due_day: dt.date
    total: Decimal = Field(sa_type=ExactDecimal)
    balance: Decimal = Field(sa_type=ExactDecimal)
    currency: str
    base_total: Decimal = Field(sa_type=ExactDecimal)
    base_balance: Decimal = Field(sa_type=ExactDecimal)
    base_currency: str
    customer: RecordRef | None = Field(sa_type=RefText)
    deal: RecordRef | None = Field(sa_type=RefText)
    reference: str
    extra: Fields = Field(sa_type=JsonFields)
    deleted_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    seen_in: str


# A row read, or one to be written: the same names either way.
_Values = sa.RowMapping | dict[str, Any]
_DOCUMENT = core(DocumentRow)
_NAMED = sa.select(_DOCUMENT).where(*presence.named(_DOCUMENT))
_ALIVE = _DOCUMENT.c.deleted_at.is_(None)


@dataclass(frozen=True, slots=True)
class DocumentsOf:
    """Which documents: of one kind, and, where given, of any of these customers or deals.

    `deals_of` stands for all deals that name this record, such as an account, however many.
    """

    service: str
    entity: str
    customers: Sequence[RecordRef] | None = None
    deals: Sequence[RecordRef] | None = None
    deals_of: RecordRef | None = None


class Documents:
    """Reads and writes documents; those marked deleted are kept, and left out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upsert_many(self, entity: EntityType, records: Iterable[Record], *, seen_in: str | None = None) -> list[Change]:
        """Store a page of readings, as Records.upsert_many does; `after` is the record as it is now stored.

        A reading that names no deal keeps the deal the hub knows: the service may have no place for it.
        Raises ValueError naming the record and field that do not make a document.
        """
        readings = latest_of_each(entity, records)
        totals = CustomerTotals(self._session, entity.service, entity.name)
        totals.lock()
        known = self._rows(RecordRef(entity.service, entity.name, id) for id in readings)
        changes: list[Change] = []
        stored: dict[str, dict[str, Any]] = {}
        for id, reading in readings.items():
            row = known.get(reading.ref)
            if row is None:
                stored[id] = _row(reading, None, seen_in)
                changes.append(Change(None, _record(stored[id])))
            elif not is_older(reading, row["modified_at"]):
                before = _record(row)
                new = _row(completed(reading, before.fields), row, seen_in)
                after = _record(new)
                if row["deleted_at"] is not None or is_change(before, after):
                    changes.append(Change(before, after))
                elif before == after:
                    continue
                stored[id] = new
        upsert(self._session, _DOCUMENT, list(stored.values()))
        totals.change([row for ref, row in known.items() if ref.id in stored], stored.values())
        if seen_in is not None:
            presence.mark_seen(self._session, _DOCUMENT, entity, [id for id in readings if id not in stored], seen_in)
        return changes

    def get(self, ref: RecordRef) -> Document | None:
        return self.get_many([ref]).get(ref)

    def get_many(self, refs: Iterable[RecordRef]) -> dict[RecordRef, Document]:
        rows = self._rows(refs)
        return {ref: _document(row) for ref, row in rows.items() if row["deleted_at"] is None}

    def known(self, refs: Iterable[RecordRef]) -> dict[RecordRef, Record]:
        """Documents with every field, also those marked deleted."""
        return {ref: _record(row) for ref, row in self._rows(refs).items()}

    def record(self, ref: RecordRef) -> Record | None:
        """The document with every field, those of its plugin too."""
        row = self._rows([ref]).get(ref)
        return None if row is None or row["deleted_at"] is not None else _record(row)

    def page(
        self, of: DocumentsOf, *, after: str | None = None, limit: int = 50, oldest_first: bool = False
    ) -> Slice[Document]:
        """Documents by date, the newest first unless asked otherwise; those without a date count as oldest."""
        day, id = _DOCUMENT.c.day, _DOCUMENT.c.id
        order = (day, id) if oldest_first else (day.desc(), id.desc())
        bound: list[sa.ColumnElement[bool]] = []
        if after is not None:
            since, last = place(after, 2)
            start = sa.tuple_(_day(since, after), last)
            bound.append(sa.tuple_(day, id) > start if oldest_first else sa.tuple_(day, id) < start)
        # Each way has an index in the order of the page; for complete documents, or all ways at once, a database
        # may rather walk through every document of the kind by day.
        keys = [
            (row.day, row.id)
            for way in self._ways(of)
            for row in self._session.execute(sa.select(day, id).where(*way, *bound).order_by(*order).limit(limit + 1))
        ]
        keys = sorted(keys, reverse=not oldest_first)[: limit + 1]
        refs = [RecordRef(of.service, of.entity, key) for _, key in keys]
        rows = self._rows(refs)
        places: list[list[str | int]] = [[on.isoformat(), key] for on, key in keys]
        return slice_of([_document(rows[ref]) for ref in refs], limit, places)

    def all(self, of: DocumentsOf, *, chunk: int = 500) -> Iterator[Document]:
        """Every chosen document, oldest first, fetched a chunk at a time."""
        after: str | None = None
        while True:
            found = self.page(of, after=after, limit=chunk, oldest_first=True)
            yield from found.items
            if found.next is None:
                return
            after = found.next

    def due_between(self, service: str, entity: str, since: dt.date, until: dt.date) -> list[tuple[RecordRef, str]]:
        """Documents whose due date is from `since` on and before `until`, each with its status."""
        columns = _DOCUMENT.c.id, _DOCUMENT.c.status
        query = sa.select(*columns).where(presence.of_kind(_DOCUMENT, service, entity), _ALIVE)
        query = query.where(_DOCUMENT.c.due_date >= since, _DOCUMENT.c.due_date < until).order_by(_DOCUMENT.c.id)
        return [(RecordRef(service, entity, row.id), row.status) for row in self._session.execute(query)]

    def numbered(self, number: str, *, limit: int = 20) -> list[RecordRef]:
        """Documents people know by this number, of whatever kind and service."""
        columns = _DOCUMENT.c.service, _DOCUMENT.c.entity, _DOCUMENT.c.id
        query = sa.select(*columns).where(_DOCUMENT.c.number == number, _ALIVE).order_by(*columns).limit(limit)
        return [RecordRef(*row) for row in self._session.execute(query)]

    def count(self, of: DocumentsOf) -> int:
        return sum(
            self._session.execute(sa.select(sa.func.count()).select_from(_DOCUMENT).where(*way)).scalar_one()
            for way in self._ways(of)
        )

    def totals(self, of: DocumentsOf) -> list[Totals]:
        """Exact sums by currency, of documents in whatever status; their counts are the count of all."""
        return folded(self.totals_by_status(of).values())

    def totals_by_status(self, of: DocumentsOf) -> dict[str, list[Totals]]:
        """Exact sums by currency for each status: {status: sums}; those of customers are kept, others added up."""
        kept = CustomerTotals(self._session, of.service, of.entity).by_status(of.customers or ())
        found = {status: folded([totals]) for status, totals in kept.items()}
        for way in self._further_ways(of) if of.customers else self._ways(of):
            for status, totals in totals_of_rows(self._session, way, few=of.deals is not None).items():
                found[status] = folded([found.get(status, []), totals])
        return found

    def numbers(self, of: DocumentsOf, *, limit: int = 100) -> list[str]:
        """The numbers people know the documents by, newest first."""
        return [document.number for document in self.page(of, limit=limit).items]

    def mark_deleted(self, refs: Iterable[RecordRef], at: dt.datetime) -> list[Record]:
        """Mark documents as deleted; returns those that were there until now, with their last fields."""
        newly_deleted: list[Record] = []
        for service, entity, ids in sorted(by_kind(refs)):
            totals = CustomerTotals(self._session, service, entity)
            totals.lock()
            rows = self._rows(RecordRef(service, entity, id) for id in ids)
            there = [row for row in rows.values() if row["deleted_at"] is None]
            chosen = of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.id.in_([row["id"] for row in there])
            self._session.execute(sa.update(_DOCUMENT).where(*chosen).values(deleted_at=at))
            totals.change(there, ())
            newly_deleted += map(_record, there)
        return newly_deleted

    def count_unseen(self, service: str, entity: str, seen_in: str) -> int:
        """How many documents the full listing `seen_in` did not show."""
        return presence.count_unseen(self._session, _DOCUMENT, service, entity, seen_in)

    def count_seen(self, service: str, entity: str, seen_in: str) -> int:
        """How many the full listing `seen_in` did show."""
        return presence.count_seen(self._session, _DOCUMENT, service, entity, seen_in)

    def unseen(
        self, service: str, entity: str, seen_in: str, *, after: str | None = None, limit: int = 200
    ) -> Slice[RecordRef]:
        """Documents the full listing `seen_in` did not show, for `mark_deleted`."""
        return presence.unseen(self._session, _DOCUMENT, service, entity, seen_in, after, limit)

    def _ways(self, of: DocumentsOf) -> list[list[sa.ColumnElement[bool]]]:
        """Conditions that lead to the chosen documents, each by one index; no document is reached twice."""
        kind = [of_kind(_DOCUMENT, of.service, of.entity), _ALIVE]
        if of.customers is None and of.deals is None and of.deals_of is None:
            return [kind]
        # One way for each of the few customers: among equals only, an index is in the order of the page.
        ways = [[*kind, _DOCUMENT.c.customer == customer] for customer in dict.fromkeys(of.customers or ())]
        return [*ways, *self._further_ways(of)] or [[sa.false()]]

    def _further_ways(self, of: DocumentsOf) -> list[list[sa.ColumnElement[bool]]]:
        """The way to those chosen for their deals alone: those that name a chosen customer are there already."""
        kind = [of_kind(_DOCUMENT, of.service, of.entity), _ALIVE]
        customers, by_customer, by_deal = list(of.customers or ()), _DOCUMENT.c.customer, _DOCUMENT.c.deal
        rest = [*kind, sa.or_(by_customer.is_(None), by_customer.not_in(customers))] if customers else kind
        if of.deals_of is not None and self._some_answer_deals(kind):
            return [[*rest, by_deal.in_(_deals_of(of.deals_of))]]
        if of.deals:
            return [[*rest, by_deal == of.deals[0] if len(of.deals) == 1 else by_deal.in_(of.deals)]]
        return []

    def _some_answer_deals(self, kind: Sequence[sa.ColumnElement[bool]]) -> bool:
        """Most kinds never do: then the deals, which may be thousands, need not be looked at."""
        return self._session.execute(sa.select(sa.exists().where(*kind, _DOCUMENT.c.deal.is_not(None)))).scalar_one()

    def _rows(self, refs: Iterable[RecordRef]) -> dict[RecordRef, _Values]:
        rows: dict[RecordRef, _Values] = {}
        for service, entity, ids in by_kind(refs):
            named = {"service": service, "entity": entity, "ids": ids}
            for row in self._session.execute(_NAMED, named).mappings():
                rows[RecordRef(service, entity, row["id"])] = row
        return rows


def _deals_of(ref: RecordRef) -> sa.Select[Any]:
    """The deals that name a record, as documents name them."""
    deal, named = core(RecordRow), core(RecordReferenceRow)
    same = (deal.c[name] == named.c[name] for name in ("service", "entity", "id"))
    return (
        sa.select(sa.type_coerce(deal.c.service + ":" + deal.c.entity + ":" + deal.c.id, RefText))
        .select_from(named.join(deal, sa.and_(*same)))
        .where(
            named.c.target_service == ref.service,
            named.c.target_entity == ref.entity,
            named.c.target_id == ref.id,
            of_kind(named, ref.service, "deal"),
            deal.c.deleted_at.is_(None),
        )
    )


def totals_of_rows(
    session: Session, where: Sequence[sa.ColumnElement[bool]], *, few: bool = False
) -> dict[str, list[Totals]]:
    """Exact sums of the documents that pass these conditions, by currency, for each status: {status: sums}."""
    # In the order of the index for sums, so that nothing is sorted; for a deal's few documents SQLite would read all of
    # that index too, unless the groups are no columns of it.
    columns = _DOCUMENT.c.currency, _DOCUMENT.c.base_currency, _DOCUMENT.c.status
    group = [(column + "").label(column.name) for column in columns] if few else columns
    sums = [exact_sum(_DOCUMENT.c[name]).label(name) for name in AMOUNTS]
    query = sa.select(*group, sa.func.count().label("documents"), *sums).where(*where).group_by(*group)
    found: dict[str, list[Totals]] = {}
    for row in session.execute(query).mappings():
        found.setdefault(row["status"], []).append(totals_of(row))
    return found


def _row(record: Record, known: _Values | None, seen_in: str | None) -> dict[str, Any]:
    document = Document.of(record)
    return {
        "service": record.ref.service,
        "entity": record.ref.entity,
        "id": record.ref.id,
        "version": record.version,
        "modified_at": record.modified_at,
        "number": document.number,
        "status": document.status,
        "date": document.date,
        "due_date": document.due_date,
        "day": document.date or dt.date.min,
        "due_day": document.due_date or dt.date.min,
        "total": _amount(record, "total", document.total),
        "balance": _amount(record, "balance", document.balance),
        "currency": _one_currency(record, "balance", document.total, document.balance),
        "base_total": _amount(record, "base_total", document.base_total),
        "base_balance": _amount(record, "base_balance", document.base_balance),
        "base_currency": _one_currency(record, "base_balance", document.base_total, document.base_balance),
        "customer": document.customer,
        "deal": document.deal or (known["deal"] if known else None),
        "reference": document.reference,
        "extra": {name: value for name, value in record.fields.items() if name not in DOCUMENT_FIELDS},
        "deleted_at": None,
        "seen_in": seen_in or (known["seen_in"] if known else ""),
    }


def _day(written: str | int, marked: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(written))
    except ValueError:
        raise NoSuchPlace(marked) from None


def _amount(record: Record, field: str, money: Money) -> Decimal:
    try:
        scaled(money.amount)
    except ValueError as error:
        raise ValueError(f"{record.ref}: {field}: {error}") from None
    return money.amount


def _one_currency(record: Record, field: str, total: Money, balance: Money) -> str:
    if total.currency != balance.currency:
        raise ValueError(f"{record.ref}: {field} must be in {total.currency} as the total is, got {balance}")
    return total.currency


def _document(row: _Values) -> Document:
    return Document(
        ref=RecordRef(row["service"], row["entity"], row["id"]),
        number=row["number"],
        status=row["status"],
        date=row["date"],
        due_date=row["due_date"],
        total=Money(row["total"], row["currency"]),
        balance=Money(row["balance"], row["currency"]),
        base_total=Money(row["base_total"], row["base_currency"]),
        base_balance=Money(row["base_balance"], row["base_currency"]),
        customer=row["customer"],
        deal=row["deal"],
        reference=row["reference"],
    )


def _record(row: _Values) -> Record:
    document = _document(row)
    fields = {name: getattr(document, name) for name in DOCUMENT_FIELDS}
    return Record(document.ref, {**fields, **row["extra"]}, row["version"], row["modified_at"])
