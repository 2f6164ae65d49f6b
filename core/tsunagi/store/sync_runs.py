"""Executions of syncs: how far they are, what they did, and what became of each record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import BothLanguages, JsonFields, RefText, Serial, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, place, slice_of
from tsunagi.store.tables import Row, core, insert_new, row, rows, values
from tsunagi.text import Text


class SyncRun(Row, table=True):
    """One execution. `state` is `running` until the app records how it ended; `progress` is what a page shows.

    A run in several lanes has the progress of each in `progress["lanes"]`, and that of the latest beside it.

    `undoes` names the run that an undo takes back. `asked` is what a person wants of it while it runs: "pause",
    "cancel", or nothing; `terms` are what it was begun with. One that waits for calls goes on at `resumes_at`.
    """

    __tablename__ = "sync_run"
    __table_args__ = (sa.Index(None, "started_at", "id"),)

    id: str = Field(primary_key=True)
    kind: str
    state: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    counts: Fields = Field(default_factory=dict, sa_type=JsonFields)
    progress: Fields = Field(default_factory=dict, sa_type=JsonFields)
    problem: Text | None = Field(default=None, sa_type=BothLanguages)
    undoes: str = ""
    asked: str = ""
    terms: Fields = Field(default_factory=dict, sa_type=JsonFields)
    resumes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SyncOutcome(Row, table=True):
    """What a run did with one pair of records, and why. `run` is filled in by `SyncRuns`."""

    __tablename__ = "sync_outcome"
    __table_args__ = (sa.Index(None, "run", "outcome", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    run: str = Field(default="", foreign_key="sync_run.id", ondelete="CASCADE")
    pair: str
    left: RecordRef | None = Field(sa_type=RefText)
    right: RecordRef | None = Field(sa_type=RefText)
    outcome: str
    reason: Text = Field(sa_type=BothLanguages)


_RUN, _OUTCOME = core(SyncRun), core(SyncOutcome)


class SyncRuns:
    """Reads and writes sync runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, id: str, kind: str, at: datetime, *, undoes: str = "") -> None:
        """Begin a run; one that was begun before goes on as it is."""
        new = SyncRun(id=id, kind=kind, state="running", started_at=at, undoes=undoes)
        insert_new(self._session, _RUN, [values(new)])

    def progress(self, id: str, progress: Fields, *, counts: Fields | None = None) -> None:
        """How far the run is; `counts`, where given, take the place of the earlier ones."""
        self._set(id, {"progress": progress} if counts is None else {"progress": progress, "counts": counts})

    def advance(self, id: str, lane: str, progress: Fields | None, *, counts: Fields) -> None:
        """How far one lane of a run is, None once it has ended; `counts` are added to those of the other lanes."""
        query = sa.select(_RUN.c.progress, _RUN.c.counts).where(_RUN.c.id == id).with_for_update()
        known = self._session.execute(query).one_or_none()
        before = known.progress.get("lanes") if known else None
        lanes = {name: each for name, each in before.items() if name != lane} if isinstance(before, Mapping) else {}
        told = {**(progress or {}), "lanes": {**lanes, lane: progress} if progress is not None else lanes}
        self._set(id, {"progress": told, "counts": {**(known.counts if known else {}), **counts}})

    def finish(
        self,
        id: str,
        state: str,
        at: datetime,
        *,
        counts: Fields | None = None,
        problem: Text | None = None,
        resumes_at: datetime | None = None,
    ) -> None:
        """End a run as `done`, `failed` or another word of the app's."""
        given = {name: value for name, value in (("counts", counts), ("problem", problem)) if value is not None}
        self._set(id, {"state": state, "finished_at": at, "resumes_at": resumes_at, **given})

    def ask(self, id: str, what: str) -> bool:
        """Ask something of a run; False where it is not running."""
        query = sa.update(_RUN).where(_RUN.c.id == id, _RUN.c.state == "running").values(asked=what)
        return self._session.execute(query.returning(_RUN.c.id)).one_or_none() is not None

    def asked(self, id: str) -> str:
        """What a person wants of a run; nothing of one that is not known."""
        return self._session.execute(sa.select(_RUN.c.asked).where(_RUN.c.id == id)).scalar_one_or_none() or ""

    def go_on(self, id: str) -> bool:
        """A run that is paused, or waits for calls, goes on; False where it is neither."""
        again: dict[str, Any] = {
            "state": "running",
            "asked": "",
            "finished_at": None,
            "problem": None,
            "progress": {},
            "resumes_at": None,
        }
        return self._leave_off(id, again)

    def end_paused(self, id: str, state: str, at: datetime) -> bool:
        """End a run that is paused, or waits for calls; False where it is neither, such as resumed a moment ago."""
        return self._leave_off(id, {"state": state, "finished_at": at, "resumes_at": None})

    def _leave_off(self, id: str, changes: dict[str, Any]) -> bool:
        paused = _RUN.c.id == id, _RUN.c.state.in_(("paused", "waiting"))
        query = sa.update(_RUN).where(*paused).values(changes).returning(_RUN.c.id)
        return self._session.execute(query).one_or_none() is not None

    def note_terms(self, id: str, terms: Fields) -> None:
        self._set(id, {"terms": terms})

    def in_state(self, *states: str) -> list[str]:
        """Ids of the runs in any of these states."""
        return list(self._session.execute(sa.select(_RUN.c.id).where(_RUN.c.state.in_(states))).scalars())

    def under_way(self) -> bool:
        """Is a sync running, or waiting for more calls, to go on by itself?"""
        query = sa.select(_RUN.c.id).where(
            _RUN.c.state.in_(("running", "waiting")), _RUN.c.kind.in_(("first", "full", "incremental"))
        )
        return self._session.execute(query.limit(1)).first() is not None

    def waiting(self) -> list[SyncRun]:
        """Runs that go on by themselves when there are more calls, the next one first."""
        query = sa.select(SyncRun).where(_RUN.c.state == "waiting").order_by(_RUN.c.resumes_at, _RUN.c.id)
        return rows(self._session, query)

    def get(self, id: str) -> SyncRun | None:
        return row(self._session, sa.select(SyncRun).where(_RUN.c.id == id))

    def latest(self, *, after: str | None = None, limit: int = 20) -> Slice[SyncRun]:
        """Runs, the latest first."""
        query = sa.select(SyncRun)
        if after is not None:
            query = query.where(before_moment(_RUN.c.started_at, _RUN.c.id, after))
        query = query.order_by(_RUN.c.started_at.desc(), _RUN.c.id.desc()).limit(limit + 1)
        runs = rows(self._session, query)
        return slice_of(runs, limit, [[run.started_at.isoformat(), run.id] for run in runs])

    def add_outcomes(self, id: str, outcomes: Sequence[SyncOutcome]) -> None:
        if outcomes:
            self._session.execute(sa.insert(_OUTCOME), [{**values(outcome), "run": id} for outcome in outcomes])

    def replace_outcomes(self, id: str, pair: str, outcomes: Sequence[SyncOutcome]) -> None:
        """What a run did with a pair, replacing the results of an interrupted attempt."""
        self.forget_outcomes(id, pair)
        self.add_outcomes(id, outcomes)

    def forget_outcomes(self, id: str, pair: str, *, keep: Sequence[str] = ()) -> None:
        """What an interrupted attempt of a run noted of a pair, but for what stays true."""
        chosen = _OUTCOME.c.run == id, _OUTCOME.c.pair == pair, _OUTCOME.c.outcome.not_in(keep)
        self._session.execute(sa.delete(_OUTCOME).where(*chosen))

    def outcomes(
        self,
        id: str,
        outcome: str,
        *,
        reason: Text | None = None,
        hidden: Sequence[str] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Slice[SyncOutcome]:
        """Records of a run that ended one way, and for one reason where it is given, in the order they did.

        Without those of `hidden` kinds ("ledger.invoice").
        """
        query = sa.select(SyncOutcome).where(*_of_run(id, hidden), _OUTCOME.c.outcome == outcome)
        if reason is not None:
            query = query.where(_OUTCOME.c.reason == reason)
        if after is not None:
            query = query.where(_OUTCOME.c.id > place(after, 1)[0])
        found = rows(self._session, query.order_by(_OUTCOME.c.id).limit(limit + 1))
        return slice_of(found, limit, [[each.id or 0] for each in found])

    def count_reasons(self, id: str, hidden: Sequence[str] = ()) -> list[tuple[str, Text, int]]:
        """How many records ended how and why, the most frequent first; without those of `hidden` kinds."""
        group = _OUTCOME.c.outcome, _OUTCOME.c.reason
        query = sa.select(*group, sa.func.count().label("records")).where(*_of_run(id, hidden)).group_by(*group)
        found = self._session.execute(query.order_by(sa.desc("records"), *group))
        return [(row.outcome, row.reason, row.records) for row in found]

    def _set(self, id: str, changes: dict[str, Any]) -> None:
        changed = sa.update(_RUN).where(_RUN.c.id == id).values(changes).returning(_RUN.c.id)
        if self._session.execute(changed).one_or_none() is None:
            raise ValueError(f"there is no sync run {id!r}")


def _of_run(id: str, hidden: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Its outcomes, without those that are about a record of a hidden kind."""
    ends = [sa.func.coalesce(sa.type_coerce(end, sa.Text), "") for end in (_OUTCOME.c.left, _OUTCOME.c.right)]
    starts = [kind.replace(".", ":") + ":" for kind in hidden]
    about_hidden = (end.startswith(start, autoescape=True) for end in ends for start in starts)
    return [_OUTCOME.c.run == id, *map(sa.not_, about_hidden)]
