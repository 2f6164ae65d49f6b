"""Conditions over facts, with three outcomes: it holds, it does not, or it cannot be evaluated, and why.

An `all` does not hold once one part does not; an `any` holds once one part does; whatever those leave open is
open for the whole, and the `not` of what cannot be evaluated cannot be evaluated either.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tsunagi.domain.money import Money
from tsunagi.domain.records import Value
from tsunagi.rules.comparing import Answer, any_of, blank, contains, equal, money_in, ordered, starts_with
from tsunagi.rules.derived import ANY_PRODUCT, ITEMS, PRODUCTS, QUANTIFIED
from tsunagi.rules.facts import BEFORE, Facts, Missing, look
from tsunagi.rules.formula import Bit, Every, Formula, Negation, Some
from tsunagi.rules.rates import Rates
from tsunagi.rules.templates import Quote
from tsunagi.text import Text
from tsunagi.wording import shown
from tsunagi.yaml_marks import Place


@dataclass(frozen=True, slots=True)
class Holds:
    pass


@dataclass(frozen=True, slots=True)
class DoesNot:
    pass


@dataclass(frozen=True, slots=True)
class CannotTell:
    """`path` is the fact that is missing or cannot be compared; `reason` is why, with the value found instead."""

    path: str
    reason: Text


# The product that is looked at, among the facts while it is.
_EACH = "product"

Verdict = Holds | DoesNot | CannotTell
Operand = Value | Quote | tuple[Value | Quote, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """One question about one fact. Two are the same where path, operator, operand (types included) and rate are."""

    path: str
    operator: str
    operand: Operand = field(compare=False)
    rate: Rates | None = None
    label: str = field(init=False, compare=False, repr=False)
    _typed: tuple[object, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # True == 1 == Decimal(1) to Python, but not to a rule.
        typed = _typed(self.operand)
        object.__setattr__(self, "_typed", typed)
        # Made once: predicates are looked up and reported at every event.
        object.__setattr__(self, "_hash", hash((self.path, self.operator, typed, self.rate)))
        rate = "" if self.rate is None else f" ({self.rate})"
        object.__setattr__(self, "label", f"{self.path} {self.operator} {_operand_text(self.operand)}{rate}")

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class Comparison:
    predicate: Predicate
    place: Place


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"
    place: Place


Condition = Comparison | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Observation:
    """What a predicate came to, and the value it saw; `found` is False where there was none to see."""

    verdict: Verdict
    seen: Value = None
    found: bool = True


def comparisons(condition: Condition) -> Iterator[Comparison]:
    match condition:
        case Comparison():
            yield condition
        case Not(part):
            yield from comparisons(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def formula(condition: Condition, numbers: Mapping[Predicate, int]) -> Formula:
    """The condition for a matcher, each predicate by its number."""
    match condition:
        case Comparison(predicate):
            return Bit(numbers[predicate])
        case Not(part):
            return Negation(formula(part, numbers))
        case All(parts):
            return Every(tuple(formula(part, numbers) for part in parts))
        case AnyOf(parts):
            return Some(tuple(formula(part, numbers) for part in parts))


def evaluate(condition: Condition, facts: Facts) -> Verdict:
    """One condition on its own."""
    match condition:
        case Comparison(predicate):
            return observe(predicate, facts).verdict
        case Not(part):
            return negated(evaluate(part, facts))
        case All(parts):
            return all_hold(evaluate(part, facts) for part in parts)
        case AnyOf(parts):
            return any_holds(evaluate(part, facts) for part in parts)


def all_hold(verdicts: Iterable[Verdict]) -> Verdict:
    seen = tuple(verdicts)
    if any(isinstance(verdict, DoesNot) for verdict in seen):
        return DoesNot()
    return next((verdict for verdict in seen if isinstance(verdict, CannotTell)), Holds())


def any_holds(verdicts: Iterable[Verdict]) -> Verdict:
    return negated(all_hold(negated(verdict) for verdict in verdicts))


def negated(verdict: Verdict) -> Verdict:
    match verdict:
        case Holds():
            return DoesNot()
        case DoesNot():
            return Holds()
        case CannotTell():
            return verdict


def observe(predicate: Predicate, facts: Facts) -> Observation:
    """Answer one question from the facts. Never raises for what the facts hold."""
    root, _, name = predicate.path.partition(".")
    if root in QUANTIFIED:
        return _of_each_product(predicate, root, name, facts)
    found = look(facts, predicate.path)
    if isinstance(found, Missing):
        return Observation(CannotTell(predicate.path, found.reason), found=False)
    operand = _resolved(predicate.operand, facts)
    if isinstance(operand, CannotTell):
        return Observation(operand, found.value)
    value, other = found.value, operand
    if predicate.rate is not None and isinstance(value, Money):
        alike = _at_rate(predicate.rate, value, operand, facts)
        if isinstance(alike, Text):
            return Observation(CannotTell(predicate.path, alike), value)
        value, other = alike
    answer = _QUESTIONS[predicate.operator](value, other, partial(_before, predicate.path, facts))
    return Observation(_verdict(predicate.path, answer), found.value)


def _at_rate(rate: Rates, value: Money, operand: Value, facts: Facts) -> tuple[Value, Value] | Text:
    other = money_in(operand) if isinstance(operand, str) else operand
    return rate.alike(value, other, facts) if isinstance(other, Money) else (value, operand)


def _of_each_product(predicate: Predicate, root: str, name: str, facts: Facts) -> Observation:
    """The same question of each product of the deal. Without any product neither `any` nor `every` holds."""
    products = facts.get(PRODUCTS, {}).get(ITEMS)
    if not isinstance(products, tuple):
        found = look(facts, f"{PRODUCTS}.{ITEMS}")
        reason = found.reason if isinstance(found, Missing) else Text(en="no products", ja="商品がありません")
        return Observation(CannotTell(predicate.path, reason), found=False)
    alone = Predicate(f"{_EACH}.{name}", predicate.operator, predicate.operand, predicate.rate)
    seen = [observe(alone, {**facts, _EACH: item}) for item in products if isinstance(item, Mapping)]
    verdicts = [each.verdict for each in seen]
    if not verdicts:
        return Observation(DoesNot(), ())
    verdict = any_holds(verdicts) if root == ANY_PRODUCT else all_hold(verdicts)
    return Observation(verdict, tuple(each.seen for each in seen))


def _verdict(path: str, answer: Answer) -> Verdict:
    if isinstance(answer, Text):
        return CannotTell(path, answer)
    return Holds() if answer else DoesNot()


def _resolved(operand: Operand, facts: Facts) -> Value | CannotTell:
    if isinstance(operand, Quote):
        found = look(facts, operand.path)
        return CannotTell(operand.path, found.reason) if isinstance(found, Missing) else found.value
    if not isinstance(operand, tuple):
        return operand
    values: list[Value] = []
    for item in operand:
        value = _resolved(item, facts)
        if isinstance(value, CannotTell):
            return value
        values.append(value)
    return tuple(values)


def _before(path: str, facts: Facts) -> Value | Missing:
    """The same field before the event; a record that is new to us had nothing in any field."""
    root, _, rest = path.partition(".")
    if root != BEFORE and BEFORE not in facts:
        return None
    found = look(facts, f"{BEFORE}.{rest}")
    return found if isinstance(found, Missing) else found.value


_MORE: Callable[[Any, Any], bool] = operator.gt
_AT_LEAST: Callable[[Any, Any], bool] = operator.ge
_LESS: Callable[[Any, Any], bool] = operator.lt
_AT_MOST: Callable[[Any, Any], bool] = operator.le

_Earlier = Callable[[], Value | Missing]
_Question = Callable[[Value, Value, _Earlier], Answer]


def _inverted(answer: Answer) -> Answer:
    return answer if isinstance(answer, Text) else not answer


def _among(value: Value, options: Value) -> Answer:
    return any_of(equal(value, option) for option in (options if isinstance(options, tuple) else ()))


def _changed(value: Value, wanted: Value, earlier: _Earlier) -> Answer:
    before = earlier()
    return before.reason if isinstance(before, Missing) else (before != value) == wanted


_QUESTIONS: Mapping[str, _Question] = {
    "equals": lambda value, other, _: equal(value, other),
    "not_equals": lambda value, other, _: _inverted(equal(value, other)),
    "in": lambda value, options, _: _among(value, options),
    "not_in": lambda value, options, _: _inverted(_among(value, options)),
    "greater_than": lambda value, other, _: ordered(value, other, _MORE),
    "at_least": lambda value, other, _: ordered(value, other, _AT_LEAST),
    "less_than": lambda value, other, _: ordered(value, other, _LESS),
    "at_most": lambda value, other, _: ordered(value, other, _AT_MOST),
    "contains": lambda value, other, _: contains(value, other),
    "starts_with": lambda value, other, _: starts_with(value, other),
    "is_set": lambda value, wanted, _: (not blank(value)) == wanted,
    "is_blank": lambda value, wanted, _: blank(value) == wanted,
    "changed": _changed,
}


def _typed(operand: Operand) -> tuple[object, ...]:
    if isinstance(operand, tuple):
        return tuple(_typed(item) for item in operand)
    return (type(operand).__name__, operand)


def _operand_text(operand: Operand) -> str:
    if isinstance(operand, tuple):
        return "[" + ", ".join(_operand_text(item) for item in operand) + "]"
    return str(operand) if isinstance(operand, Quote) else shown(operand)
