"""Events to intents: what the rules say of what happened, and the writes their actions come down to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tsunagi.app.automation.acting_for import actor_problem
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.blocking import BLOCKED_PREFIX, blocked_key, report_blocked, report_undecided
from tsunagi.app.automation.rule_book import earlier_book
from tsunagi.app.connections.fit import require_writable
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import RULE_UNDECIDED
from tsunagi.app.open_items.reporting import resolve
from tsunagi.domain.events import Event
from tsunagi.domain.values import decode_fields
from tsunagi.errors import ConnectorError, PermissionDenied, ServiceOff, TsunagiError
from tsunagi.rules.automations import Decided, RuleCall, trace_of
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import CannotTell
from tsunagi.rules.facts import Facts, facts_of, with_event, without_event
from tsunagi.rules.trace import Trace
from tsunagi.store.decisions import RuleDecision, RuleDecisions, StoredBook
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.open_items import OpenItems
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text

# A rule that was blocked (the customer was not there yet) is asked again at each sync for this long.
_RECONSIDER_FOR = timedelta(days=30)
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What follows from one event by the rules of `book`. `problems` says, by rule, what blocked an action."""

    event: Event
    facts: Facts
    decided: Decided
    intents: tuple[NewIntent, ...]
    problems: Mapping[str, Text]
    book: RuleBook


def evaluate(context: Context, event: Event, desk: StoredContext, batch: str) -> Evaluated:
    # The rules may be read anew at any time: one event is decided, and told of, by one version of them.
    rules = context.rules
    facts = facts_of(event, desk.fields) if rules.waits_for(event) else {}
    decided = rules.decide(event, facts)
    intents: list[NewIntent] = []
    problems: dict[str, Text] = {}
    for call in decided.calls:
        try:
            _authorize(context, call, facts)
            made = tuple(_intents(context, call, event, desk, batch))
        except ConnectorError:
            raise
        except TsunagiError as error:
            problems[call.call.rule] = error.message
            continue
        desk.decided(made)
        intents.extend(made)
    return Evaluated(event, facts, decided, tuple(intents), problems, rules)


def _authorize(context: Context, call: RuleCall, facts: Facts) -> None:
    """Whom the rule acts for may do this today, with what is known of the deal. Raises PermissionDenied."""
    if call.run_as is not None:
        problem = actor_problem(context, call.run_as, [context.registry.actions[call.call.action].asks], facts)
        if problem is not None:
            raise PermissionDenied(problem)


def _intents(context: Context, call: RuleCall, event: Event, desk: StoredContext, batch: str) -> Iterator[NewIntent]:
    action = context.registry.actions[call.call.action]
    for number, write in enumerate(action.plan(call.call, desk)):
        # Its links are kept while it is off: without this, a write would be planned that nobody makes.
        connection = desk.connection(write.service)
        if not connection.active:
            raise ServiceOff(write.service)
        require_writable(connection)
        yield NewIntent(
            key=call.key if number == 0 else f"{call.key}-{number}",
            write=write,
            batch=batch,
            rule=call.call.rule,
            event=event.id,
            action=call.call.action,
            plan={"target_of": write.target_of} if write.target_of else {},
        )


def store_news(context: Context, session: Session, evaluated: Sequence[Evaluated]) -> list[Evaluated]:
    """Keep what is new; what another page or an earlier attempt has reported already leads to nothing twice."""
    new = {event.id for event in Events(session).add_new([each.event for each in evaluated])}
    news = [each for each in evaluated if each.event.id in new]
    _store_decisions(context, session, [each for each in news if each.book.waits_for(each.event)])
    RuleRuns(session).add_many([run for each in news for run in _runs(context, each)])
    for each in news:
        report_blocked(context, session, each.event, each.decided.calls, each.problems)
        report_undecided(context, session, each.event, each.decided, each.facts)
    intents = [intent for each in news for intent in each.intents]
    numbered = [replace(intent, position=position) for position, intent in enumerate(intents)]
    Intents(session).plan(numbered, context.now())
    return news


def _store_decisions(context: Context, session: Session, evaluated: Sequence[Evaluated]) -> None:
    """What any rule saw can be computed from these, so that nothing is stored for one that did not hold."""
    now, decisions = context.now(), RuleDecisions(session)
    for book in {each.book.version: each.book for each in evaluated}.values():
        decisions.keep_book(
            StoredBook(version=book.version, texts=dict(book.texts), plugins=dict(book.plugins), at=now)
        )
    decisions.add_many(
        [
            RuleDecision(
                event=each.event.id, facts=without_event(each.event, each.facts), book=each.book.version, at=now
            )
            for each in evaluated
        ]
    )


