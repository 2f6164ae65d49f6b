"""Automations: when this happens and these conditions hold, ask for those actions."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from tsunagi.domain.actions import ActionCall
from tsunagi.domain.events import Event
from tsunagi.rules.conditions import All, DoesNot, Holds, Verdict, all_hold
from tsunagi.rules.facts import Facts
from tsunagi.rules.parameters import Parameters, fill
from tsunagi.rules.trace import ConditionTrace, Outcome, Trace
from tsunagi.rules.yaml_marks import Place
from tsunagi.text import Text

Repeat = Literal["once_per_record", "every_time"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action of an automation; `occurrence` counts from 1 among its steps with the same action."""

    action: str
    parameters: Parameters
    model: type[BaseModel]
    place: Place
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Automation:
    """A rule that was read and checked. `service` narrows the trigger where several know the event; `run_as`
    names who it acts for, None for the hub itself."""

    id: str
    title: Text
    description: Text
    event: str
    service: str | None
    condition: All
    steps: tuple[Step, ...]
    enabled: bool
    repeat: Repeat
    run_as: str | None
    place: Place

    @property
    def file(self) -> str:
        return self.place.file

    @property
    def line(self) -> int:
        return self.place.line

    def watches(self, event: Event) -> bool:
        return self.enabled and event.name == self.event and self.service in {None, event.ref.service}


@dataclass(frozen=True, slots=True)
class RuleCall:
    """An action a rule asks for.

    `key` names this one intention for ever: the same rule, action and record give the same key, and with
    `repeat: every_time` the event is part of it too. What was done under a key is never done again.
    """

    call: ActionCall
    key: str
    run_as: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Decided:
    """What follows from one event, and why: a trace of every rule that watches for it."""

    calls: tuple[RuleCall, ...] = ()
    traces: tuple[Trace, ...] = ()


def conclude(
    automation: Automation, event: Event, facts: Facts, conditions: tuple[ConditionTrace, ...]
) -> tuple[tuple[RuleCall, ...], Trace]:
    """The calls of one automation and its trace. All of its actions follow, or none."""
    verdict = all_hold(condition.verdict for condition in conditions)
    calls, problems = _calls(automation, event, facts) if isinstance(verdict, Holds) else ((), ())
    trace = Trace(
        rule=automation.id,
        title=automation.title,
        event=event.name,
        event_id=event.id,
        place=automation.place,
        verdict=verdict,
        outcome=_outcome(verdict, problems),
        conditions=conditions,
        problems=problems,
    )
    return calls, trace


def _outcome(verdict: Verdict, problems: tuple[Text, ...]) -> Outcome:
    if isinstance(verdict, Holds):
        return "unfilled" if problems else "asked"
    return "not_met" if isinstance(verdict, DoesNot) else "cannot_tell"


def _calls(automation: Automation, event: Event, facts: Facts) -> tuple[tuple[RuleCall, ...], tuple[Text, ...]]:
    calls: list[RuleCall] = []
    problems: list[Text] = []
    for step in automation.steps:
        parameters = fill(step.action, step.model, step.parameters, facts)
        if isinstance(parameters, Text):
            problems.append(Text(en=f"{step.place}: {parameters.en}", ja=f"{step.place}: {parameters.ja}"))
            continue
        call = ActionCall(automation.id, step.action, parameters, event)
        calls.append(RuleCall(call, _key(automation, step, event), automation.run_as, step.place))
    return ((), tuple(problems)) if problems else (tuple(calls), ())


def _key(automation: Automation, step: Step, event: Event) -> str:
    parts = [automation.id, step.action, str(step.occurrence), str(event.ref)]
    if automation.repeat == "every_time":
        parts.append(event.id)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
