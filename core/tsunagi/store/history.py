"""Who changed which field of a record, when, and its previous value: a row for each change of a record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, Serial, UtcDateTime
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import Row, by_kind, core

What = Literal["created", "changed", "deleted", "restored"]
Cause = Literal["service", "sync", "rule", "undo", "hub", "effect"]

if TYPE_CHECKING:
    # Not while the module runs: the row class would follow the recursive type without end.
    from tsunagi.domain.records import Value

_OF_A_RUN = sa.text("run <> ''")


class HistoryRow(Row, table=True):
    """One change of one record; `changes` has two values for each field: before and after."""

    __tablename__ = "history"
    __table_args__ = (
        sa.Index(None, "service", "entity", "record", "id"),
        sa.Index("ix_history_run", "run", "id", sqlite_where=_OF_A_RUN, postgresql_where=_OF_A_RUN),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    service: str
    entity: str
    record: str
    at: datetime = Field(sa_type=UtcDateTime)
    what: str
    cause: str
    by: str
    run: str
    changes: Fields = Field(sa_type=JsonFields)


_HISTORY = core(HistoryRow)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A change to be kept.

    cause    `service`: seen there; `sync`, `rule`, `undo`, `hub`: written by the hub; `effect`: what the service moved
             by itself with a write of the hub
    by       the service's user, the pair, the rule or the person; empty where unknown
    run      the hub's own run that wrote it; empty for what was seen at the service
    changes  by field, its value before and after; none for a record that was created or deleted
    """

    ref: RecordRef
    at: datetime
    what: What
    cause: Cause
    by: str = ""
    run: str = ""
    changes: "Mapping[str, tuple[Value, Value]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry(NewEntry):
    """A change that was kept; a higher `id` came later."""

    id: int = 0


class History:
    """Reads and writes changes of records."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, entries: Sequence[NewEntry]) -> None:
        if entries:
            self._session.execute(sa.insert(_HISTORY), [_row(entry) for entry in entries])

    def of_record(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[Entry]:
        """What happened to a record, the latest first."""
        query = sa.select(_HISTORY).where(of_kind(_HISTORY, ref.service, ref.entity), _HISTORY.c.record == ref.id)
        if after is not None:
            query = query.where(_HISTORY.c.id < place(after, 1)[0])
        found = self._entries(query.order_by(_HISTORY.c.id.desc()).limit(limit + 1))
        return slice_of(found, limit, [[entry.id] for entry in found])

    def written_by(self, run: str, *, before: int | None = None, limit: int = 200) -> list[Entry]:
        """What a run of the hub wrote, the latest first, from in front of entry `before` on."""
        query = sa.select(_HISTORY).where(*_written_by(run))
        if before is not None:
            query = query.where(_HISTORY.c.id < before)
        return self._entries(query.order_by(_HISTORY.c.id.desc()).limit(limit))

    def first_written_by(self, run: str) -> int | None:
        """The first entry of what a run of the hub wrote; None where it wrote nothing."""
        first = sa.select(sa.func.min(_HISTORY.c.id)).where(*_written_by(run))
        found: int | None = self._session.execute(first).scalar_one()
        return found

    def since(self, refs: Iterable[RecordRef], id: int) -> dict[RecordRef, list[Entry]]:
        """What happened to these records from entry `id` on, in order."""
        found: dict[RecordRef, list[Entry]] = {}
        for service, entity, ids in by_kind(refs):
            chosen = of_kind(_HISTORY, service, entity), _HISTORY.c.record.in_(ids), _HISTORY.c.id >= id
            for entry in self._entries(sa.select(_HISTORY).where(*chosen).order_by(_HISTORY.c.id)):
                found.setdefault(entry.ref, []).append(entry)
        return found

    def forget(self, before: datetime, *, limit: int = 500) -> int:
        """Forget the oldest of what happened before a moment, so many at most; returns how many went."""
        oldest = sa.select(_HISTORY.c.id, _HISTORY.c.at).order_by(_HISTORY.c.id).limit(limit)
        old = [row.id for row in self._session.execute(oldest) if row.at < before]
        if old:
            self._session.execute(sa.delete(_HISTORY).where(_HISTORY.c.id.in_(old)))
        return len(old)

    def _entries(self, query: sa.Select[Any]) -> list[Entry]:
        return [_entry(row) for row in self._session.execute(query)]


def _written_by(run: str) -> tuple[sa.ColumnElement[bool], ...]:
    # The second condition repeats the index's own, so that it is used.
    return _HISTORY.c.run == run, _HISTORY.c.run != "", _HISTORY.c.cause.in_(("sync", "rule", "undo", "hub"))


def _row(entry: NewEntry) -> dict[str, Any]:
    return {
        "service": entry.ref.service,
        "entity": entry.ref.entity,
        "record": entry.ref.id,
        "at": entry.at,
        "what": entry.what,
        "cause": entry.cause,
        "by": entry.by,
        "run": entry.run,
        "changes": entry.changes,
    }


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        ref=RecordRef(row.service, row.entity, row.record),
        at=row.at,
        what=row.what,
        cause=row.cause,
        by=row.by,
        run=row.run,
        changes=row.changes,
        id=row.id,
    )
