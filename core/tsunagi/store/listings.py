"""How far each listing has come, which records the listing of a view showed, and what stood in related lists."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.connector import Cursor
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.columns import RefText, UtcDateTime
from tsunagi.store.documents import DocumentRow
from tsunagi.store.presence import of_kind
from tsunagi.store.records import RecordRow
from tsunagi.store.tables import Row, by_kind, chunks, core, row, rows, upsert, values


class Position(Row, table=True):
    """Where the listing of one kind of record goes on, and whether it has ever come to its end.

    Until it has, what it shows was there before the connection. `updated_at` is when it last brought anything or found
    nothing new.
    """

    __tablename__ = "cursor"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    cursor: Cursor
    complete: bool
    updated_at: datetime = Field(sa_type=UtcDateTime)


_CURSOR = core(Position)


class Cursors:
    """Reads and writes one position for each entity of a service."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, service: str, entity: str) -> Position | None:
        return row(self._session, sa.select(Position).where(of_kind(_CURSOR, service, entity)))

    def complete(self) -> frozenset[tuple[str, str]]:
        """The kinds of record (service, entity) of which a listing has come to its end."""
        query = sa.select(_CURSOR.c.service, _CURSOR.c.entity).where(_CURSOR.c.complete)
        return frozenset((row.service, row.entity) for row in self._session.execute(query))

    def read_at(self, service: str, entity: str) -> datetime | None:
        """When a listing of these last brought anything or found nothing new."""
        found = self.get(service, entity)
        return found.updated_at if found else None

    def put(self, service: str, entity: str, cursor: Cursor, at: datetime, *, complete: bool) -> None:
        row = {"service": service, "entity": entity, "cursor": cursor, "complete": complete, "updated_at": at}
        upsert(self._session, _CURSOR, [row])


class ViewMemberRow(Row, table=True):
    """A record that a view of its service showed, in the version it showed."""

    __tablename__ = "view_member"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    view: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str


_MEMBER = core(ViewMemberRow)
_RECORD = core(RecordRow)


class ViewMembers:
    """Reads and writes what the listing of a view showed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, view: str, records: Iterable[Record]) -> None:
        """Records the view showed, each in the version it showed."""
        rows = [
            {
                "service": record.ref.service,
                "entity": record.ref.entity,
                "view": view,
                "id": record.ref.id,
                "version": record.version,
            }
            for record in records
        ]
        upsert(self._session, _MEMBER, rows)

    def forget(self, service: str, entity: str, view: str) -> None:
        """Before the view is listed from the beginning."""
        chosen = _MEMBER.c.service == service, _MEMBER.c.entity == entity, _MEMBER.c.view == view
        self._session.execute(sa.delete(_MEMBER).where(*chosen))

    def among(self, view: str, refs: Iterable[RecordRef]) -> set[RecordRef]:
        """Those of these records that the view selects: it showed the very version that is known of each."""
        found: set[RecordRef] = set()
        for service, entity, ids in by_kind(refs):
            same = [_MEMBER.c[name] == _RECORD.c[name] for name in ("service", "entity", "id", "version")]
            query = sa.select(_MEMBER.c.id).join(_RECORD, sa.and_(*same))
            chosen = _MEMBER.c.service == service, _MEMBER.c.entity == entity, _MEMBER.c.view == view
            rows = self._session.execute(query.where(*chosen, _MEMBER.c.id.in_(ids)))
            found |= {RecordRef(service, entity, row.id) for row in rows}
        return found


class RelatedReading(Row, table=True):
    """What a list under a record (the products of a deal) held when it was last read, as a digest.

    `number` counts the contents it has had.
    """

    __tablename__ = "related_reading"

    record: RecordRef = Field(sa_type=RefText, primary_key=True)
    relation: str = Field(primary_key=True)
    digest: str
    number: int


_READING = core(RelatedReading)
_DOCUMENT = core(DocumentRow)


class RelatedReadings:
    """Reads and writes what stood in related lists."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, refs: Iterable[RecordRef], relation: str) -> dict[RecordRef, RelatedReading]:
        """By record; those whose list was never read are left out."""
        found: dict[RecordRef, RelatedReading] = {}
        for some in chunks(list(refs)):
            chosen = _READING.c.record.in_(some), _READING.c.relation == relation
            found |= {each.record: each for each in rows(self._session, sa.select(RelatedReading).where(*chosen))}
        return found

    def keep(self, readings: Iterable[RelatedReading]) -> None:
        upsert(self._session, _READING, [values(each) for each in readings])

    def with_document(self, service: str, entity: str, statuses: Iterable[str]) -> set[RecordRef]:
        """Deals that a document of the kind in one of these statuses was made for: their lists may matter still."""
        chosen = of_kind(_DOCUMENT, service, entity), _DOCUMENT.c.deleted_at.is_(None)
        query = sa.select(_DOCUMENT.c.deal).distinct().where(*chosen, _DOCUMENT.c.deal.is_not(None))
        return set(self._session.execute(query.where(_DOCUMENT.c.status.in_(list(statuses)))).scalars())
