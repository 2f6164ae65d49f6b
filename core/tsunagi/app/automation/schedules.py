"""Rules with a schedule: when one is due, each record of its kind is looked at, a page at a time.

How far it has come is kept with what follows, in one transaction: whoever is cut short goes on behind the last page. A
time that is due counts once. Where several have passed while nobody worked, the latest is gone through, and the
others are said. Nothing is stored of records the rule does nothing for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from sqlalchemy.orm import Session

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import BLOCKED_PREFIX, Evaluated, store_new
from tsunagi.app.automation.evaluate import evaluate
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import SCHEDULE_MISSED, SCHEDULE_UNSETTLED, Parameters, Reason
from tsunagi.app.open_items.reporting import Trouble, report, resolve
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Record
from tsunagi.logging import Log
from tsunagi.rules.automations import Automation
from tsunagi.rules.conditions import CannotTell
from tsunagi.rules.trace import traced
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.intents import Intents
from tsunagi.store.paging import Slice
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import Schedules, ScheduleState
from tsunagi.text import Text

log = Log(__name__)

_PAGE = 200


def run_due(context: Context) -> list[str]:
    """Go through every rule that is due; returns the batches of writes that follow.

    Raises ConnectorError where a service could not be read: it goes on from there when it is called again.
    """
    return [batch for rule in _scheduled(context) for batch in _run_rule(context, rule)]


def next_due(context: Context) -> datetime | None:
    """When a rule is due next, as far as it has been gone through."""
    times: list[datetime] = []
    for rule in _scheduled(context):
        state = _state(context, rule)
        times.append(state.due or _times(context, rule, state.last))
    return min(times, default=None)


def _scheduled(context: Context) -> list[Automation]:
    return [rule for rule in context.rules.automations.values() if rule.enabled and rule.schedule is not None]


def _state(context: Context, rule: Automation) -> ScheduleState:
    """A rule that is new, or is due at other times than before, begins with the next of them."""
    assert rule.schedule is not None
    words = f"{rule.schedule.words} {rule.schedule.time_zone}".strip()
    with context.store.read() as session:
        known = Schedules(session).get(rule.id)
    if known is not None and known.words == words:
        return known
    state = ScheduleState(rule=rule.id, words=words, last=context.now())
    with context.store.write() as session:
        Schedules(session).put(state)
    return state


def _times(context: Context, rule: Automation, after: datetime) -> datetime:
    assert rule.schedule is not None
    return rule.schedule.next(after, StoredContext(context, {}).zone)


def _run_rule(context: Context, rule: Automation) -> Iterator[str]:
    state = _state(context, rule)
    due = state.due
    if due is None:
        assert rule.schedule is not None
        now, times = context.now(), rule.schedule.after(state.last, StoredContext(context, {}).zone)
        passed = list(takewhile(lambda time: time <= now, times))
        if not passed:
            return
        due = passed[-1]
        state = _begun(context, rule, state, passed)
    batch = f"schedule-{rule.id}-{due:%Y%m%d%H%M}"
    while state.due is not None or state.last != due:
        state = _page(context, rule, state, due, batch)
    # Asked of the store: an earlier attempt may have planned some of them.
    with context.store.read() as session:
        left = Intents(session).pending(batch, limit=1).items
    if left:
        yield batch


def _begun(context: Context, rule: Automation, state: ScheduleState, passed: Sequence[datetime]) -> ScheduleState:
    *missed, due = passed
    state = ScheduleState(rule=rule.id, words=state.words, last=state.last, due=due)
    with context.store.write() as session:
        Schedules(session).put(state)
        if missed:
            log.warning("schedule_missed", rule=rule.id, times=len(missed), since=missed[0].isoformat())
            parameters: dict[str, Text | str | int] = {"rule": rule.title, "count": len(missed)}
            parameters["since"] = missed[0].isoformat()
            report(context, session, _trouble(rule, SCHEDULE_MISSED, parameters, "missed"))
        else:
            resolve(context, session, [_key(rule, "missed")])
    return state


def _page(context: Context, rule: Automation, state: ScheduleState, due: datetime, batch: str) -> ScheduleState:
    """Look at a page of records; returns how far it has come."""
    found = _records(context, rule, state.after)
    stored = StoredContext(context, {record.ref: record for record in found.items})
    evaluated = [evaluate(context, _event(rule, record, due), stored, batch) for record in found.items]
    unsettled = [each for each in evaluated if _unsettled(each)]
    example = state.example or (f"{unsettled[0].event.ref}: {_why(rule, unsettled[0])}" if unsettled else "")
    new = ScheduleState(
        rule=rule.id,
        words=state.words,
        last=state.last if found.next else due,
        due=due if found.next else None,
        after=found.next,
        unsettled=state.unsettled + len(unsettled),
        example=example,
    )
    with context.store.write() as session:
        acting = [each for each in evaluated if each.intents and _is_new(session, each)]
        store_new(context, session, acting)
        Schedules(session).put(new)
        if new.due is None:
            _report_unsettled(context, session, rule, new)
    return new


def _records(context: Context, rule: Automation, after: str | None) -> Slice[Record]:
    subjects = context.rules.vocabulary.subjects(rule.event, rule.service)
    assert not isinstance(subjects, Text), "a rule that loads has a subject"
    (entity,) = subjects
    with context.store.read() as session:
        if entity.kind == "document":
            of = DocumentsOf(entity.service, entity.name)
            documents = Documents(session).page(of, after=after, limit=_PAGE, oldest_first=True)
            known = Documents(session).known([each.ref for each in documents.items])
            return Slice([known[each.ref] for each in documents.items], documents.next)
        return Records(session).page(entity.service, entity.name, after=after, limit=_PAGE)


def _event(rule: Automation, record: Record, due: datetime) -> Event:
    """Nothing has changed: the record is as it was."""
    id = event_id(rule.event, record.ref, due.isoformat())
    return Event(id, rule.event, record.ref, record.fields, record.fields, due)


def _is_new(session: Session, evaluated: Evaluated) -> bool:
    """What a rule did once for a record it does not do again."""
    known = Intents(session).get_many([intent.key for intent in evaluated.intents])
    return any(intent.key not in known for intent in evaluated.intents)


def _unsettled(evaluated: Evaluated) -> bool:
    return bool(evaluated.decided.evaluation.undecided or evaluated.decided.unfilled or evaluated.problems)


def _why(rule: Automation, evaluated: Evaluated) -> str:
    verdict = traced(rule.condition, evaluated.facts).verdict
    if isinstance(verdict, CannotTell):
        return str(verdict.reason)
    reasons = [*evaluated.problems.values(), *(each for some in evaluated.decided.unfilled.values() for each in some)]
    return str(reasons[0]) if reasons else ""


def _report_unsettled(context: Context, session: Session, rule: Automation, state: ScheduleState) -> None:
    """One line for all records of a due time; it is settled by a later time without any."""
    if state.unsettled:
        parameters: dict[str, Text | str | int] = {"rule": rule.title, "count": state.unsettled, "said": state.example}
        report(context, session, _trouble(rule, SCHEDULE_UNSETTLED, parameters, "unsettled"))
    else:
        resolve(context, session, [_key(rule, "unsettled")])


def _key(rule: Automation, what: str) -> str:
    return f"{BLOCKED_PREFIX}{rule.id}:{what}"


def _trouble(rule: Automation, reason: Reason, parameters: Parameters, what: str) -> Trouble:
    return Trouble(
        key=_key(rule, what),
        kind="automation",
        service=rule.steps[0].action.partition(".")[0],
        reason=reason,
        parameters=parameters,
        records=[],
        facts={"rule": rule.id},
    )
