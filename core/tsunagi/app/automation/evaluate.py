"""Events to intents: what the rules say of what happened, and the writes their actions come down to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.connections.fit import require_writable
from tsunagi.app.context import Context
from tsunagi.domain.events import Event
from tsunagi.domain.values import decode_fields
from tsunagi.errors import ConnectorError, ServiceOff, TsunagiError
from tsunagi.rules.automations import Decided, RuleCall
from tsunagi.rules.facts import facts_of
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text

# A rule that was hindered (the customer was not there yet) is asked again at each sync for this long.
_RECONSIDER_FOR = timedelta(days=30)
HINDERED = "hindered"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from one event. `problems` says, by rule, what hindered an action that was asked for."""

    event: Event
    decided: Decided
    intents: tuple[NewIntent, ...]
    problems: Mapping[str, Text]


def conclude(context: Context, event: Event, desk: StoredContext, batch: str) -> Conclusion:
    decided = context.rules.decide(event, facts_of(event, desk.fields))
    intents: list[NewIntent] = []
    problems: dict[str, Text] = {}
    for call in decided.calls:
        try:
            made = tuple(_intents(context, call, event, desk, batch))
        except ConnectorError:
            raise
        except TsunagiError as error:
            problems[call.call.rule] = error.message
            continue
        desk.decided(made)
        intents.extend(made)
    return Conclusion(event, decided, tuple(intents), problems)


def _intents(context: Context, call: RuleCall, event: Event, desk: StoredContext, batch: str) -> Iterator[NewIntent]:
    action = context.registry.actions[call.call.action]
    for number, write in enumerate(action.plan(call.call, desk)):
        # Its links are kept while it is off: without this, a write would be planned that nobody makes.
        connection = context.connectors.connection(write.service)
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


def store_news(context: Context, session: Session, conclusions: Sequence[Conclusion], batch: str) -> list[Conclusion]:
    """Keep what is new; what another page or an earlier attempt has told already leads to nothing twice."""
    new = {event.id for event in Events(session).add_new([each.event for each in conclusions])}
    news = [each for each in conclusions if each.event.id in new]
    runs = [run for each in news for run in _runs(context, each)]
    RuleRuns(session).add_many(runs)
    intents = [intent for each in news for intent in each.intents]
    numbered = [replace(intent, position=position) for position, intent in enumerate(intents)]
    Intents(session).plan(numbered, context.now())
    Events(session).mark_handled([each.event.id for each in news], batch)
    return news


def _runs(context: Context, conclusion: Conclusion) -> Iterator[RuleRun]:
    for trace in conclusion.decided.traces:
        data = decode_fields(trace.as_json())
        problem = conclusion.problems.get(trace.rule)
        if problem is not None:
            # The rule asked for something that this record does not allow.
            data["hindrance"] = {"en": problem.en, "ja": problem.ja}
        yield RuleRun(conclusion.event.id, trace.rule, HINDERED if problem else trace.outcome, data, context.now())


def reconsider(context: Context, batch: str) -> int:
    """Ask hindered rules again, now that more is known; returns how many of them have their way at last."""
    after: str | None = None
    freed = 0
    while True:
        with context.store.read() as session:
            page = RuleRuns(session).in_verdict(HINDERED, since=context.now() - _RECONSIDER_FOR, after=after)
            events = [Events(session).get(run.event) for run in page.items]
        for run, event in zip(page.items, events, strict=True):
            if event is not None and _freed(context, run, event, batch):
                freed += 1
        if page.next is None:
            return freed
        after = page.next


def _freed(context: Context, run: RuleRun, event: Event, batch: str) -> bool:
    conclusion = conclude(context, event, StoredContext(context, {}), batch)
    again = next((new for new in _runs(context, conclusion) if new.rule == run.rule), None)
    if again is None or again.verdict == HINDERED:
        return False
    intents = [intent for intent in conclusion.intents if intent.rule == run.rule]
    with context.store.write() as session:
        Intents(session).plan(intents, context.now())
        RuleRuns(session).revise(again)
    return True
