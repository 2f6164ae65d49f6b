"""The rules that held for an event or could not be evaluated, and why."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, Serial, UtcDateTime
from tsunagi.store.events import EventRow
from tsunagi.store.grouping import chunks
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import Row, core, row, rows, values
from tsunagi.store.upserts import insert_new


class RuleRun(Row, table=True):
    """One rule's answer to one event; `trace` is which condition saw which value.

    A rule that did not hold has none: its trace is computed from the decision (see tsunagi.store.decisions).
    """

    __tablename__ = "rule_run"
    __table_args__ = (sa.UniqueConstraint("event", "rule"), sa.Index(None, "rule", "verdict"))

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    event: str = Field(foreign_key="event.id", ondelete="CASCADE")
    rule: str
    verdict: str
    trace: Fields = Field(sa_type=JsonFields)
    at: datetime = Field(sa_type=UtcDateTime)


_RUN = core(RuleRun)
_EVENT = core(EventRow)


class RuleRuns:
    """Reads and writes rule runs; the first answer of a rule to an event is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, runs: Sequence[RuleRun]) -> None:
        insert_new(self._session, _RUN, [values(run) for run in runs])

    def revise(self, run: RuleRun) -> None:
        """The rule's new answer, in place of the one it gave for this event before."""
        chosen = _RUN.c.event == run.event, _RUN.c.rule == run.rule
        revised = {"verdict": run.verdict, "trace": run.trace, "at": run.at}
        self._session.execute(sa.update(_RUN).where(*chosen).values(revised))

    def remove(self, event: str, rule: str) -> None:
        """A rule that was blocked and does not hold any more."""
        self._session.execute(sa.delete(_RUN).where(_RUN.c.event == event, _RUN.c.rule == rule))

    def in_verdict(self, verdict: str, *, since: datetime, after: str | None = None, limit: int = 50) -> Slice[RuleRun]:
        """Runs that ended in one verdict since a moment, the latest first."""
        return self._latest(sa.and_(_RUN.c.verdict == verdict, _RUN.c.at >= since), after, limit)

    def get(self, event: str, rule: str) -> RuleRun | None:
        return row(self._session, sa.select(RuleRun).where(_RUN.c.event == event, _RUN.c.rule == rule))

    def get_many(self, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], RuleRun]:
        """Runs by event and rule, in a query for some hundred events."""
        found: dict[tuple[str, str], RuleRun] = {}
        for events in chunks(sorted({event for event, _ in wanted})):
            runs = rows(self._session, sa.select(RuleRun).where(_RUN.c.event.in_(events)))
            found |= {(run.event, run.rule): run for run in runs if (run.event, run.rule) in wanted}
        return found

    def of_event(self, event: str) -> list[RuleRun]:
        """One for each rule that was evaluated."""
        return rows(self._session, sa.select(RuleRun).where(_RUN.c.event == event).order_by(_RUN.c.id))

    def of_record(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[RuleRun]:
        """The rules' answers to all events of one record, the latest first."""
        return self._latest(_RUN.c.event.in_(sa.select(_EVENT.c.id).where(_EVENT.c.ref == ref)), after, limit)

    def count_verdicts(self) -> dict[str, dict[str, int]]:
        """How often each rule gave each verdict: {rule: {verdict: count}}."""
        query = sa.select(_RUN.c.rule, _RUN.c.verdict, sa.func.count()).group_by(_RUN.c.rule, _RUN.c.verdict)
        counts: dict[str, dict[str, int]] = {}
        for rule, verdict, count in self._session.execute(query.order_by(_RUN.c.rule, _RUN.c.verdict)):
            counts.setdefault(rule, {})[verdict] = count
        return counts

    def _latest(self, which: sa.ColumnElement[bool], after: str | None, limit: int) -> Slice[RuleRun]:
        query = sa.select(RuleRun).where(which).order_by(_RUN.c.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(_RUN.c.id < place(after, 1)[0])
        found = rows(self._session, query)
        return slice_of(found, limit, [[run.id or 0] for run in found])
