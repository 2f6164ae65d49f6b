"""Outside writes: stored before they are made, and their receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import BothLanguages, JsonFields, RefText, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, place, slice_of
from tsunagi.store.tables import Row, chunks, core, insert_into
from tsunagi.text import Text

_WAITING = sa.text("state = 'planned'")


class IntentRow(Row, table=True):
    """One outside write: decided, then made. `result` is its receipt."""

    __tablename__ = "intent"
    __table_args__ = (
        sa.Index(None, "batch", "position"),
        sa.Index("ix_intent_planned", "batch", "position", sqlite_where=_WAITING, postgresql_where=_WAITING),
        sa.Index(None, "state", "created_at", "key"),
        sa.Index(None, "event"),
        sa.Index(None, "result"),
        sa.Index(None, "relates"),
    )

    key: str = Field(primary_key=True)
    batch: str
    position: int
    rule: str
    event: str
    pair: str
    action: str
    operation: str
    service: str
    entity: str
    fields: Fields = Field(sa_type=JsonFields)
    target: RecordRef | None = Field(sa_type=RefText)
    relates: RecordRef | None = Field(sa_type=RefText)
    verb: str
    # What a sync needs to know once the write is made: the baseline, the versions it was planned from.
    plan: Fields = Field(sa_type=JsonFields)
    state: str
    attempts: int
    result: RecordRef | None = Field(sa_type=RefText)
    summary: Fields | None = Field(sa_type=JsonFields)
    problem: Text | None = Field(sa_type=BothLanguages)
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)


_INTENT = core(IntentRow)
_PLANNED = _INTENT.c.state == "planned"
_RECEIPT = (
    sa.update(_INTENT)
    .where(_INTENT.c.key == sa.bindparam("intent"), _INTENT.c.state != "done")
    .values(
        state="done",
        result=sa.bindparam("made"),
        summary=sa.bindparam("told"),
        finished_at=sa.bindparam("at"),
        problem=None,
    )
    .returning(_INTENT.c.key)
)
State = Literal["planned", "done", "failed", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntent:
    """An outside write that was decided. `key` names it for ever; writes of a `batch` are made by `position`.

    The cause is a `rule` and the id of its `event`, or a sync `pair`; `action` is the verb the rule used.
    `plan` is what a sync needs to know again once the write is made.
    """

    key: str
    write: OutsideWrite
    batch: str
    position: int = 0
    rule: str = ""
    event: str = ""
    pair: str = ""
    action: str = ""
    plan: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent(NewIntent):
    """An outside write and what became of it. `result` is the record it made or changed: its receipt."""

    state: State
    attempts: int
    result: RecordRef | None
    summary: Fields = field(default_factory=dict)
    problem: Text | None
    created_at: datetime
    finished_at: datetime | None


class Intents:
    """Reads and writes intents. One without a receipt may have been made: look it up before making it again."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def plan(self, intents: Sequence[NewIntent], at: datetime) -> list[str]:
        """Store what is to be made; returns the keys that were not planned before, in the order given."""
        if not intents:
            return []
        insert = insert_into(self._session, _INTENT).on_conflict_do_nothing().returning(_INTENT.c.key)
        stored = set(self._session.execute(insert, [_row(intent, at) for intent in intents]).scalars())
        return [key for key in dict.fromkeys(intent.key for intent in intents) if key in stored]

    def take_over(self, intents: Sequence[NewIntent], at: datetime, *, retry_failed: bool = False) -> None:
        """Put writes that an earlier batch planned and did not make into their new batch, as they are now wanted.

        Those that may have been made are looked up first. What failed is left to the standing list while neither
        what is written nor the records it was planned from have changed, unless `retry_failed`. An update that was
        made is made again where it is to write something else.
        """
        for intent in intents:
            before = self.get(intent.key)
            if before is None or (before.state == "done" and not _changed_again(before, intent)):
                continue
            if before.state == "failed" and not retry_failed and _same(before, intent):
                continue
            row = _row(intent, at)
            wanted = {name: row[name] for name in ("batch", "position", "fields", "plan", "target", "state")}
            self._session.execute(sa.update(_INTENT).where(_INTENT.c.key == intent.key).values(wanted))

    def begin(self, batch: str) -> int:
        """Record, and commit, that the planned writes of a batch are about to be made; returns which attempt it is.

        From the second on, a write of the batch that is still planned may have been made already.
        """
        chosen = _INTENT.c.batch == batch, _PLANNED
        self._session.execute(sa.update(_INTENT).where(*chosen).values(attempts=_INTENT.c.attempts + 1))
        return self._session.execute(sa.select(sa.func.max(_INTENT.c.attempts)).where(*chosen)).scalar_one() or 0

    def unanswered_creations(self, pair: str) -> list[Intent]:
        """A pair's creations that were begun and have no receipt: they may have been made."""
        begun = _INTENT.c.attempts > 0, _INTENT.c.state.in_(("planned", "failed", "abandoned"))
        query = sa.select(_INTENT).where(*begun, _INTENT.c.pair == pair, _INTENT.c.operation == "create")
        return self._intents(query.order_by(_INTENT.c.created_at, _INTENT.c.key))

    def pending(self, batch: str, *, after: str | None = None, limit: int = 200) -> Slice[Intent]:
        """The writes of a batch that are still to be made, in order."""
        query = sa.select(_INTENT).where(_INTENT.c.batch == batch, _PLANNED)
        order = _INTENT.c.position, _INTENT.c.key
        if after is not None:
            query = query.where(sa.tuple_(*order) > sa.tuple_(*place(after, 2)))
        intents = self._intents(query.order_by(*order).limit(limit + 1))
        return slice_of(intents, limit, [[intent.position, intent.key] for intent in intents])

    def having_planned(self, batches: Sequence[str]) -> set[str]:
        """Those of the batches with something still to be made."""
        return self._among(_INTENT.c.batch, batches, _PLANNED)

    def planned_by_rules(self, service: str) -> list[Intent]:
        """Writes requested by rules at a service that are still to be made."""
        query = sa.select(_INTENT).where(_INTENT.c.service == service, _PLANNED, _INTENT.c.rule != "")
        return self._intents(query.order_by(_INTENT.c.batch, _INTENT.c.position, _INTENT.c.key))

    def pending_batches(self, *, after: str = "", limit: int = 200) -> list[str]:
        """Names of batches with something still to be made, in order of name."""
        query = sa.select(_INTENT.c.batch).distinct().where(_PLANNED, _INTENT.c.batch > after)
        return list(self._session.execute(query.order_by(_INTENT.c.batch).limit(limit)).scalars())

    def planned_since(self, batches: Sequence[str], at: datetime) -> set[str]:
        """Those of the batches that something was planned in after this time."""
        return self._among(_INTENT.c.batch, batches, _INTENT.c.created_at > at)

    def receipt(self, key: str, result: RecordRef | None, at: datetime, *, summary: Fields | None = None) -> None:
        """The write was made. `summary` is what people ask about first: number, total.

        Raises ValueError when the intent is unknown or has another receipt already.
        """
        given = {"intent": key, "made": result, "told": summary, "at": at}
        if self._session.execute(_RECEIPT, given).one_or_none() is not None:
            return
        made = self.get(key)
        if made is None or made.result != result:
            raise ValueError(f"intent {key}: no receipt for {result}, it is {made and made.result}")

    def failure(self, key: str, problem: Text, at: datetime, *, certain: bool = True) -> None:
        """The write was not made. Where that is `certain`, it need not be looked up when it is tried again."""
        self._end(key, "failed", problem, at)
        if certain:
            self._set(key, {"attempts": 0})

    def abandon(self, key: str, problem: Text, at: datetime) -> None:
        """The write is no longer wanted."""
        self._end(key, "abandoned", problem, at)

    def abandon_planned(self, service: str, problem: Text, at: datetime) -> None:
        """Give up every write to a service that was not begun."""
        self._abandon(_INTENT.c.service == service, problem=problem, at=at)

    def abandon_overtaken(self, pair: str, run: str, problem: Text, at: datetime) -> None:
        """Give up what earlier runs planned for a pair and did not make: what is still wanted is in this one's."""
        earlier = sa.not_(_INTENT.c.batch.startswith(f"{run}:", autoescape=True))
        self._abandon(_INTENT.c.pair == pair, earlier, problem=problem, at=at)

    def abandon_run(self, run: str, problem: Text, at: datetime, *, pair: str = "") -> None:
        """Give up what a run planned, of one pair or at all, and has not made."""
        within = _INTENT.c.batch == f"{run}:{pair}" if pair else _INTENT.c.batch.startswith(f"{run}:", autoescape=True)
        self._abandon(within, problem=problem, at=at)

    def _abandon(self, *planned: Any, problem: Text, at: datetime) -> None:
        ended = {"state": "abandoned", "problem": problem, "finished_at": at}
        self._session.execute(sa.update(_INTENT).where(*planned, _PLANNED).values(ended))

    def give_up_failed(self, keys: Sequence[str], at: datetime) -> None:
        """These failed, and are no longer wanted."""
        for some in chunks(keys):
            chosen = _INTENT.c.key.in_(some), _INTENT.c.state == "failed"
            ended = {"state": "abandoned", "finished_at": at}
            self._session.execute(sa.update(_INTENT).where(*chosen).values(ended))

    def not_made(self, key: str) -> None:
        """It was looked up, and nobody is about to make it: no need to look again."""
        self._session.execute(sa.update(_INTENT).where(_INTENT.c.key == key, ~_PLANNED).values(attempts=0))

    def fill_in(self, key: str, fields: Fields, plan: Fields) -> None:
        """What could be named only once another write was made."""
        self._set(key, {"fields": fields, "plan": plan})

    def delay(self, key: str, problem: Text) -> None:
        """The write could not be made yet, for this reason; it stays planned, and is looked up before it is made."""
        self._set(key, {"problem": problem, "attempts": _INTENT.c.attempts + 1})

    def put_off(self, batch: str) -> None:
        """Take back `begin` for what is still planned: nothing of it was tried, unless an earlier attempt may have."""
        untried = _INTENT.c.batch == batch, _PLANNED, _INTENT.c.attempts == 1
        self._session.execute(sa.update(_INTENT).where(*untried).values(attempts=0))

    def get(self, key: str) -> Intent | None:
        return next(iter(self._intents(sa.select(_INTENT).where(_INTENT.c.key == key))), None)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that intents are kept of."""
        return self._among(_INTENT.c.key, keys)

    def _among(self, column: Any, values: Sequence[str], *more: Any) -> set[str]:
        queries = (sa.select(column).distinct().where(column.in_(some), *more) for some in chunks(list(values)))
        return {found for query in queries for found in self._session.execute(query).scalars()}

    def get_many(self, keys: Sequence[str]) -> dict[str, Intent]:
        """By key; those that are not known are left out."""
        queries = (sa.select(_INTENT).where(_INTENT.c.key.in_(some)) for some in chunks(list(keys)))
        return {intent.key: intent for query in queries for intent in self._intents(query)}

    def of_event(self, event: str, *, limit: int = 200) -> list[Intent]:
        """What an event led to, in order."""
        query = sa.select(_INTENT).where(_INTENT.c.event == event)
        return self._intents(query.order_by(_INTENT.c.batch, _INTENT.c.position, _INTENT.c.key).limit(limit))

    def made_for(self, refs: Iterable[RecordRef]) -> dict[RecordRef, list[RecordRef]]:
        """What was made or changed for each of these records, the oldest first."""
        found: dict[RecordRef, list[RecordRef]] = {}
        for some in chunks(list(refs)):
            query = sa.select(_INTENT.c.relates, _INTENT.c.result).where(_INTENT.c.relates.in_(some))
            done = query.where(_INTENT.c.result.is_not(None)).order_by(_INTENT.c.created_at, _INTENT.c.key)
            for row in self._session.execute(done):
                found.setdefault(row.relates, []).append(row.result)
        return found

    def creates_planned_for(self, refs: Iterable[RecordRef]) -> dict[RecordRef, list[Intent]]:
        """What is still to be created for each of these records, the oldest first."""
        found: dict[RecordRef, list[Intent]] = {}
        for some in chunks(list(refs)):
            chosen = _INTENT.c.relates.in_(some), _INTENT.c.operation == "create", _PLANNED
            query = sa.select(_INTENT).where(*chosen).order_by(_INTENT.c.created_at, _INTENT.c.position, _INTENT.c.key)
            for intent in self._intents(query):
                if intent.write.relates is not None:
                    found.setdefault(intent.write.relates, []).append(intent)
        return found

    def creating(self, refs: Iterable[RecordRef]) -> dict[RecordRef, Intent]:
        """Which intent created each of these records; shows why a document exists."""
        queries = (sa.select(_INTENT).where(_INTENT.c.result.in_(some)) for some in chunks(list(refs)))
        created = (query.where(_INTENT.c.operation == "create") for query in queries)
        return {intent.result: intent for query in created for intent in self._intents(query) if intent.result}

    def last_told(self, ref: RecordRef) -> Fields | None:
        """The summary of a rule's latest write to a record, with the lines it last wrote; None where there was none."""
        columns = _INTENT.c.summary, _INTENT.c.fields
        query = sa.select(*columns).where(_INTENT.c.result == ref, _INTENT.c.state == "done", _INTENT.c.rule != "")
        found = self._session.execute(query.order_by(_INTENT.c.finished_at.desc(), _INTENT.c.position.desc())).all()
        if not found:
            return None
        said: Fields = next((row.fields for row in found if "lines" in row.fields), {})
        return {**(found[0].summary or {}), **{name: said[name] for name in ("lines", "adjustment") if name in said}}

    def results(self, batch: str) -> list[RecordRef]:
        """What was made or changed for rules by this batch, and by those of a run of this name; each once."""
        within = sa.or_(_INTENT.c.batch == batch, _INTENT.c.batch.startswith(f"{batch}:", autoescape=True))
        query = sa.select(_INTENT.c.result).distinct()
        made = query.where(within, _INTENT.c.action != "", _INTENT.c.result.is_not(None))
        return list(self._session.execute(made).scalars())

    def count_actions(self, run: str) -> dict[str, dict[str, int]]:
        """Writes requested by rules within a sync run, and their states: {action: {state: count}}."""
        within = _INTENT.c.batch.startswith(f"{run}:", autoescape=True), _INTENT.c.action != ""
        query = sa.select(_INTENT.c.action, _INTENT.c.state, sa.func.count()).where(*within)
        counts: dict[str, dict[str, int]] = {}
        for action, state, count in self._session.execute(query.group_by(_INTENT.c.action, _INTENT.c.state)):
            counts.setdefault(action, {})[state] = count
        return counts

    def in_state(self, state: State, *, after: str | None = None, limit: int = 50) -> Slice[Intent]:
        """Intents in one state, the latest first."""
        query = sa.select(_INTENT).where(_INTENT.c.state == state)
        if after is not None:
            query = query.where(before_moment(_INTENT.c.created_at, _INTENT.c.key, after))
        query = query.order_by(_INTENT.c.created_at.desc(), _INTENT.c.key.desc()).limit(limit + 1)
        intents = self._intents(query)
        return slice_of(intents, limit, [[intent.created_at.isoformat(), intent.key] for intent in intents])

    def count_states(self, batch: str | None = None) -> dict[str, int]:
        """How many intents are in each state, of one batch or of all."""
        query = sa.select(_INTENT.c.state, sa.func.count().label("intents")).group_by(_INTENT.c.state)
        if batch is not None:
            query = query.where(_INTENT.c.batch == batch)
        return {row.state: row.intents for row in self._session.execute(query)}

    def _end(self, key: str, state: State, problem: Text, at: datetime) -> None:
        self._set(key, {"state": state, "problem": problem, "finished_at": at})

    def _set(self, key: str, values: dict[str, Any]) -> None:
        changed = sa.update(_INTENT).where(_INTENT.c.key == key, _INTENT.c.state != "done").values(values)
        if self._session.execute(changed.returning(_INTENT.c.key)).one_or_none() is None:
            raise ValueError(f"intent {key}: unknown, or done already")

    def _intents(self, query: sa.Select[Any]) -> list[Intent]:
        return [_intent(row) for row in self._session.execute(query)]


