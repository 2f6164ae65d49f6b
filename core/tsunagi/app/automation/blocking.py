"""Rules that could not do what they should, on the standing list until they have their way."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import RULE_BLOCKED, RULE_UNDECIDED
from tsunagi.app.open_items.reporting import Trouble, report, report_all
from tsunagi.app.open_items.writes import BILLING
from tsunagi.domain.events import Event
from tsunagi.rules.automations import Automation, Decided, RuleCall
from tsunagi.rules.conditions import CannotTell
from tsunagi.rules.facts import Facts
from tsunagi.rules.trace import traced
from tsunagi.text import Text

AUTOMATION = "automation"
BLOCKED_PREFIX = f"{AUTOMATION}:"


def blocked_key(event: Event, rule: str) -> str:
    return f"{BLOCKED_PREFIX}{rule}:{event.id}"


def report_blocked(
    context: Context, session: Session, event: Event, calls: Sequence[RuleCall], problems: Mapping[str, Text]
) -> None:
    """`problems` is, by rule, what blocked an action that `event` called for."""
    for rule, problem in problems.items():
        actions = [call.call.action for call in calls if call.call.rule == rule]
        trouble = Trouble(
            key=blocked_key(event, rule),
            kind=BILLING if any(_makes_document(context, action) for action in actions) else AUTOMATION,
            service=actions[0].partition(".")[0] if actions else event.ref.service,
            reason=RULE_BLOCKED,
            parameters={"rule": _title(context, rule), "said": problem},
            records=[event.ref],
            facts={"rule": rule, "event": event.id},
        )
        report(context, session, trouble)


def report_undecided(context: Context, session: Session, event: Event, decided: Decided, facts: Facts) -> None:
    """Rules that would make a document (the invoice of a deal) and that cannot be evaluated.

    A rule whose conditions hold, and a parameter of which cannot be had, is no better off: whatever its actions are.
    """
    undecided = [(rule, _reason_for(rule, facts)) for rule in decided.evaluation.undecided if _bills(context, rule)]
    holding = {rule.id: rule for rule in decided.evaluation.holding}
    unfilled = [(holding[rule], _joined(problems)) for rule, problems in decided.unfilled.items()]
    report_all(context, session, [_undecided(context, event, rule, reason) for rule, reason in (*undecided, *unfilled)])


def _undecided(context: Context, event: Event, automation: Automation, reason: Text) -> Trouble:
    rule = automation.id
    return Trouble(
        key=blocked_key(event, rule),
        kind=BILLING if _bills(context, automation) else AUTOMATION,
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


def _bills(context: Context, rule: Automation) -> bool:
    return any(_makes_document(context, step.action) for step in rule.steps)


def _makes_document(context: Context, action: str) -> bool:
    """`<service>.<document>.create` makes a new document."""
    entity = context.registry.entities.get(action.rpartition(".")[0])
    return action.endswith(".create") and entity is not None and entity.kind == "document"


def _title(context: Context, rule: str) -> Text:
    known = context.rules.automations.get(rule)
    return known.title if known else Text.same(rule)
