"""What the rules did: what each answered to an event and why, from what they decided, how far schedules have come.

From the facts of an event and the version of the book any trace is computed again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, PlainJson, Serial, UtcDateTime
from tsunagi.store.events import EventRow
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import Row, chunks, core, insert_new, row, rows, upsert, values


class RuleRun(Row, table=True):
    """One rule's answer to one event; `trace` is which condition saw which value.

    A rule that did not hold has none: its trace is computed from the decision (see RuleDecision).
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


class StoredBook(Row, table=True):
    """A version of the rules that something was decided by.

    `texts` are the rule files by name as they were, `plugins` those they were read with: {plugin: version}; `at` is
    when they came into force.
    """

    __tablename__ = "rule_book"

    version: str = Field(primary_key=True)
    texts: dict[str, str] = Field(sa_type=PlainJson)
    plugins: dict[str, str] = Field(sa_type=PlainJson)
    at: datetime = Field(sa_type=UtcDateTime)


class RuleDecision(Row, table=True):
    """What the rules decided from after one event.

    `facts` are those of the records that the event's own record refers to, by the name of the field; the event has the
    rest. `book` is the version of the rules.
    """

    __tablename__ = "rule_decision"

    event: str = Field(primary_key=True, foreign_key="event.id", ondelete="CASCADE")
    facts: dict[str, Fields] = Field(sa_type=JsonFields)
    book: str = Field(foreign_key="rule_book.version")
    at: datetime = Field(sa_type=UtcDateTime)


_DECISION, _BOOK = core(RuleDecision), core(StoredBook)


class RuleDecisions:
    """Reads and writes decisions; the first one of an event is kept, and so is a version of the book."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, decisions: Sequence[RuleDecision]) -> None:
        insert_new(self._session, _DECISION, [values(decision) for decision in decisions])

    def keep_book(self, book: StoredBook) -> None:
        known = sa.select(_BOOK.c.version).where(_BOOK.c.version == book.version)
        if self._session.execute(known).one_or_none() is None:
            insert_new(self._session, _BOOK, [values(book)])

    def take_book(self, book: StoredBook) -> None:
        """This version comes into force, perhaps again."""
        self.keep_book(book)
        self._session.execute(sa.update(_BOOK).where(_BOOK.c.version == book.version).values(at=book.at))

    def latest(self) -> str | None:
        """The version that came into force last."""
        query = sa.select(_BOOK.c.version).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def get(self, event: str) -> RuleDecision | None:
        return row(self._session, sa.select(RuleDecision).where(_DECISION.c.event == event))

    def facts_of(self, events: Sequence[str]) -> dict[str, Mapping[str, Fields]]:
        """The facts kept for these events; those without a decision are left out."""
        found: dict[str, Mapping[str, Fields]] = {}
        for some in chunks(events):
            query = sa.select(_DECISION.c.event, _DECISION.c.facts).where(_DECISION.c.event.in_(some))
            found |= {row.event: row.facts for row in self._session.execute(query)}
        return found

    def versions(self, *, limit: int = 200) -> list[StoredBook]:
        """Versions of the rules, the latest first."""
        return rows(self._session, sa.select(StoredBook).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(limit))

    def book(self, version: str) -> StoredBook | None:
        return row(self._session, sa.select(StoredBook).where(_BOOK.c.version == version))


class ScheduleState(Row, table=True):
    """One rule: `last` is the latest time it was gone through for, or when it was first seen.

    `due` is the time it is being gone through for, `after` the last record that was looked at; `unsettled` counts the
    records it could do nothing for, of which `example` says one. `words` are the schedule it was counted by.
    """

    __tablename__ = "schedule"

    rule: str = Field(primary_key=True)
    words: str
    last: datetime = Field(sa_type=UtcDateTime)
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    after: str | None = None
    unsettled: int = 0
    example: str = ""


_SCHEDULE = core(ScheduleState)


class Schedules:
    """Reads and writes one state a rule."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, rule: str) -> ScheduleState | None:
        return row(self._session, sa.select(ScheduleState).where(_SCHEDULE.c.rule == rule))

    def put(self, state: ScheduleState) -> None:
        upsert(self._session, _SCHEDULE, [values(state)])
