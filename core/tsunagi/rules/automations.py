"""Automations: when this happens and these conditions hold, ask for those actions."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from tsunagi.domain.actions import ActionCall
from tsunagi.domain.events import Event
from tsunagi.rules.conditions import All, DoesNot, Holds, Verdict
from tsunagi.rules.facts import Facts
from tsunagi.rules.parameters import Parameters, fill
from tsunagi.rules.trace import Outcome, Trace, traced
from tsunagi.text import Text
from tsunagi.yaml_marks import Place

Repeat = Literal["once_per_record", "every_time"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action of an automation; `occurrence` counts from 1 among its steps with the same action. `constant` are its
    parameters where they quote no fact."""

    action: str
    parameters: Parameters
    model: type[BaseModel]
    place: Place
    occurrence: int = 1
    constant: BaseModel | None = None


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
class Evaluation:
    """Which rules hold for an event, and which could not be told; all others that wait for it do not hold."""

    holding: tuple[Automation, ...] = ()
    undecided: tuple[Automation, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What follows from one event.

    `unfilled`, by rule: its conditions hold, but a parameter could not be had, and none of its actions follows.
    """

    evaluation: Evaluation
    calls: tuple[RuleCall, ...] = ()
    unfilled: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)


def decided(evaluation: Evaluation, event: Event, facts: Facts) -> Decided:
    """The actions of the rules that hold. All of a rule's actions follow, or none."""
    calls: list[RuleCall] = []
    unfilled: dict[str, tuple[Text, ...]] = {}
    for automation in evaluation.holding:
        its_calls, problems = calls_of(automation, event, facts)
        calls += its_calls
        if problems:
            unfilled[automation.id] = problems
    return Decided(evaluation, tuple(calls), unfilled)


def trace_of(automation: Automation, event: Event, facts: Facts) -> Trace:
    """Why this rule did what it did, or nothing: computed from the same facts, it is the same to the letter."""
    condition = traced(automation.condition, facts)
    holds = isinstance(condition.verdict, Holds)
    problems = calls_of(automation, event, facts)[1] if holds else ()
    return Trace(
        rule=automation.id,
        title=automation.title,
        event=event.name,
        event_id=event.id,
        place=automation.place,
        verdict=condition.verdict,
        outcome=_outcome(condition.verdict, problems),
        conditions=condition.parts,
        problems=problems,
    )


def _outcome(verdict: Verdict, problems: tuple[Text, ...]) -> Outcome:
    if isinstance(verdict, Holds):
        return "unfilled" if problems else "asked"
    return "not_met" if isinstance(verdict, DoesNot) else "cannot_tell"


def calls_of(automation: Automation, event: Event, facts: Facts) -> tuple[tuple[RuleCall, ...], tuple[Text, ...]]:
    calls: list[RuleCall] = []
    problems: list[Text] = []
    for step in automation.steps:
        parameters = step.constant or fill(step.action, step.model, step.parameters, facts)
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
