"""Which records of a listing are still there: what Records and Documents have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import by_kind


class Change(NamedTuple):
    """A record before and after a reading; `before` is None when it is new to the hub."""

    before: Record | None
    after: Record


def latest_of_each(entity: EntityType, records: Iterable[Record]) -> dict[str, Record]:
    """By id, the last reading of each; raises ValueError for a record of another kind."""
    readings: dict[str, Record] = {}
    for record in records:
        if (record.ref.service, record.ref.entity) != (entity.service, entity.name):
            raise ValueError(f"{record.ref} is no {entity.key}")
        readings[record.ref.id] = record
    # In order of id, so that two writers of the same records never wait for each other in a circle.
    return dict(sorted(readings.items()))


def is_older(reading: Record, known: datetime | None) -> bool:
    """A page fetched before a newer reading was stored must not undo it."""
    return reading.modified_at is not None and known is not None and reading.modified_at < known


def completed(reading: Record, known: Fields) -> Record:
    """Fields missing from a listing's row are unknown, not empty: they keep their values."""
    return reading if reading.complete else replace(reading, fields={**known, **reading.fields}, complete=True)


def is_change(before: Record, after: Record) -> bool:
    """To learn a field that earlier readings left out is no change while the version is the same."""
    if before.version != after.version:
        return before.fields != after.fields
    return any(after.fields.get(name) != value for name, value in before.fields.items())


def of_kind(table: sa.Table, service: str, entity: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.service == service, table.c.entity == entity)


def named(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of parameters `service`, `entity` and `ids`, for statements that are built once and run often."""
    kind = table.c.service == sa.bindparam("service"), table.c.entity == sa.bindparam("entity")
    return *kind, table.c.id.in_(sa.bindparam("ids", expanding=True))


def mark_seen(session: Session, table: sa.Table, entity: EntityType, ids: Sequence[str], seen_in: str) -> None:
    for service, name, some in by_kind(RecordRef(entity.service, entity.name, id) for id in ids):
        session.execute(
            sa.update(table).where(of_kind(table, service, name), table.c.id.in_(some)).values(seen_in=seen_in)
        )


def count_unseen(session: Session, table: sa.Table, service: str, entity: str, seen_in: str) -> int:
    counted = sa.select(sa.func.count()).where(*_unseen(table, service, entity, seen_in))
    return session.execute(counted).scalar_one()


def count_seen(session: Session, table: sa.Table, service: str, entity: str, seen_in: str) -> int:
    chosen = of_kind(table, service, entity), table.c.seen_in == seen_in, table.c.deleted_at.is_(None)
    return session.execute(sa.select(sa.func.count()).where(*chosen)).scalar_one()


def unseen(
    session: Session, table: sa.Table, service: str, entity: str, seen_in: str, after: str | None, limit: int
) -> Slice[RecordRef]:
    found = sa.select(table.c.id).where(*_unseen(table, service, entity, seen_in)).order_by(table.c.id).limit(limit + 1)
    if after is not None:
        found = found.where(table.c.id > place(after, 1)[0])
    ids = session.execute(found).scalars().all()
    return slice_of([RecordRef(service, entity, id) for id in ids], limit, [[id] for id in ids])


def _unseen(table: sa.Table, service: str, entity: str, seen_in: str) -> tuple[sa.ColumnElement[bool], ...]:
    return of_kind(table, service, entity), table.c.seen_in != seen_in, table.c.deleted_at.is_(None)