def _runs(context: Context, evaluated: Evaluated) -> Iterator[RuleRun]:
    """One for each rule that holds, and one for each that cannot be told."""
    evaluation = evaluated.decided.evaluation
    for rule in (*evaluation.holding, *evaluation.undecided):
        trace = trace_of(rule, evaluated.event, evaluated.facts, evaluated.decided.passed_over.get(rule.id, ""))
        data = decode_fields(trace.as_json())
        if isinstance(trace.verdict, CannotTell):
            # The reason is kept, for people to see; what else the rule saw is computed when somebody asks.
            reason = trace.verdict.reason
            data |= {"conditions": (), "problems": ({"en": reason.en, "ja": reason.ja},)}
        problem = evaluated.problems.get(trace.rule)
        if problem is not None:
            # The rule asked for something that this record does not allow.
            data["obstacle"] = {"en": problem.en, "ja": problem.ja}
        verdict = BLOCKED if problem else trace.outcome
        yield RuleRun(event=evaluated.event.id, rule=trace.rule, verdict=verdict, trace=data, at=context.now())


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the rules decided from on the day: their book, the facts, and when."""

    book: RuleBook
    facts: Facts
    at: datetime


def grounds_of(context: Context, event: Event) -> Grounds | None:
    """None where no rule waited for the event, or it is older than decisions are kept."""
    with context.store.read() as session:
        decision = RuleDecisions(session).get(event.id)
        stored = RuleDecisions(session).book(decision.book) if decision else None
    if decision is None or stored is None:
        return None
    book = context.rules if decision.book == context.rules.version else earlier_book(stored, context.registry)
    return Grounds(book, with_event(event, decision.facts), decision.at)


def traces(context: Context, event: Event) -> tuple[Trace, ...]:
    """Why each rule that waited for this event did what it did, or nothing: computed again from what was stored."""
    grounds = grounds_of(context, event)
    return grounds.book.traces(event, grounds.facts) if grounds else ()


def reconsider(context: Context, batch: str) -> int:
    """Ask again the rules that were blocked, or could not be decided, now that more is known.

    Returns how many of them have their way at last.
    """
    return _reconsider_blocked(context, batch) + _reconsider_undecided(context, batch)


def _reconsider_blocked(context: Context, batch: str) -> int:
    after: str | None = None
    unblocked = 0
    while True:
        with context.store.read() as session:
            page = RuleRuns(session).in_verdict(BLOCKED, since=context.now() - _RECONSIDER_FOR, after=after)
            events = [Events(session).get(run.event) for run in page.items]
        for run, event in zip(page.items, events, strict=True):
            if event is not None and _unblocked(context, run, event, batch):
                unblocked += 1
        if page.next is None:
            return unblocked
        after = page.next


def _reconsider_undecided(context: Context, batch: str) -> int:
    """What a condition lacked is filled in on the record: it is decided by how the record stands now."""
    with context.store.read() as session:
        items = list(OpenItems(session).all(reason=RULE_UNDECIDED.code))
        asked = [(str(item.parameters["event"]), str(item.parameters["rule"])) for item in items]
        found = [(RuleRuns(session).get(event, rule), Events(session).get(event)) for event, rule in asked]
    decided = 0
    for run, event in found:
        if run is not None and event is not None:
            decided += _unblocked(context, run, _as_it_stands(context, event), batch)
    return decided


def _as_it_stands(context: Context, event: Event) -> Event | None:
    """The event with its record as it is now; None where the record is gone, or what happened was taken back."""
    record = StoredContext(context, {}).record(event.ref)
    entity = context.registry.entities.get(f"{event.ref.service}.{event.ref.entity}")
    if record is None or entity is None:
        return None
    moment = next((each for each in entity.moments if f"{entity.name}.{each.name}" == event.name), None)
    taken_back = moment is not None and record.fields.get(moment.field) != moment.to
    return None if taken_back else replace(event, after=record.fields)


def _unblocked(context: Context, run: RuleRun, event: Event | None, batch: str) -> bool:
    evaluated = evaluate(context, event, StoredContext(context, {}), batch) if event else None
    again = next((new for new in _runs(context, evaluated) if new.rule == run.rule), None) if evaluated else None
    if evaluated is None or again is None:
        # Its conditions do not hold any more: there is nothing left to wait for.
        with context.store.write() as session:
            RuleRuns(session).remove(run.event, run.rule)
            resolve(context, session, [f"{BLOCKED_PREFIX}{run.rule}:{run.event}"])
        return False
    if again.verdict != "asked":
        _still_blocked(context, run, again, evaluated)
        return False
    intents = [intent for intent in evaluated.intents if intent.rule == run.rule]
    with context.store.write() as session:
        Intents(session).plan(intents, context.now())
        RuleRuns(session).revise(again)
        resolve(context, session, [blocked_key(evaluated.event, run.rule)])
    return True


def _still_blocked(context: Context, run: RuleRun, again: RuleRun, evaluated: Evaluated) -> None:
    """What could not be decided is now, and something else stands in the way of it."""
    if again.verdict == run.verdict or again.verdict != BLOCKED:
        return
    problems = {run.rule: evaluated.problems[run.rule]}
    with context.store.write() as session:
        RuleRuns(session).revise(again)
        report_blocked(context, session, evaluated.event, evaluated.decided.calls, problems)


def asked_again(context: Context, event: Event, intent: Intent, batch: str) -> NewIntent | None:
    """What a rule's write that failed comes down to now; None where it is not asked for any more.

    Raises ConnectorError where a service cannot be asked, RecordUnusable where the rule is blocked now.
    """
    desk = StoredContext(context, {})
    facts = facts_of(event, desk.fields)
    decided = context.rules.decide(event, facts)
    calls = [call for call in decided.calls if call.call.rule == intent.rule]
    for call in calls:
        _authorize(context, call, facts)
    found = [new for call in calls for new in _intents(context, call, event, desk, batch)]
    return next((new for new in found if new.key == intent.key), None)
