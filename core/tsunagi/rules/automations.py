"""Automations: when this happens and these conditions hold, ask for those actions."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from tsunagi.domain.actions import ActionCall
from tsunagi.domain.events import Event
from tsunagi.rules.conditions import All, DoesNot, Holds, Verdict, comparisons
from tsunagi.rules.derived import RATES
from tsunagi.rules.facts import Facts
from tsunagi.rules.parameters import Parameters, fill
from tsunagi.rules.schedule import Schedule
from tsunagi.rules.templates import Quote, quotes_in
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
    names who it acts for, None for the hub itself. Of the rules of one `group` that hold the first alone acts, in the
    order of `order`; so do the actions of all others follow each other. With a `schedule` its event is one of its own:
    it is due for a record."""

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
    group: str | None = None
    order: int = 0
    run_as_place: Place | None = None
    schedule: Schedule | None = None

    @property
    def file(self) -> str:
        return self.place.file

    @property
    def line(self) -> int:
        return self.place.line

    def paths(self) -> Iterator[str]:
        """Every fact its conditions and parameters ask for; RATES where it compares by the CRM's rate."""
        for comparison in comparisons(self.condition):
            predicate = comparison.predicate
            yield predicate.path
            operands = predicate.operand if isinstance(predicate.operand, tuple) else (predicate.operand,)
            yield from (operand.path for operand in operands if isinstance(operand, Quote))
            if predicate.rate is not None and not predicate.rate.worth:
                yield RATES
        for step in self.steps:
            yield from (quote.path for tree in step.parameters.values() for quote in quotes_in(tree))

    def watches(self, event: Event) -> bool:
        return self.enabled and event.name == self.event and self.service in {None, event.ref.service}


@dataclass(frozen=True, slots=True)
class RuleCall:
    """An action a rule requests.

    `key` names this one intention for ever: the same rule, action and record give the same key, and with
    `repeat: every_time` the event is part of it too. What was done under a key is never done again.
    """

    call: ActionCall
    key: str
    run_as: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Which rules hold for an event, and which could not be evaluated; all others that wait for it do not hold."""

    holding: tuple[Automation, ...] = ()
    undecided: tuple[Automation, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What follows from one event.

    `unfilled`, by rule: its conditions hold, but a parameter could not be had, and none of its actions follows.
    `passed_over`, by rule: its conditions hold, but this other rule of its group goes first.
    """

    evaluation: Evaluation
    calls: tuple[RuleCall, ...] = ()
    unfilled: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    passed_over: Mapping[str, str] = field(default_factory=dict)


def decided(evaluation: Evaluation, event: Event, facts: Facts) -> Decided:
    """The actions of the rules that hold. All of a rule's actions follow, or none."""
    calls: list[RuleCall] = []
    unfilled: dict[str, tuple[Text, ...]] = {}
    passed_over = passed_over_in(evaluation)
    for automation in sorted(evaluation.holding, key=lambda each: each.order):
        if automation.id in passed_over:  # an earlier rule of its group holds, or may hold
            continue
        its_calls, problems = calls_of(automation, event, facts)
        calls += its_calls
        if problems:  # a parameter has no value: none of its actions is taken
            unfilled[automation.id] = problems
    return Decided(evaluation, tuple(calls), unfilled, passed_over)


def passed_over_in(evaluation: Evaluation) -> Mapping[str, str]:
    """Of each group the first rule that holds acts, and none after one that cannot be evaluated: it might have held."""
    grouped = [each for each in (*evaluation.holding, *evaluation.undecided) if each.group is not None]
    if not grouped:
        return {}
    holding = {each.id for each in evaluation.holding}
    first: dict[str | None, str] = {}
    passed: dict[str, str] = {}
    for automation in sorted(grouped, key=lambda each: each.order):
        winner = first.setdefault(automation.group, automation.id)
        if winner != automation.id and automation.id in holding:
            passed[automation.id] = winner
    return passed


def trace_of(automation: Automation, event: Event, facts: Facts, passed_over_by: str = "") -> Trace:
    """Why this rule did what it did, or nothing: computed from the same facts, it is the same to the letter."""
    condition = traced(automation.condition, facts)
    holds = isinstance(condition.verdict, Holds) and not passed_over_by
    problems = calls_of(automation, event, facts)[1] if holds else ()
    return Trace(
        rule=automation.id,
        title=automation.title,
        event=event.name,
        event_id=event.id,
        place=automation.place,
        verdict=condition.verdict,
        outcome="passed_over" if passed_over_by else _outcome(condition.verdict, problems),
        conditions=condition.parts,
        problems=problems,
        passed_over_by=passed_over_by,
    )


def _outcome(verdict: Verdict, problems: tuple[Text, ...]) -> Outcome:
    if isinstance(verdict, Holds):  # it acts, unless a parameter of its actions has no value
        return "unfilled" if problems else "asked"
    # A condition failed, or a fact it needs is missing or cannot be compared.
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
