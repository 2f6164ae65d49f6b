"""Executions of syncs: how far they are, what they did, and what became of each record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.paging import Slice, before_moment, place, slice_of
from tsunagi.store.tables import SyncOutcomeRow, SyncRunRow, core
from tsunagi.store.upserts import insert_new
from tsunagi.text import Text

_RUN = core(SyncRunRow)
_OUTCOME = core(SyncOutcomeRow)


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One execution. `state` is `running` until the app says how it ended; `progress` is what a page shows."""

    id: str
    kind: str
    state: str
    started_at: datetime
    finished_at: datetime | None = None
    counts: Fields = field(default_factory=dict)
    progress: Fields = field(default_factory=dict)
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a run did with one pair of records, and why."""

    pair: str
    left: RecordRef | None
    right: RecordRef | None
    outcome: str
    reason: Text


class SyncRuns:
    """Reads and writes sync runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, id: str, kind: str, at: datetime) -> None:
        """Begin a run; one that was begun before goes on as it is."""
        row = {"id": id, "kind": kind, "state": "running", "started_at": at, "counts": {}, "progress": {}}
        insert_new(self._session, _RUN, [row])

    def progress(self, id: str, progress: Fields, *, counts: Fields | None = None) -> None:
        """How far the run is; `counts`, where given, take the place of the earlier ones."""
        values: dict[str, Any] = {"progress": progress}
        self._set(id, values if counts is None else values | {"counts": counts})

    def finish(
        self, id: str, state: str, at: datetime, *, counts: Fields | None = None, problem: Text | None = None
    ) -> None:
        """End a run as `done`, `failed` or another word of the app's."""
        values: dict[str, Any] = {"state": state, "finished_at": at}
        if counts is not None:
            values["counts"] = counts
        if problem is not None:
            values |= {"problem_en": problem.en, "problem_ja": problem.ja}
        self._set(id, values)

    def get(self, id: str) -> SyncRun | None:
        row = self._session.execute(sa.select(_RUN).where(_RUN.c.id == id)).one_or_none()
        return None if row is None else _run(row)

    def latest(self, *, after: str | None = None, limit: int = 20) -> Slice[SyncRun]:
        """Runs, the latest first."""
        query = sa.select(_RUN)
        if after is not None:
            query = query.where(before_moment(_RUN.c.started_at, _RUN.c.id, after))
        query = query.order_by(_RUN.c.started_at.desc(), _RUN.c.id.desc()).limit(limit + 1)
        runs = [_run(row) for row in self._session.execute(query)]
        return slice_of(runs, limit, [[run.started_at.isoformat(), run.id] for run in runs])

    def add_outcomes(self, id: str, outcomes: Sequence[SyncOutcome]) -> None:
        rows = [
            {
                "run": id,
                "pair": outcome.pair,
                "left_ref": outcome.left,
                "right_ref": outcome.right,
                "outcome": outcome.outcome,
                "reason_en": outcome.reason.en,
                "reason_ja": outcome.reason.ja,
            }
            for outcome in outcomes
        ]
        if rows:
            self._session.execute(sa.insert(_OUTCOME), rows)

    def replace_outcomes(self, id: str, pair: str, outcomes: Sequence[SyncOutcome]) -> None:
        """What a run did with a pair, in place of what an attempt that was cut short has said."""
        self._session.execute(sa.delete(_OUTCOME).where(_OUTCOME.c.run == id, _OUTCOME.c.pair == pair))
        self.add_outcomes(id, outcomes)

    def outcomes(self, id: str, outcome: str, *, after: str | None = None, limit: int = 50) -> Slice[SyncOutcome]:
        """Records of a run that ended one way, in the order they did."""
        query = sa.select(_OUTCOME).where(_OUTCOME.c.run == id, _OUTCOME.c.outcome == outcome)
        if after is not None:
            query = query.where(_OUTCOME.c.id > place(after, 1)[0])
        rows = self._session.execute(query.order_by(_OUTCOME.c.id).limit(limit + 1)).all()
        return slice_of([_outcome(row) for row in rows], limit, [[row.id] for row in rows])

    def count_outcomes(self, id: str) -> dict[str, int]:
        query = sa.select(_OUTCOME.c.outcome, sa.func.count().label("records")).where(_OUTCOME.c.run == id)
        return {row.outcome: row.records for row in self._session.execute(query.group_by(_OUTCOME.c.outcome))}

    def _set(self, id: str, values: dict[str, Any]) -> None:
        changed = sa.update(_RUN).where(_RUN.c.id == id).values(values).returning(_RUN.c.id)
        if self._session.execute(changed).one_or_none() is None:
            raise ValueError(f"there is no sync run {id!r}")


def _run(row: sa.Row[Any]) -> SyncRun:
    return SyncRun(
        id=row.id,
        kind=row.kind,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=row.counts,
        progress=row.progress,
        problem=Text(row.problem_en, row.problem_ja) if row.problem_en is not None else None,
    )


def _outcome(row: sa.Row[Any]) -> SyncOutcome:
    return SyncOutcome(row.pair, row.left_ref, row.right_ref, row.outcome, Text(row.reason_en, row.reason_ja))
