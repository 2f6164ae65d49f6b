"""Records as the hub last read them: accounts, contacts, deals, customers and other masters."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store import presence
from tsunagi.store.columns import Encoded, JsonFields, RefText, UtcDateTime, decoded, encoded
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.presence import Change, completed, is_change, is_older, latest_of_each, of_kind
from tsunagi.store.tables import Row, by_kind, chunks, core, insert_new, upsert

_NOT_DELETED = sa.text("deleted_at IS NULL")


class RecordRow(Row, table=True):
    """A record as last read. `seen_in` names the full listing that showed it last."""

    __tablename__ = "record"
    __table_args__ = (
        sa.Index(
            "ix_record_title",
            "service",
            "entity",
            "title_key",
            "id",
            sqlite_where=_NOT_DELETED,
            postgresql_where=_NOT_DELETED,
        ),
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str
    modified_at: datetime | None = Field(sa_type=UtcDateTime)
    title: str
    # The title without case and width: what is searched and sorted by, alike on every database.
    title_key: str
    fields: Fields = Field(sa_type=JsonFields)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    seen_in: str
    # Of a record deleted by a merge: the surviving one.
    merged_into: RecordRef | None = Field(sa_type=RefText)


class RecordReferenceRow(Row, table=True):
    """A field of one record that names another; follows the record's fields."""

    __tablename__ = "record_reference"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["service", "entity", "id"], ["record.service", "record.entity", "record.id"], ondelete="CASCADE"
        ),
        sa.Index(
            "ix_record_reference_target",
            "target_service",
            "target_entity",
            "target_id",
            "service",
            "entity",
            "id",
        ),
        {"sqlite_with_rowid": False},
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    target_service: str = Field(primary_key=True)
    target_entity: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)


_RECORD = core(RecordRow)
_REFERENCE = core(RecordReferenceRow)
_ALIVE = _RECORD.c.deleted_at.is_(None)
_RECORD_COLUMNS: sa.Select[Any] = sa.select(
    _RECORD.c.service,
    _RECORD.c.entity,
    _RECORD.c.id,
    _RECORD.c.fields,
    _RECORD.c.version,
    _RECORD.c.modified_at,
)
# Fields as the text they are stored as: most readings bring nothing new, and equal texts need no decoding.
_KNOWN: sa.Select[Any] = sa.select(
    *(_RECORD.c[name] for name in ("service", "entity", "id", "version", "modified_at", "deleted_at", "seen_in")),
    sa.type_coerce(_RECORD.c.fields, sa.Text).label("text"),
).where(*presence.named(_RECORD))


def title_key(title: str) -> str:
    """A title as it is searched and sorted by: without case, and with one width for each letter."""
    return unicodedata.normalize("NFKC", title).casefold()


