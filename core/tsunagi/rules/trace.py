"""Why a rule did what it did: every condition with the value it saw, what came of it, and where it is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tsunagi.domain.records import Value
from tsunagi.domain.values import Json, encode
from tsunagi.rules.conditions import (
    All,
    AnyOf,
    CannotTell,
    Comparison,
    Condition,
    DoesNot,
    Holds,
    Not,
    Verdict,
    all_hold,
    any_holds,
    negated,
    observe,
)
from tsunagi.rules.facts import Facts
from tsunagi.text import Language, Text
from tsunagi.wording import shown
from tsunagi.yaml_marks import Place

Outcome = Literal["asked", "not_met", "cannot_tell", "unfilled", "passed_over"]

_SIGNS = {Holds: "✓", DoesNot: "✗", CannotTell: "?"}
_GROUPS = {
    "all": Text(en="all of these", ja="次のすべて"),
    "any": Text(en="any of these", ja="次のいずれか"),
    "not": Text(en="not", ja="次でないこと"),
}
_OUTCOMES: Mapping[Outcome, Text] = {
    "asked": Text(en="its conditions hold; actions follow", ja="条件を満たしました。アクションを実行します"),
    "not_met": Text(en="its conditions do not hold", ja="条件を満たしていません"),
    "cannot_tell": Text(en="it cannot be determined whether its conditions hold", ja="条件を判定できません"),
    "unfilled": Text(
        en="its conditions hold, but a parameter cannot be filled",
        ja="条件を満たしましたが、パラメータを決められません",
    ),
    "passed_over": Text(
        en="its conditions hold, but another rule of its group goes first",
        ja="条件を満たしましたが、同じグループの別のルールが優先されました",
    ),
}


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """One condition. `label` is how the rule writes it; `seen` the value of its field, where it was found."""

    kind: Literal["all", "any", "not", "comparison"]
    label: str
    verdict: Verdict
    place: Place
    seen: Value = None
    found: bool = False
    parts: tuple["ConditionTrace", ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """One rule looking at one event.

    `outcome`: "asked" when its actions follow, "not_met" and "cannot_tell" by its conditions, "unfilled" when
    they hold and a parameter could not be filled; `problems` then has which, and none of its actions follows;
    "passed_over" when they hold and `passed_over_by`, another rule of the group, goes first.
    """

    rule: str
    title: Text
    event: str
    event_id: str
    place: Place
    verdict: Verdict
    outcome: Outcome
    conditions: tuple[ConditionTrace, ...]
    problems: tuple[Text, ...] = ()
    passed_over_by: str = ""

    @property
    def answer(self) -> Text:
        """The outcome in words."""
        return _OUTCOMES[self.outcome]

    def lines(self, language: Language = "en") -> Iterator[str]:
        """For people: the outcome, then one line a condition."""
        title, outcome = self.title.in_language(language), self.answer.in_language(language)
        first = f" ({self.passed_over_by})" if self.passed_over_by else ""
        yield f"{self.rule} ({title}): {outcome}{first}  {self.place}"
        for condition in self.conditions:
            yield from _lines(condition, language, 1)
        for problem in self.problems:
            yield f"  ! {problem.in_language(language)}"

    def as_json(self) -> dict[str, Json]:
        """For the store: plain JSON, values as tsunagi.domain.values writes them."""
        other: dict[str, Json] = {"passed_over_by": self.passed_over_by} if self.passed_over_by else {}
        return other | {
            "rule": self.rule,
            "title": _text(self.title),
            "event": self.event,
            "event_id": self.event_id,
            "place": str(self.place),
            "outcome": self.outcome,
            "conditions": [condition_json(condition) for condition in self.conditions],
            "problems": [_text(problem) for problem in self.problems],
        }


def traced(condition: Condition, facts: Facts) -> ConditionTrace:
    """The condition with what each part of it came to."""
    match condition:
        case Comparison(predicate, place):
            seen = observe(predicate, facts)
            return ConditionTrace("comparison", predicate.label, seen.verdict, place, seen.seen, seen.found)
        case Not(part, place):
            inner = traced(part, facts)
            return ConditionTrace("not", "not", negated(inner.verdict), place, parts=(inner,))
        case All(parts, place):
            inners = tuple(traced(part, facts) for part in parts)
            return ConditionTrace("all", "all", all_hold(each.verdict for each in inners), place, parts=inners)
        case AnyOf(parts, place):
            inners = tuple(traced(part, facts) for part in parts)
            return ConditionTrace("any", "any", any_holds(each.verdict for each in inners), place, parts=inners)


def _lines(trace: ConditionTrace, language: Language, depth: int) -> Iterator[str]:
    label = _GROUPS[trace.label].in_language(language) if trace.kind != "comparison" else trace.label
    yield f"{'  ' * depth}{_SIGNS[type(trace.verdict)]} {label}{_seen(trace, language)}  {trace.place}"
    for part in trace.parts:
        yield from _lines(part, language, depth + 1)


def _seen(trace: ConditionTrace, language: Language) -> str:
    if trace.kind != "comparison":
        return ""
    if isinstance(trace.verdict, CannotTell):
        return f": {trace.verdict.reason.in_language(language)}"
    saw = Text(en="saw", ja="値は").in_language(language)
    return f" ({saw} {shown(trace.seen)})"


def condition_json(trace: ConditionTrace) -> dict[str, Json]:
    """One condition for programs: what `as_json` of a trace holds of it."""
    data: dict[str, Json] = {"kind": trace.kind, "label": trace.label, "place": str(trace.place)}
    match trace.verdict:
        case Holds():
            data["verdict"] = "holds"
        case DoesNot():
            data["verdict"] = "does_not"
        case CannotTell(path, reason):
            data |= {"verdict": "cannot_tell", "path": path, "reason": _text(reason)}
    if trace.kind == "comparison" and trace.found:
        data["seen"] = encode(trace.seen)
    if trace.parts:
        data["parts"] = [condition_json(part) for part in trace.parts]
    return data


def _text(text: Text) -> dict[str, Json]:
    return {"en": text.en, "ja": text.ja}
