"""Rules that could not do what they should, on the standing list until they have their way."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import RULE_BLOCKED
from tsunagi.app.open_items.reporting import Trouble, report
from tsunagi.app.open_items.writes import BILLING
from tsunagi.domain.events import Event
from tsunagi.rules.automations import RuleCall
from tsunagi.text import Text

AUTOMATION = "automation"
BLOCKED_PREFIX = f"{AUTOMATION}:"


def blocked_key(event: Event, rule: str) -> str:
    return f"{BLOCKED_PREFIX}{rule}:{event.id}"


def report_blocked(
    context: Context, session: Session, event: Event, calls: Sequence[RuleCall], problems: Mapping[str, Text]
) -> None:
    """`problems` says, by rule, what blocked an action that `event` called for."""
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


def _makes_document(context: Context, action: str) -> bool:
    """`<service>.<document>.create` brings a document that did not exist."""
    entity = context.registry.entities.get(action.rpartition(".")[0])
    return action.endswith(".create") and entity is not None and entity.kind == "document"


def _title(context: Context, rule: str) -> Text:
    known = context.rules.automations.get(rule)
    return known.title if known else Text.same(rule)
