"""Events, each stored once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.events import Event
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, RefText, UtcDateTime
from tsunagi.store.paging import Slice, after_moment, before_moment, slice_of
from tsunagi.store.tables import Row, core, insert_into


class EventRow(Row, table=True):
    """An event; its id identifies one that is reported twice."""

    __tablename__ = "event"
    __table_args__ = (sa.Index(None, "at", "id"), sa.Index(None, "ref", "at", "id"))

    id: str = Field(primary_key=True)
    name: str
    ref: RecordRef = Field(sa_type=RefText)
    before: Fields | None = Field(sa_type=JsonFields)
    after: Fields | None = Field(sa_type=JsonFields)
    at: datetime = Field(sa_type=UtcDateTime)


_EVENT = core(EventRow)


class Events:
    """Reads and writes events; each is stored together with all that follows from it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_new(self, events: Sequence[Event]) -> list[Event]:
        """Store events; returns those not seen before, in the order given."""
        rows = [_row(event) for event in events]
        insert = insert_into(self._session, _EVENT).on_conflict_do_nothing().returning(_EVENT.c.id)
        stored = set(self._session.execute(insert, rows).scalars()) if rows else set()
        # An id given twice is stored and returned once.
        return [event for event in {event.id: event for event in events}.values() if event.id in stored]

    def get(self, id: str) -> Event | None:
        row = self._session.execute(sa.select(_EVENT).where(_EVENT.c.id == id)).one_or_none()
        return None if row is None else _event(row)

    def happened(self, name: str, refs: Collection[RecordRef]) -> set[RecordRef]:
        """Those of these records to which this has happened."""
        query = sa.select(_EVENT.c.ref).where(_EVENT.c.name == name, _EVENT.c.ref.in_(refs))
        return set(self._session.execute(query).scalars()) if refs else set()

    def since(self, moment: datetime, *, after: str | None = None, limit: int = 500) -> Slice[Event]:
        """What happened since a moment, the oldest first."""
        query = sa.select(_EVENT).where(_EVENT.c.at >= moment)
        if after is not None:
            query = query.where(after_moment(_EVENT.c.at, _EVENT.c.id, after))
        query = query.order_by(_EVENT.c.at, _EVENT.c.id).limit(limit + 1)
        events = [_event(row) for row in self._session.execute(query)]
        return slice_of(events, limit, [[event.at.isoformat(), event.id] for event in events])

    def moved_references(self, targets: Collection[RecordRef], since: datetime) -> dict[RecordRef, list[RecordRef]]:
        """By target, the records that fields pointed at after an event since then, which pointed at it before."""
        found: dict[RecordRef, list[RecordRef]] = {}
        for row in self._session.execute(sa.select(_EVENT).where(_EVENT.c.at >= since)):
            before, after = row.before or {}, row.after or {}
            for name, value in before.items():
                now = after.get(name)
                if isinstance(value, RecordRef) and value in targets and isinstance(now, RecordRef) and now != value:
                    found.setdefault(value, []).append(now)
        return found

    def of_record(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[Event]:
        """What happened to one record, the latest first."""
        query = sa.select(_EVENT).where(_EVENT.c.ref == ref)
        if after is not None:
            query = query.where(before_moment(_EVENT.c.at, _EVENT.c.id, after))
        query = query.order_by(_EVENT.c.at.desc(), _EVENT.c.id.desc()).limit(limit + 1)
        events = [_event(row) for row in self._session.execute(query)]
        return slice_of(events, limit, [[event.at.isoformat(), event.id] for event in events])


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "ref": event.ref,
        "before": event.before,
        "after": event.after,
        "at": event.at,
    }


def _event(row: sa.Row[Any]) -> Event:
    return Event(row.id, row.name, row.ref, row.before, row.after, row.at)
