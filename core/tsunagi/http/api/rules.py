"""Rules: the automations in force, and the files that cannot be used with what is wrong in them."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tsunagi.app.views.explanations import event_label, sentences
from tsunagi.errors import RuleFileError
from tsunagi.http.api.documents import ConditionOut, condition
from tsunagi.http.auth import SignedIn
from tsunagi.hub import Hub
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import BrokenRule
from tsunagi.translation import say

router = APIRouter(prefix="/rules", tags=["rules"])


class AutomationOut(BaseModel):
    """A rule that was read and checked; texts are in the caller's language."""

    id: str
    title: str
    description: str
    event: str
    event_label: str
    enabled: bool
    conditions: list[ConditionOut]
    actions: list[str]
    repeat: str
    file: str
    line: int


class RuleErrorOut(BaseModel):
    """Where and what; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    field: str
    message: str


class BrokenRuleOut(BaseModel):
    id: str
    title: str
    file: str
    errors: list[RuleErrorOut]


class RulesOut(BaseModel):
    automations: list[AutomationOut]
    broken: list[BrokenRuleOut] = Field(description="left out until they are repaired; the others work on")


@router.get("", summary="List rules")
def list_rules(caller: SignedIn) -> RulesOut:
    rules = caller.hub.rules
    return RulesOut(
        automations=[_automation(caller.hub, rule) for rule in rules.automations.values()],
        broken=[_broken(rule) for rule in rules.broken],
    )


def _automation(hub: Hub, rule: Automation) -> AutomationOut:
    return AutomationOut(
        id=rule.id,
        title=say(rule.title),
        description=say(rule.description),
        event=rule.event,
        event_label=event_label(hub.context, rule.event),
        enabled=rule.enabled,
        conditions=[condition(reading) for reading in sentences(hub.context, rule)],
        actions=[step.action for step in rule.steps],
        repeat=rule.repeat,
        file=rule.file,
        line=rule.line,
    )


def _broken(rule: BrokenRule) -> BrokenRuleOut:
    return BrokenRuleOut(
        id=rule.id, title=rule.title, file=rule.file, errors=[rule_error(each) for each in rule.errors]
    )


def rule_error(error: RuleFileError) -> RuleErrorOut:
    return RuleErrorOut(
        file=error.path, line=error.line, column=error.column, field=error.field, message=say(error.reason)
    )
