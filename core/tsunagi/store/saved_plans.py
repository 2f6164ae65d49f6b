"""Saved plans: what a sync or a change of settings would do, kept until somebody applies it, and after for the record.

What a plan would change is kept a row an entry, so that a plan of very many records is written, browsed and compared a
page at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import BothLanguages, JsonFields, PlainJson, RefText, Serial, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, place, slice_of
from tsunagi.store.tables import CHUNK, Row, chunks, core, row, rows, values
from tsunagi.text import Text

PlanKind = Literal["sync", "rules", "permissions", "sync_settings", "services"]
EntryState = Literal["planned", "taken", "left_out"]


class SavedPlan(Row, table=True):
    """One plan. `wanted` is what applying it does, `shown` what it was found to mean, both as plain values.

    A plan of a sync is made by the run `made_run` and applied by the run `run`; the others have neither, and
    `applied_at` once they were applied. `whole`: it is applied completely or not at all.
    """

    __tablename__ = "saved_plan"
    __table_args__ = (sa.Index(None, "made_at", "id"), sa.Index(None, "made_run"), sa.Index(None, "run"))

    id: str = Field(primary_key=True)
    kind: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    wanted: dict[str, Any] = Field(sa_type=PlainJson)
    shown: dict[str, Any] = Field(default_factory=dict, sa_type=PlainJson)
    made_run: str = ""
    run: str = ""
    whole: bool = False
    applied_by: str = ""
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PlanEntry(Row, table=True):
    """One thing a plan would do, or leaves to somebody: with a record, a rule, a cell of permissions, a setting.

    `action` says what ("create"), `subject` names what is no record. `changes` has by field its `old` and `new` value.
    `made_from` and `work` are digests of what an entry was planned from and of what it writes, empty where applying
    the plan does nothing about it. `left_out` is the reason code of an entry that the world has moved for.
    """

    __tablename__ = "plan_entry"
    __table_args__ = (
        sa.Index(None, "plan", "action", "id"),
        sa.Index(None, "plan", "pair", "id"),
        sa.Index(None, "plan", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    plan: str = Field(default="", foreign_key="saved_plan.id", ondelete="CASCADE")
    pair: str = ""
    left: RecordRef | None = Field(default=None, sa_type=RefText)
    right: RecordRef | None = Field(default=None, sa_type=RefText)
    subject: str = ""
    action: str
    service: str = ""
    changes: Fields = Field(default_factory=dict, sa_type=JsonFields)
    reason: Text | None = Field(default=None, sa_type=BothLanguages)
    made_from: str = ""
    work: str = ""
    state: EntryState = Field(default="planned", sa_type=sa.String)
    run: str = ""
    left_out: str = ""


_PLAN, _ENTRY = core(SavedPlan), core(PlanEntry)
_WORK = _ENTRY.c.work != ""


class SavedPlans:
    """Reads and writes saved plans. Plans of a sync are found by their runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, plan: SavedPlan) -> None:
        self._session.execute(sa.insert(_PLAN).values(values(plan)))

    def get(self, id: str) -> SavedPlan | None:
        return row(self._session, sa.select(SavedPlan).where(_PLAN.c.id == id))

    def latest(self, *, after: str | None = None, limit: int = 20) -> Slice[SavedPlan]:
        """The latest first. Raises NoSuchPlace."""
        query = sa.select(SavedPlan)
        if after is not None:
            query = query.where(before_moment(_PLAN.c.made_at, _PLAN.c.id, after))
        found = rows(self._session, query.order_by(_PLAN.c.made_at.desc(), _PLAN.c.id.desc()).limit(limit + 1))
        return slice_of(found, limit, [[plan.made_at.isoformat(), plan.id] for plan in found])

    def made_by_run(self, run: str) -> SavedPlan | None:
        """The plan that this run makes."""
        return row(self._session, sa.select(SavedPlan).where(_PLAN.c.made_run == run, _PLAN.c.made_run != ""))

    def applied_by_run(self, run: str) -> SavedPlan | None:
        """The plan that this run applies."""
        return row(self._session, sa.select(SavedPlan).where(_PLAN.c.run == run, _PLAN.c.run != ""))

    def show(self, id: str, shown: Mapping[str, Any]) -> None:
        self._session.execute(sa.update(_PLAN).where(_PLAN.c.id == id).values(shown=dict(shown)))

    def begin(self, id: str, before: str, run: str, by: str, *, whole: bool = False) -> bool:
        """The run `run` applies it, in place of `before`; False where another was first."""
        query = sa.update(_PLAN).where(_PLAN.c.id == id, _PLAN.c.run == before, _PLAN.c.applied_at.is_(None))
        return self._took(query.values(run=run, whole=whole, applied_by=by))

    def applied(self, id: str, by: str, at: datetime) -> bool:
        """It is applied from now on; False where it was before."""
        query = sa.update(_PLAN).where(_PLAN.c.id == id, _PLAN.c.applied_at.is_(None))
        return self._took(query.values(applied_by=by, applied_at=at))

    def _took(self, query: Any) -> bool:
        return self._session.execute(query.returning(_PLAN.c.id)).one_or_none() is not None

    def add_entries(self, id: str, entries: Iterable[PlanEntry]) -> None:
        rest = iter(entries)
        while some := [{**values(entry), "plan": id} for entry in islice(rest, CHUNK)]:
            self._session.execute(sa.insert(_ENTRY), some)

    def replace_entries(self, id: str, pair: str, entries: Iterable[PlanEntry]) -> None:
        """What a plan would do with a pair, replacing the results of an interrupted attempt."""
        self._session.execute(sa.delete(_ENTRY).where(_ENTRY.c.plan == id, _ENTRY.c.pair == pair))
        self.add_entries(id, entries)

    def entries(
        self, id: str, *, action: str = "", pair: str = "", state: str = "", after: str | None = None, limit: int = 50
    ) -> Slice[PlanEntry]:
        """In the order they were planned. Raises NoSuchPlace."""
        query = sa.select(PlanEntry).where(_ENTRY.c.plan == id)
        for column, wanted in ((_ENTRY.c.action, action), (_ENTRY.c.pair, pair), (_ENTRY.c.state, state)):
            if wanted:
                query = query.where(column == wanted)
        if after is not None:
            query = query.where(_ENTRY.c.id > place(after, 1)[0])
        found = rows(self._session, query.order_by(_ENTRY.c.id).limit(limit + 1))
        return slice_of(found, limit, [[entry.id or 0] for entry in found])

    def work_of(self, id: str, pair: str, run: str) -> list[sa.Row[Any]]:
        """What this run may do with a pair: rows of id, left, right, made_from, work and state."""
        columns = (_ENTRY.c[name] for name in ("id", "left", "right", "made_from", "work", "state"))
        open_to = sa.or_(_ENTRY.c.state == "planned", sa.and_(_ENTRY.c.state == "taken", _ENTRY.c.run == run))
        query = sa.select(*columns).where(_ENTRY.c.plan == id, _ENTRY.c.pair == pair, _WORK, open_to)
        return list(self._session.execute(query.order_by(_ENTRY.c.id)))

    def take(self, ids: Sequence[int], run: str) -> None:
        """These entries are in the hands of a run now."""
        for some in chunks(ids):
            self._session.execute(sa.update(_ENTRY).where(_ENTRY.c.id.in_(some)).values(state="taken", run=run))

    def take_of(self, id: str, pair: str, lefts: Sequence[RecordRef], run: str) -> None:
        """The same for what is planned of these records of the left side that have no partner."""
        alone = _ENTRY.c.plan == id, _ENTRY.c.pair == pair, _ENTRY.c.right.is_(None), _WORK
        for some in chunks(lefts):
            query = sa.update(_ENTRY).where(*alone, _ENTRY.c.left.in_(some), _ENTRY.c.state == "planned")
            self._session.execute(query.values(state="taken", run=run))

    def leave_out(self, ids: Sequence[int], reason: str, run: str) -> None:
        for some in chunks(ids):
            left = {"state": "left_out", "left_out": reason, "run": run}
            self._session.execute(sa.update(_ENTRY).where(_ENTRY.c.id.in_(some)).values(left))

    def count(self, id: str) -> dict[str, dict[str, int]]:
        """How many entries, by action, then by pair ("" where it is of none)."""
        query = sa.select(_ENTRY.c.action, _ENTRY.c.pair, sa.func.count()).where(_ENTRY.c.plan == id)
        found: dict[str, dict[str, int]] = {}
        for action, pair, entries in self._session.execute(query.group_by(_ENTRY.c.action, _ENTRY.c.pair)):
            found.setdefault(action, {})[pair] = entries
        return found

    def count_states(self, id: str) -> dict[str, int]:
        """How many of the entries that applying does something about are in each state."""
        query = sa.select(_ENTRY.c.state, sa.func.count()).where(_ENTRY.c.plan == id, _WORK)
        return {row[0]: row[1] for row in self._session.execute(query.group_by(_ENTRY.c.state))}
