"""Both matchers give the answer a plainly written third judge gives, whatever the conditions and facts."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tsunagi import Fields, Money, RecordRef
from tsunagi.rules.conditions import (
    All,
    AnyOf,
    CannotTell,
    Comparison,
    Condition,
    Holds,
    Not,
    Predicate,
    comparisons,
    evaluate,
    formula,
    observe,
)
from tsunagi.rules.matchers import DurableMatcher, Matcher, NativeMatcher
from tsunagi.rules.matchers.durable import unavailable
from tsunagi.rules.matchers.formula import Formula, TooManyAlternatives, alternatives
from tsunagi.rules.yaml_marks import Place

MISSING = object()
HERE = Place("a.yaml", 1)

TEXTS = [
    "",
    "受注",
    "受注予定",
    "商談",
    "A",
    "100",
    "100 JPY",
    "2026-11-24",
    "crm:account:1",
    "か\u3099",
    "が",
    "'\"\\{}",
    "🗾",
]
NUMBERS = [0, 1, -1, 100, 10**30, Decimal("0.1"), Decimal("100.00"), Decimal("1e16")]
MONEY = [Money(Decimal(100), "JPY"), Money(Decimal("99.99"), "USD"), Money(Decimal("100.00"), "JPY")]
TIMES = [datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)]
values = st.sampled_from(
    [
        None,
        True,
        False,
        *TEXTS,
        *NUMBERS,
        *MONEY,
        date(2026, 11, 24),
        *TIMES,
        RecordRef("crm", "account", "1"),
        ("A", 100),
    ]
)
constants = st.sampled_from([None, True, False, *TEXTS, *NUMBERS, "99.99 USD", "2026-11-24T09:00:00Z"])
FIELDS = ("amount", "stage", "closing_date", "金額")

ORDERS = {
    "greater_than": lambda a, b: a > b,
    "at_least": lambda a, b: a >= b,
    "less_than": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
}


@st.composite
def predicates(draw: st.DrawFn) -> Predicate:
    operator = draw(
        st.sampled_from(["equals", "not_equals", "in", "not_in", *ORDERS, "contains", "is_set", "is_blank"])
    )
    path = f"deal.{draw(st.sampled_from(FIELDS))}"
    match operator:
        case "in" | "not_in":
            return Predicate(path, operator, tuple(draw(st.lists(constants, min_size=1, max_size=3))))
        case "is_set" | "is_blank":
            return Predicate(path, operator, draw(st.booleans()))
        case "contains":
            return Predicate(path, operator, draw(st.sampled_from(TEXTS[1:])))
        case _:
            return Predicate(path, operator, draw(constants))


leaves = predicates().map(lambda predicate: Comparison(predicate, HERE))
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: All(tuple(parts), HERE)),
        st.lists(inner, max_size=4).map(lambda parts: AnyOf(tuple(parts), HERE)),
        inner.map(lambda part: Not(part, HERE)),
    ),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from(FIELDS), values)


def judged(condition: Condition, fields: Fields) -> bool | None:
    """True, False or None (cannot be told), by the words of the documentation."""
    match condition:
        case Comparison(predicate):
            return judged_leaf(predicate, fields)
        case Not(part):
            inner = judged(part, fields)
            return None if inner is None else not inner
        case All(parts):
            inners = [judged(part, fields) for part in parts]
            return False if False in inners else None if None in inners else True
        case AnyOf(parts):
            inners = [judged(part, fields) for part in parts]
            return True if True in inners else None if None in inners else False


def judged_leaf(predicate: Predicate, fields: Fields) -> bool | None:
    value = fields.get(predicate.path.removeprefix("deal."), MISSING)
    operand = predicate.operand
    if value is MISSING:
        return None
    match predicate.operator:
        case "equals":
            return same(value, operand)
        case "not_equals":
            return opposite(same(value, operand))
        case "in" | "not_in":
            answers = [same(value, item) for item in operand]
            among = True if True in answers else None if None in answers else False
            return among if predicate.operator == "in" else opposite(among)
        case "is_set" | "is_blank":
            is_blank = value is None or value == ""
            return is_blank == (operand if predicate.operator == "is_blank" else not operand)
        case "contains":
            return inside(value, operand)
        case _:
            return in_order(predicate.operator, value, operand)


def opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def inside(value, operand):
    if value is None:
        return False
    if isinstance(value, str):
        return normalize("NFC", operand) in normalize("NFC", value)
    if isinstance(value, tuple):
        answers = [same(item, operand) for item in value]
        return True if True in answers else None if None in answers else False
    return None


def same(value, operand):
    if value is None or operand is None:
        return value is None and operand is None
    pair = as_like(value, operand)
    return None if pair is None else pair[0] == pair[1]


def in_order(operator, value, operand):
    if value is None or operand is None:
        return False
    pair = as_like(value, operand)
    if pair is None or isinstance(pair[0], bool | str | RecordRef):
        return None
    return ORDERS[operator](*pair)


def as_like(value, operand):
    """Value and constant as things of one type, None where they are not."""
    kind = type(value)
    if kind is bool or type(operand) is bool:
        return (value, operand) if kind is bool and type(operand) is bool else None
    if kind in (int, Decimal):
        return (value, operand) if isinstance(operand, int | Decimal) else None
    if kind is Money and isinstance(operand, int | Decimal):
        return value.amount, operand
    if not isinstance(operand, str):
        return None
    if kind is str:
        return normalize("NFC", value), normalize("NFC", operand)
    if kind is Money:
        found = re.fullmatch(r"(\S+) ([A-Z]{3})", operand)
        return (value.amount, Decimal(found[1])) if found and found[2] == value.currency else None
    if kind is date:
        return (value, date.fromisoformat(operand)) if re.fullmatch(r"\d{4}-\d\d-\d\d", operand) else None
    if kind is datetime:
        return (value, datetime.fromisoformat(operand)) if operand.endswith("Z") else None
    if kind is RecordRef:
        return (value, RecordRef(*operand.split(":"))) if operand.count(":") == 2 and "T" not in operand else None
    return None


def compiled(rules: Mapping[str, Condition]):
    order = list(dict.fromkeys(each.predicate for rule in rules.values() for each in comparisons(rule)))
    numbers = {predicate: number for number, predicate in enumerate(order)}
    return order, {name: formula(rule, numbers) for name, rule in rules.items()}


def within_limits(formulas: Mapping[str, Formula]) -> bool:
    try:
        return all(alternatives(each) is not None for each in formulas.values())
    except TooManyAlternatives:
        return False


ENGINE = pytest.mark.skipif(unavailable() is not None, reason=f"durable is not compared here: {unavailable()}")


@pytest.mark.parametrize("matcher", [NativeMatcher, pytest.param(DurableMatcher, marks=ENGINE)])
@settings(max_examples=200, deadline=None)
@given(rules=st.lists(conditions, min_size=1, max_size=8), situations=st.lists(facts, min_size=1, max_size=5))
def test_matchers_agree_with_a_plain_judge(
    matcher: Callable[[Mapping[str, Formula]], Matcher], rules: list[Condition], situations: list[Fields]
) -> None:
    named = {f"rule{number}": rule for number, rule in enumerate(rules)}
    order, formulas = compiled(named)
    assume(within_limits(formulas))
    matching = matcher(formulas).matching
    for fields in situations:
        verdicts = [observe(predicate, {"deal": fields}).verdict for predicate in order]
        truths = [None if isinstance(verdict, CannotTell) else isinstance(verdict, Holds) for verdict in verdicts]
        assert matching(truths) == {name for name, rule in named.items() if judged(rule, fields) is True}


@settings(max_examples=400, deadline=None)
@given(conditions, facts)
def test_the_three_outcomes_are_those_of_the_plain_judge(condition: Condition, fields: Fields) -> None:
    verdict = evaluate(condition, {"deal": fields})
    assert (None if isinstance(verdict, CannotTell) else isinstance(verdict, Holds)) == judged(condition, fields)
