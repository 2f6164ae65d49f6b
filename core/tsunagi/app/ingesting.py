"""The one way in: records a service showed, whether a callback or a poll asked for them, become events and intents.

Reading and deciding happen first, outside any transaction, since an action may ask a service. Then everything
is stored at once: records, events and the mark that they were seen, what the rules said, and the intents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from tsunagi.app.desk import HubDesk
from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Event, deletion, events_of
from tsunagi.domain.records import Record, RecordRef
from tsunagi.domain.values import decode_fields
from tsunagi.errors import ConnectorError, TsunagiError
from tsunagi.rules.automations import Decided, RuleCall
from tsunagi.rules.facts import facts_of
from tsunagi.store.documents import Documents
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a page of records."""

    read: int
    changed: int
    events: int
    intents: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What follows from one event."""

    event: Event
    decided: Decided
    intents: tuple[NewIntent, ...]
    problems: Mapping[str, Text]


def ingest(
    hub: "Hub",
    entity: EntityType,
    records: Sequence[Record],
    *,
    batch: str,
    gone: Sequence[RecordRef] = (),
    silent: bool = False,
    seen_in: str | None = None,
    also: Callable[[Session], None] | None = None,
) -> Ingested:
    """Take in what a service showed of one kind of record.

    `batch` names the intents that follow. `silent` takes records in as they are, without events: what was there
    before the connection is no news. `also` is done in the same transaction (the cursor, the inbox).
    Raises ConnectorError when an action could not read what it needs; nothing is stored then.
    """
    known = _known(hub, entity, [*(record.ref for record in records), *gone])
    whole = [_prepared(hub, _completed(record, known)) for record in records]
    events = [] if silent else list(_events(hub, entity, whole, gone, known))
    desk = HubDesk(hub, {record.ref: record for record in whole})
    outcomes = [_outcome(hub, event, desk, batch) for event in events]
    with hub.store.write() as session:
        changed = _repository(session, entity).upsert_many(entity, whole, seen_in=seen_in)
        _repository(session, entity).mark_deleted(gone, hub.now())
        news = _store(hub, session, outcomes, batch)
        if also is not None:
            also(session)
    for outcome in news:
        hub.hooks.on_event(outcome.event)
    return Ingested(len(records), len(changed), len(news), sum(len(outcome.intents) for outcome in news))


def _prepared(hub: "Hub", record: Record) -> Record:
    try:
        return hub.hooks.prepare_record(record)
    except TsunagiError as error:
        log.warning("record_used_as_it_came", record=str(record.ref), reason=str(error))
        return record


def _repository(session: Session, entity: EntityType) -> Records | Documents:
    return Documents(session) if entity.kind == "document" else Records(session)


def _known(hub: "Hub", entity: EntityType, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
    with hub.store.read() as session:
        return _repository(session, entity).known(refs)


def _completed(record: Record, known: Mapping[RecordRef, Record]) -> Record:
    """A listing's row leaves fields out: what it does not say is as it was."""
    before = known.get(record.ref)
    if record.whole or before is None:
        return record
    return replace(record, fields={**before.fields, **record.fields}, whole=True)


def _events(
    hub: "Hub",
    entity: EntityType,
    records: Sequence[Record],
    gone: Sequence[RecordRef],
    known: Mapping[RecordRef, Record],
) -> Iterator[Event]:
    at = hub.now()
    for record in records:
        before = known.get(record.ref)
        yield from events_of(entity, before.fields if before else None, record, record.modified_at or at)
    for ref in gone:
        if ref in known:
            yield deletion(entity, ref, known[ref].fields, at)


def _outcome(hub: "Hub", event: Event, desk: HubDesk, batch: str) -> _Outcome:
    decided = hub.rules.decide(event, facts_of(event, desk.fields))
    intents: list[NewIntent] = []
    problems: dict[str, Text] = {}
    for call in decided.calls:
        try:
            intents.extend(_intents(hub, call, event, desk, batch))
        except ConnectorError:
            raise
        except TsunagiError as error:
            problems[call.call.rule] = error.message
    return _Outcome(event, decided, tuple(intents), problems)


def _intents(hub: "Hub", call: RuleCall, event: Event, desk: HubDesk, batch: str) -> Iterator[NewIntent]:
    action = hub.registry.actions[call.call.action]
    for number, write in enumerate(action.plan(call.call, desk)):
        yield NewIntent(
            key=call.key if number == 0 else f"{call.key}-{number}",
            write=write,
            batch=batch,
            rule=call.call.rule,
            event=event.id,
            action=call.call.action,
        )


def _store(hub: "Hub", session: Session, outcomes: Sequence[_Outcome], batch: str) -> list[_Outcome]:
    """Keep what is new; what another page or an earlier attempt has told already leads to nothing twice."""
    new = {event.id for event in Events(session).add_new([outcome.event for outcome in outcomes])}
    news = [outcome for outcome in outcomes if outcome.event.id in new]
    runs = [run for outcome in news for run in _runs(hub, outcome)]
    RuleRuns(session).add_many(runs)
    intents = [intent for outcome in news for intent in outcome.intents]
    numbered = [replace(intent, position=position) for position, intent in enumerate(intents)]
    Intents(session).plan(numbered, hub.now())
    Events(session).mark_handled([outcome.event.id for outcome in news], batch)
    return news


def _runs(hub: "Hub", outcome: _Outcome) -> Iterator[RuleRun]:
    for trace in outcome.decided.traces:
        data = decode_fields(trace.as_json())
        problem = outcome.problems.get(trace.rule)
        if problem is not None:
            # The rule asked for something that this record does not allow.
            data["hindrance"] = {"en": problem.en, "ja": problem.ja}
        yield RuleRun(outcome.event.id, trace.rule, "hindered" if problem else trace.outcome, data, hub.now())
