"""The rules that held for an event or could not be told, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import EventRow, RuleRunRow, core
from tsunagi.store.upserts import insert_new

_RUN = core(RuleRunRow)
_EVENT = core(EventRow)


@dataclass(frozen=True, slots=True)
class RuleRun:
    """One rule's answer to one event; `trace` says which condition saw which value.

    A rule that did not hold has none: its trace is computed from the decision (see tsunagi.store.decisions).
    """

    event: str
    rule: str
    verdict: str
    trace: Fields
    at: datetime


class RuleRuns:
    """Reads and writes rule runs; the first answer of a rule to an event stands."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, runs: Sequence[RuleRun]) -> None:
        rows = [
            {
                "event_id": run.event,
                "rule": run.rule,
                "verdict": run.verdict,
                "trace": run.trace,
                "at": run.at,
            }
            for run in runs
        ]
        insert_new(self._session, _RUN, rows)

    def revise(self, run: RuleRun) -> None:
        """What the rule says now, in place of what it said of this event before."""
        chosen = _RUN.c.event_id == run.event, _RUN.c.rule == run.rule
        values = {"verdict": run.verdict, "trace": run.trace, "at": run.at}
        self._session.execute(sa.update(_RUN).where(*chosen).values(values))

    def remove(self, event: str, rule: str) -> None:
        """A rule that was blocked and does not hold any more."""
        self._session.execute(sa.delete(_RUN).where(_RUN.c.event_id == event, _RUN.c.rule == rule))

    def in_verdict(self, verdict: str, *, since: datetime, after: str | None = None, limit: int = 50) -> Slice[RuleRun]:
        """Runs that ended in one verdict since a moment, the latest first."""
        return self._latest(sa.and_(_RUN.c.verdict == verdict, _RUN.c.at >= since), after, limit)

    def get(self, event: str, rule: str) -> RuleRun | None:
        query = sa.select(_RUN).where(_RUN.c.event_id == event, _RUN.c.rule == rule)
        row = self._session.execute(query).one_or_none()
        return None if row is None else _run(row)

    def of_event(self, event: str) -> list[RuleRun]:
        """One for each rule that was asked."""
        query = sa.select(_RUN).where(_RUN.c.event_id == event).order_by(_RUN.c.id)
        return [_run(row) for row in self._session.execute(query)]

    def of_record(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[RuleRun]:
        """What rules said of everything that happened to one record, the latest first."""
        return self._latest(_RUN.c.event_id.in_(sa.select(_EVENT.c.id).where(_EVENT.c.ref == ref)), after, limit)

    def of_rule(self, rule: str, *, after: str | None = None, limit: int = 50) -> Slice[RuleRun]:
        """What one rule said, the latest first."""
        return self._latest(_RUN.c.rule == rule, after, limit)

    def count_verdicts(self) -> dict[str, dict[str, int]]:
        """How often each rule gave each verdict: {rule: {verdict: count}}."""
        query = sa.select(_RUN.c.rule, _RUN.c.verdict, sa.func.count()).group_by(_RUN.c.rule, _RUN.c.verdict)
        counts: dict[str, dict[str, int]] = {}
        for rule, verdict, count in self._session.execute(query.order_by(_RUN.c.rule, _RUN.c.verdict)):
            counts.setdefault(rule, {})[verdict] = count
        return counts

    def _latest(self, which: sa.ColumnElement[bool], after: str | None, limit: int) -> Slice[RuleRun]:
        query = sa.select(_RUN).where(which).order_by(_RUN.c.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(_RUN.c.id < place(after, 1)[0])
        rows = self._session.execute(query).all()
        return slice_of([_run(row) for row in rows], limit, [[row.id] for row in rows])


def _run(row: sa.Row[Any]) -> RuleRun:
    return RuleRun(row.event_id, row.rule, row.verdict, row.trace, row.at)
