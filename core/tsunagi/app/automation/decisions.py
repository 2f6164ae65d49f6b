"""What rules decided about an event: stored in one transaction with the results, and computed again on request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from tsunagi.app.automation.rule_book import earlier_book
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import RULE_BLOCKED, RULE_UNDECIDED, RULE_WAITS
from tsunagi.app.open_items.reporting import Trouble, report, report_all
from tsunagi.app.open_items.writes import BILLING
from tsunagi.domain.events import Event
from tsunagi.domain.records import RecordRef, Value
from tsunagi.domain.values import decode_fields
from tsunagi.rules.automations import Automation, Decided, trace_of
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import CannotTell
from tsunagi.rules.facts import Facts, with_event, without_event
from tsunagi.rules.trace import Trace, traced
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.open_items import OpenItems
from tsunagi.store.rule_runs import RuleDecision, RuleDecisions, RuleRun, RuleRuns, StoredBook
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.text import Text

BLOCKED = "blocked"
AUTOMATION = "automation"
BLOCKED_PREFIX = f"{AUTOMATION}:"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the rules of `book` decided about one event. `problems` is, by rule, what blocked an action.

    `awaits` are the records that have to be kept in step before it can be done; `waiting` are the rules that nothing
    else blocks.
    """

    event: Event
    facts: Facts
    decided: Decided
    intents: tuple[NewIntent, ...]
    problems: Mapping[str, Text]
    book: RuleBook
    awaits: tuple[RecordRef, ...] = ()
    waiting: frozenset[str] = frozenset()


def store_new(context: Context, session: Session, evaluated: Sequence[Evaluated]) -> list[Evaluated]:
    """Keep what is new; what another page or an earlier attempt has reported already leads to nothing twice."""
    new = {event.id for event in Events(session).add_new([each.event for each in evaluated])}
    news = [each for each in evaluated if each.event.id in new]
    _store_decisions(context, session, [each for each in news if each.book.waits_for(each.event)])
    RuleRuns(session).add_many([run for each in news for run in runs_of(context, each)])
    for each in news:
        report_blocked(context, session, each, each.problems)
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


def runs_of(context: Context, evaluated: Evaluated) -> Iterator[RuleRun]:
    """One for each rule that holds, and one for each that cannot be evaluated."""
    evaluation = evaluated.decided.evaluation
    for rule in (*evaluation.holding, *evaluation.undecided):
        trace = trace_of(rule, evaluated.event, evaluated.facts, evaluated.decided.passed_over.get(rule.id, ""))
        data = decode_fields(trace.as_json())
        if isinstance(trace.verdict, CannotTell):
            # The reason is kept, for people to see; what else the rule saw is computed on request.
            reason = trace.verdict.reason
            data |= {"conditions": (), "problems": ({"en": reason.en, "ja": reason.ja},)}
        problem = evaluated.problems.get(trace.rule)
        if problem is not None:
            # The rule requested something that this record does not allow.
            data["obstacle"] = {"en": problem.en, "ja": problem.ja}
        if remarks := [each.write.remark for each in evaluated.intents if each.rule == rule.id and each.write.remark]:
            data["remarks"] = tuple({"en": each.en, "ja": each.ja} for each in remarks)
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


def blocked_key(event: Event, rule: str) -> str:
    return f"{BLOCKED_PREFIX}{rule}:{event.id}"


def report_blocked(context: Context, session: Session, evaluated: Evaluated, problems: Mapping[str, Text]) -> None:
    """`problems` is, by rule, what blocked an action. A sync that is under way may bring what only has to be there."""
    event = evaluated.event
    under_way = bool(problems.keys() & evaluated.waiting) and SyncRuns(session).under_way()
    for rule, problem in problems.items():
        actions = [call.call.action for call in evaluated.decided.calls if call.call.rule == rule]
        trouble = Trouble(
            key=blocked_key(event, rule),
            kind=BILLING if any(_makes_document(context, action) for action in actions) else AUTOMATION,
            service=actions[0].partition(".")[0] if actions else event.ref.service,
            reason=RULE_WAITS if under_way and rule in evaluated.waiting else RULE_BLOCKED,
            parameters={"rule": _title(context, rule), "said": problem},
            records=[event.ref],
            facts={"rule": rule, "event": event.id},
        )
        report(context, session, trouble)


def report_what_waited(context: Context, session: Session) -> None:
    """No sync is under way any more: what waited for one needs somebody."""
    if SyncRuns(session).under_way():
        return
    for item in list(OpenItems(session).all(reason=RULE_WAITS.code)):
        rule, said = str(item.parameters["rule"]), item.parameters["said"]
        trouble = Trouble(
            key=item.key,
            kind=item.kind,
            service=item.service,
            reason=RULE_BLOCKED,
            parameters={"rule": _title(context, rule), "said": _as_text(said)},
            records=item.records,
            facts={"rule": rule, "event": item.parameters["event"]},
        )
        report(context, session, trouble)


def _as_text(value: Value) -> Text:
    return Text(str(value["en"]), str(value["ja"])) if isinstance(value, Mapping) else Text.same(str(value))


def report_undecided(context: Context, session: Session, event: Event, decided: Decided, facts: Facts) -> None:
    """Rules that would make a document (the invoice of a deal) and that cannot be evaluated.

    A rule whose conditions hold, and a parameter of which cannot be had, is no better off: whatever its actions are.
    """
    undecided = [(rule, _reason_for(rule, facts)) for rule in decided.evaluation.undecided if bills(context, rule)]
    holding = {rule.id: rule for rule in decided.evaluation.holding}
    unfilled = [(holding[rule], _joined(problems)) for rule, problems in decided.unfilled.items()]
    report_all(context, session, [_undecided(context, event, rule, reason) for rule, reason in (*undecided, *unfilled)])


def _undecided(context: Context, event: Event, automation: Automation, reason: Text) -> Trouble:
    rule = automation.id
    return Trouble(
        key=blocked_key(event, rule),
        kind=BILLING if bills(context, automation) else AUTOMATION,
        service=automation.steps[0].action.partition(".")[0] if automation.steps else event.ref.service,
        reason=RULE_UNDECIDED,
        parameters={"rule": automation.title, "said": reason},
        records=[event.ref],
        facts={"rule": rule, "event": event.id},
    )


def _reason_for(rule: Automation, facts: Facts) -> Text:
    verdict = traced(rule.condition, facts).verdict
    return verdict.reason if isinstance(verdict, CannotTell) else Text.same("")


def _joined(problems: Sequence[Text]) -> Text:
    return Text(en="; ".join(each.en for each in problems), ja="、".join(each.ja for each in problems))


def bills(context: Context, rule: Automation) -> bool:
    return any(_makes_document(context, step.action) for step in rule.steps)


def _makes_document(context: Context, action: str) -> bool:
    """`<service>.<document>.create` makes a new document."""
    entity = context.registry.entities.get(action.rpartition(".")[0])
    return action.endswith(".create") and entity is not None and entity.kind == "document"


def _title(context: Context, rule: str) -> Text:
    known = context.rules.automations.get(rule)
    return known.title if known else Text.same(rule)
