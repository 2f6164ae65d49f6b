"""Events to intents: what the rules decide about an event, and the writes of their actions."""

from collections.abc import Iterator, Set
from dataclasses import replace
from datetime import timedelta

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import BLOCKED, BLOCKED_PREFIX, Evaluated, blocked_key, report_blocked, runs_of
from tsunagi.app.automation.event_facts import event_facts
from tsunagi.app.automation.rule_book import actor_problem
from tsunagi.app.connections.fit import require_writable
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import RULE_UNDECIDED
from tsunagi.app.open_items.reporting import resolve
from tsunagi.domain.events import Event
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConnectorError, PermissionDenied, RecordUnusable, ServiceOff, TsunagiError
from tsunagi.rules.automations import RuleCall
from tsunagi.rules.facts import Facts
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.open_items import OpenItems
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text

# A rule that was blocked (the customer was not there yet) is evaluated again at each sync for this long.
_RECONSIDER_FOR = timedelta(days=30)


def evaluate(context: Context, event: Event, stored: StoredContext, batch: str) -> Evaluated:
    # The rules may be reloaded at any time: one event is decided, and reported, by one version of them.
    rules = context.rules
    facts = event_facts(context, event, stored, rules.paths_for(event)) if rules.waits_for(event) else {}
    decided = rules.decide(event, facts)
    intents: list[NewIntent] = []
    problems: dict[str, Text] = {}
    awaits: list[RecordRef] = []
    otherwise: set[str] = set()
    for call in decided.calls:
        try:
            _authorize(context, call, event, facts)
            made = tuple(_intents(context, call, event, stored, batch))
        except ConnectorError:  # the service is away: the event is decided again later
            raise
        except TsunagiError as error:  # the action is not possible (yet): the rule is blocked, the others act
            problems[call.call.rule] = _both(problems.get(call.call.rule), error.message)
            awaited = error.awaits if isinstance(error, RecordUnusable) else ()
            awaits += map(RecordRef.parse, awaited)
            otherwise |= set() if awaited else {call.call.rule}
            continue
        stored.decided(made)
        intents.extend(made)
    waiting = frozenset(problems.keys() - otherwise)
    return Evaluated(event, facts, decided, tuple(intents), problems, rules, tuple(dict.fromkeys(awaits)), waiting)


def _both(one: Text | None, other: Text) -> Text:
    """Several actions of one rule may each be blocked by something of their own."""
    if one is None or one == other:
        return other
    return Text(en=f"{one.en} {other.en}", ja=f"{one.ja}{other.ja}")


def _authorize(context: Context, call: RuleCall, event: Event, facts: Facts) -> None:
    """Whom the rule acts for may do this today, with what is known of the deal. Raises PermissionDenied."""
    if call.run_as is not None:
        wanted = context.registry.actions[call.call.action].asks
        problem = actor_problem(context, call.run_as, [wanted], facts)
        if problem is not None:
            raise PermissionDenied(problem, who=call.run_as, what=wanted, on=str(event.ref))


def _intents(context: Context, call: RuleCall, event: Event, stored: StoredContext, batch: str) -> Iterator[NewIntent]:
    action = context.registry.actions[call.call.action]
    for number, write in enumerate(action.plan(call.call, stored)):
        # Its links are kept while it is off: without this, a write would be planned that nobody makes.
        connection = stored.connection(write.service)
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


def reconsider(context: Context, batch: str) -> int:
    """Ask again the rules that were blocked, or could not be decided, now that more is known.

    Returns how many of them have their way at last.
    """
    return _reconsider_blocked(context, batch) + reconsider_undecided(context, batch)


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


def reconsider_undecided(context: Context, batch: str, *, about: Set[RecordRef] | None = None) -> int:
    """What a condition lacked is filled in on the record: it is decided by the record as it is now.

    `about` narrows it to rules that wait for these records.
    """
    with context.store.read() as session:
        items = [
            item
            for item in OpenItems(session).all(reason=RULE_UNDECIDED.code)
            if about is None or not about.isdisjoint(item.records)
        ]
        asked = [(str(item.parameters["event"]), str(item.parameters["rule"])) for item in items]
        found = [(RuleRuns(session).get(event, rule), Events(session).get(event)) for event, rule in asked]
    decided = 0
    for run, event in found:
        if run is not None and event is not None:
            decided += _unblocked(context, run, _as_it_stands(context, event), batch)
    return decided


def _as_it_stands(context: Context, event: Event) -> Event | None:
    """The event with its record as it is now; None where the record was deleted, or the change was reverted."""
    record = StoredContext(context, {}).record(event.ref)
    entity = context.registry.entities.get(f"{event.ref.service}.{event.ref.entity}")
    if record is None or entity is None:
        return None
    moment = next((each for each in entity.moments if f"{entity.name}.{each.name}" == event.name), None)
    taken_back = moment is not None and not moment.any_change and record.fields.get(moment.field) != moment.to
    return None if taken_back else replace(event, after=record.fields)


def _unblocked(context: Context, run: RuleRun, event: Event | None, batch: str) -> bool:
    evaluated = evaluate(context, event, StoredContext(context, {}), batch) if event else None
    again = next((new for new in runs_of(context, evaluated) if new.rule == run.rule), None) if evaluated else None
    if evaluated is None or again is None:
        # Its conditions do not hold any more: there is nothing left to wait for.
        with context.store.write() as session:
            RuleRuns(session).remove(run.event, run.rule)
            resolve(context, session, [f"{BLOCKED_PREFIX}{run.rule}:{run.event}"])
        return False
    if again.verdict != "asked":  # blocked as before, or by something else now
        _still_blocked(context, run, again, evaluated)
        return False
    # Possible now: its writes are planned, and the open item is resolved.
    intents = [intent for intent in evaluated.intents if intent.rule == run.rule]
    with context.store.write() as session:
        Intents(session).plan(intents, context.now())
        RuleRuns(session).revise(again)
        resolve(context, session, [blocked_key(evaluated.event, run.rule)])
    return True


def _still_blocked(context: Context, run: RuleRun, again: RuleRun, evaluated: Evaluated) -> None:
    """What could not be decided is decided now, and something else blocks it."""
    if again.verdict == run.verdict or again.verdict != BLOCKED:
        return
    problems = {run.rule: evaluated.problems[run.rule]}
    with context.store.write() as session:
        RuleRuns(session).revise(again)
        report_blocked(context, session, evaluated, problems)


def asked_again(context: Context, event: Event, intent: Intent, batch: str) -> NewIntent | None:
    """A rule's failed write as it would be planned now; None where the rule no longer requests it.

    Raises ConnectorError where a service cannot be reached, RecordUnusable where the rule is blocked now.
    """
    stored = StoredContext(context, {})
    facts = event_facts(context, event, stored, context.rules.paths_for(event))
    decided = context.rules.decide(event, facts)
    calls = [call for call in decided.calls if call.call.rule == intent.rule]
    for call in calls:
        _authorize(context, call, event, facts)
    found = [new for call in calls for new in _intents(context, call, event, stored, batch)]
    return next((new for new in found if new.key == intent.key), None)