def _changed_again(before: Intent, wanted: NewIntent) -> bool:
    """Versions are whole seconds: a record that changes twice within one is updated twice from the same versions."""
    return before.write.operation == "update" and before.write.fields != wanted.write.fields


def _same(before: Intent, wanted: NewIntent) -> bool:
    """The same fields, planned from the same versions of both records."""
    return before.write.fields == wanted.write.fields and before.plan.get("versions") == wanted.plan.get("versions")


_OWN = ("key", "batch", "position", "rule", "event", "pair", "action", "plan")
_WRITE = ("operation", "service", "entity", "fields", "target", "relates", "verb")


def _row(intent: NewIntent, at: datetime) -> dict[str, Any]:
    own = {name: getattr(intent, name) for name in _OWN}
    write = {name: getattr(intent.write, name) for name in _WRITE}
    return {**own, **write, "state": "planned", "attempts": 0, "created_at": at}


def _intent(row: sa.Row[Any]) -> Intent:
    return Intent(
        key=row.key,
        write=OutsideWrite(
            row.operation,
            row.service,
            row.entity,
            row.fields,
            target=row.target,
            verb=row.verb,
            relates=row.relates,
        ),
        batch=row.batch,
        position=row.position,
        rule=row.rule,
        event=row.event,
        pair=row.pair,
        action=row.action,
        plan=row.plan,
        state=row.state,
        attempts=row.attempts,
        result=row.result,
        summary=row.summary or {},
        problem=row.problem,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