class Records:
    """Reads and writes records; those marked deleted are kept, and left out unless asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upsert_many(self, entity: EntityType, records: Iterable[Record], *, seen_in: str | None = None) -> list[Change]:
        """Store a page of readings; returns those whose fields changed, each with what was known before.

        A reading older than what is stored is passed over, an incomplete one is completed from what is stored.
        A record that was deleted comes back, with its last fields as before. `seen_in` names the full listing the
        page belongs to. Pages of up to 500 records.
        """
        readings = latest_of_each(entity, records)
        known = self._known(entity, list(readings))
        changes: list[Change] = []
        stored: dict[str, dict[str, Any]] = {}
        for id, reading in readings.items():
            row = known.get(id)
            if row is None:
                changes.append(Change(None, reading))
                stored[id] = _row(entity, reading, encoded(reading.fields), seen_in or "")
            elif not is_older(reading, row.modified_at):
                record = reading if reading.complete else completed(reading, decoded(row.text))
                text = encoded(record.fields)
                if row.deleted_at is not None or _differs(row, text, record):
                    changes.append(Change(_as_known(row), record))
                elif row.version == record.version and row.text == text:
                    continue
                stored[id] = _row(entity, record, text, seen_in or row.seen_in)
        upsert(self._session, _RECORD, list(stored.values()))
        self._refer([change.after for change in changes])
        if seen_in is not None:
            presence.mark_seen(self._session, _RECORD, entity, [id for id in readings if id not in stored], seen_in)
        return changes

    def get(self, ref: RecordRef, *, deleted: bool = False) -> Record | None:
        return self.get_many([ref], deleted=deleted).get(ref)

    def get_many(self, refs: Iterable[RecordRef], *, deleted: bool = False) -> dict[RecordRef, Record]:
        """Those of the refs the hub knows; `deleted` includes the deleted ones."""
        found: dict[RecordRef, Record] = {}
        for service, entity, ids in by_kind(refs):
            query = _RECORD_COLUMNS.where(of_kind(_RECORD, service, entity), _RECORD.c.id.in_(ids))
            rows = self._session.execute(query if deleted else query.where(_ALIVE))
            found.update((record.ref, record) for record in map(_record, rows))
        return found

    def known(self, refs: Iterable[RecordRef]) -> dict[RecordRef, Record]:
        """As `get_many`, also those marked deleted."""
        return self.get_many(refs, deleted=True)

    def page(
        self, service: str, entity: str, *, search: str = "", after: str | None = None, limit: int = 50
    ) -> Slice[Record]:
        """Records by title; `search` is any part of it, whatever its case and width."""
        query = _RECORD_COLUMNS.add_columns(_RECORD.c.title_key).where(*_listed(service, entity, search))
        if after is not None:
            query = query.where(sa.tuple_(_RECORD.c.title_key, _RECORD.c.id) > sa.tuple_(*place(after, 2)))
        rows = self._session.execute(query.order_by(_RECORD.c.title_key, _RECORD.c.id).limit(limit + 1)).all()
        return slice_of([_record(row) for row in rows], limit, [[row.title_key, row.id] for row in rows])

    def titled(self, service: str, entity: str, titles: Iterable[str]) -> dict[str, list[RecordRef]]:
        """Records of exactly these titles, whatever their case and width, by `title_key`."""
        found: dict[str, list[RecordRef]] = {}
        for some in chunks(sorted({title_key(title) for title in titles})):
            query = sa.select(_RECORD.c.title_key, _RECORD.c.id).where(*_listed(service, entity, ""))
            for row in self._session.execute(query.where(_RECORD.c.title_key.in_(some)).order_by(_RECORD.c.id)):
                found.setdefault(row.title_key, []).append(RecordRef(service, entity, row.id))
        return found

    def changed_since(
        self, service: str, entity: str, since: datetime | None, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[Record]:
        """Records that their service changed at or after a time, or at any time, the earliest first.

        `after` is the time and id of the last one of the page before.
        """
        query = _RECORD_COLUMNS.where(of_kind(_RECORD, service, entity), _ALIVE, _RECORD.c.modified_at.is_not(None))
        if since is not None:
            query = query.where(_RECORD.c.modified_at >= since)
        if after is not None:
            at, id = after
            later = sa.and_(_RECORD.c.modified_at == at, _RECORD.c.id > id)
            query = query.where(sa.or_(_RECORD.c.modified_at > at, later))
        rows = self._session.execute(query.order_by(_RECORD.c.modified_at, _RECORD.c.id).limit(limit))
        return [_record(row) for row in rows]

    def count(self, service: str, entity: str, *, search: str = "") -> int:
        counted = sa.select(sa.func.count()).where(*_listed(service, entity, search))
        return self._session.execute(counted).scalar_one()

    def referencing(
        self, target: RecordRef, service: str, entity: str, *, after: str | None = None, limit: int = 50
    ) -> Slice[Record]:
        """Records of a kind that name `target` in any field: the contacts of an account. In order of id."""
        named, sooner = _REFERENCE, _REFERENCE.alias("sooner")
        same = ("service", "entity", "id", "target_service", "target_entity", "target_id")
        # A record that names the target twice is taken by the first of the two fields. In the order of the index, so
        # that a page of the 40,000 deals of one account reads fifty of them.
        twice = sa.exists().where(*(sooner.c[name] == named.c[name] for name in same), sooner.c.field < named.c.field)
        query = _RECORD_COLUMNS.join_from(
            named, _RECORD, sa.and_(*(_RECORD.c[name] == named.c[name] for name in ("service", "entity", "id")))
        ).where(
            named.c.target_service == target.service,
            named.c.target_entity == target.entity,
            named.c.target_id == target.id,
            of_kind(named, service, entity),
            _ALIVE,
            ~twice,
        )
        if after is not None:
            query = query.where(named.c.id > place(after, 1)[0])
        rows = self._session.execute(query.order_by(named.c.id).limit(limit + 1)).all()
        return slice_of([_record(row) for row in rows], limit, [[row.id] for row in rows])

    def naming(self, targets: Iterable[RecordRef], service: str, entity: str) -> list[RecordRef]:
        """Records of a kind that name any of these in any field, each once, in order of id."""
        found: set[str] = set()
        for target_service, target_entity, ids in by_kind(targets):
            target = _REFERENCE.c.target_service == target_service, _REFERENCE.c.target_entity == target_entity
            chosen = *target, _REFERENCE.c.target_id.in_(ids), of_kind(_REFERENCE, service, entity)
            found.update(self._session.execute(sa.select(_REFERENCE.c.id).where(*chosen)).scalars())
        return [RecordRef(service, entity, id) for id in sorted(found)]

    def mark_deleted(self, refs: Iterable[RecordRef], at: datetime) -> list[Record]:
        """Mark records as deleted; returns those that were there until now, with their last fields."""
        newly_deleted = list(self.get_many(refs).values())
        for service, entity, ids in by_kind(record.ref for record in newly_deleted):
            chosen = of_kind(_RECORD, service, entity), _RECORD.c.id.in_(ids)
            self._session.execute(sa.update(_RECORD).where(*chosen).values(deleted_at=at))
        return newly_deleted

    def mark_merged(self, merged: Mapping[RecordRef, RecordRef]) -> None:
        """Note into which records deleted ones were merged."""
        for ref, survivor in merged.items():
            chosen = of_kind(_RECORD, ref.service, ref.entity), _RECORD.c.id == ref.id
            self._session.execute(sa.update(_RECORD).where(*chosen).values(merged_into=survivor))

    def survivors(self, refs: Iterable[RecordRef]) -> dict[RecordRef, RecordRef]:
        """The records that the deleted ones of these were merged into."""
        found: dict[RecordRef, RecordRef] = {}
        for service, entity, ids in by_kind(refs):
            chosen = of_kind(_RECORD, service, entity), _RECORD.c.id.in_(ids), _RECORD.c.merged_into.is_not(None)
            for row in self._session.execute(sa.select(_RECORD.c.id, _RECORD.c.merged_into).where(*chosen)):
                found[RecordRef(service, entity, row.id)] = row.merged_into
        return found

    def count_unseen(self, service: str, entity: str, seen_in: str) -> int:
        """How many records the full listing `seen_in` did not show."""
        return presence.count_unseen(self._session, _RECORD, service, entity, seen_in)

    def count_seen(self, service: str, entity: str, seen_in: str) -> int:
        """How many the full listing `seen_in` did show."""
        return presence.count_seen(self._session, _RECORD, service, entity, seen_in)

    def unseen(
        self, service: str, entity: str, seen_in: str, *, after: str | None = None, limit: int = 200
    ) -> Slice[RecordRef]:
        """Records the full listing `seen_in` did not show, for `mark_deleted`."""
        return presence.unseen(self._session, _RECORD, service, entity, seen_in, after, limit)

    def _known(self, entity: EntityType, ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
        known: dict[str, sa.Row[Any]] = {}
        for some in chunks(ids):
            named = {"service": entity.service, "entity": entity.name, "ids": some}
            known.update((row.id, row) for row in self._session.execute(_KNOWN, named))
        return known

    def _refer(self, records: Sequence[Record]) -> None:
        for service, entity, ids in by_kind(record.ref for record in records):
            self._session.execute(
                sa.delete(_REFERENCE).where(of_kind(_REFERENCE, service, entity), _REFERENCE.c.id.in_(ids))
            )
        insert_new(self._session, _REFERENCE, [row for record in records for row in _references(record)])


def _differs(row: sa.Row[Any], text: Encoded, record: Record) -> bool:
    # One amount can be spelt in several ways: 10.5 and 10.50 are no change.
    return row.text != text and is_change(_as_known(row), record)


def _as_known(row: sa.Row[Any]) -> Record:
    return Record(RecordRef(row.service, row.entity, row.id), decoded(row.text), row.version, row.modified_at)


def _record(row: sa.Row[Any]) -> Record:
    return Record(RecordRef(row.service, row.entity, row.id), row.fields, row.version, row.modified_at)


def _row(entity: EntityType, record: Record, text: Encoded, seen_in: str) -> dict[str, Any]:
    title = record.text(entity.title)
    return {
        "service": record.ref.service,
        "entity": record.ref.entity,
        "id": record.ref.id,
        "version": record.version,
        "modified_at": record.modified_at,
        "title": title,
        "title_key": title_key(title),
        "fields": text,
        "deleted_at": None,
        "seen_in": seen_in,
        "merged_into": None,
    }


def _references(record: Record) -> Iterator[dict[str, str]]:
    for field, value in record.fields.items():
        for target in value if isinstance(value, tuple) else (value,):
            if isinstance(target, RecordRef):
                yield {
                    "service": record.ref.service,
                    "entity": record.ref.entity,
                    "id": record.ref.id,
                    "field": field,
                    "target_service": target.service,
                    "target_entity": target.entity,
                    "target_id": target.id,
                }


def _listed(service: str, entity: str, search: str) -> tuple[sa.ColumnElement[bool], ...]:
    listed = of_kind(_RECORD, service, entity), _ALIVE
    if not search:
        return listed
    return *listed, _RECORD.c.title_key.contains(title_key(search), autoescape=True)
