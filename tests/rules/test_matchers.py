"""Matchers, index, compiled predicates and traces give the answers of a plainly written judge."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tsunagi import Fields, Money, RecordRef, Text
from tsunagi.rules.automations import Automation
from tsunagi.rules.compiling import compiled
from tsunagi.rules.conditions import (
    All,
    AnyOf,
    CannotTell,
    Comparison,
    Condition,
    Holds,
    Not,
    Predicate,
    Verdict,
    comparisons,
    evaluate,
    formula,
    observe,
)
from tsunagi.rules.durable import DurableMatcher, unavailable
from tsunagi.rules.formula import Formula, TooManyAlternatives, alternatives
from tsunagi.rules.matchers import Matcher, NativeMatcher, choose
from tsunagi.rules.templates import Quote
from tsunagi.rules.trace import traced
from tsunagi.rules.watch import Watch
from tsunagi.yaml_marks import Place

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
        st.sampled_from(
            ["equals", "not_equals", "in", "not_in", *ORDERS, "contains", "starts_with", "is_set", "is_blank"]
        )
    )
    path = f"deal.{draw(st.sampled_from(FIELDS))}"
    match operator:
        case "in" | "not_in":
            return Predicate(path, operator, tuple(draw(st.lists(constants, min_size=1, max_size=3))))
        case "is_set" | "is_blank":
            return Predicate(path, operator, draw(st.booleans()))
        case "contains" | "starts_with":
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
        case "starts_with" if isinstance(value, str):
            return normalize("NFC", value).startswith(normalize("NFC", operand))
        case "starts_with":
            return False if value is None else None
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


def numbered(rules: list[Condition]) -> tuple[list[Predicate], list[Formula]]:
    order = list(dict.fromkeys(each.predicate for rule in rules for each in comparisons(rule)))
    numbers = {predicate: number for number, predicate in enumerate(order)}
    return order, [formula(rule, numbers) for rule in rules]


def within_limits(formulas: list[Formula]) -> bool:
    try:
        return all(alternatives(each) is not None for each in formulas)
    except TooManyAlternatives:
        return False


def answer(verdict: Verdict) -> bool | None:
    return None if isinstance(verdict, CannotTell) else isinstance(verdict, Holds)


ENGINE = pytest.mark.skipif(unavailable() is not None, reason=f"durable is not compared here: {unavailable()}")


@pytest.mark.parametrize("matcher", [NativeMatcher, pytest.param(DurableMatcher, marks=ENGINE)])
@settings(max_examples=200, deadline=None)
@given(rules=st.lists(conditions, min_size=1, max_size=8), situations=st.lists(facts, min_size=1, max_size=5))
def test_matchers_agree_with_a_plain_judge(
    matcher: Callable[[list[Formula]], Matcher], rules: list[Condition], situations: list[Fields]
) -> None:
    order, formulas = numbered(rules)
    assume(within_limits(formulas))
    matching = matcher(formulas).matching
    for fields in situations:
        truths = [answer(observe(predicate, {"deal": fields}).verdict) for predicate in order]
        expected = {number for number, rule in enumerate(rules) if judged(rule, fields) is True}
        assert matching(range(len(rules)), truths) == expected


@settings(max_examples=400, deadline=None)
@given(conditions, facts)
def test_the_three_outcomes_are_those_of_the_plain_judge(condition: Condition, fields: Fields) -> None:
    assert answer(evaluate(condition, {"deal": fields})) == judged(condition, fields)
    assert answer(traced(condition, {"deal": fields}).verdict) == judged(condition, fields)


quotes = st.sampled_from([Quote("deal.stage"), Quote("before.amount"), Quote("account.name")])
quoting = st.builds(
    Predicate,
    st.sampled_from(["deal.amount", "deal.amount.currency", "account.name", "deal.stage"]),
    st.sampled_from(["equals", "not_equals", *ORDERS, "contains", "starts_with"]),
    quotes,
)
changed = st.builds(Predicate, st.just("deal.stage"), st.just("changed"), st.booleans())


@settings(max_examples=1500, deadline=None)
@given(st.one_of(predicates(), quoting, changed), facts, st.none() | facts)
def test_a_compiled_predicate_answers_as_the_observed_one(
    predicate: Predicate, now: Fields, then: Fields | None
) -> None:
    known = {"deal": now} if then is None else {"deal": now, "before": then}
    assert compiled(predicate)(known) is answer(observe(predicate, known).verdict)


def rule(number: int, condition: Condition) -> Automation:
    nothing = Text.same("")
    whole = condition if isinstance(condition, All) else All((condition,), HERE)
    return Automation(f"r{number}", nothing, nothing, "deal.won", None, whole, (), True, "once_per_record", None, HERE)


@pytest.mark.parametrize("name", ["native", pytest.param("both", marks=ENGINE)])
@settings(max_examples=300, deadline=None)
@given(
    rules=st.lists(st.lists(conditions, min_size=1, max_size=4), min_size=1, max_size=8),
    situations=st.lists(facts, min_size=1, max_size=5),
)
def test_an_evaluation_passes_over_no_rule_that_holds_or_cannot_be_told(
    name: str, rules: list[list[Condition]], situations: list[Fields]
) -> None:
    every = [rule(number, All(tuple(parts), HERE)) for number, parts in enumerate(rules)]
    assume(within_limits(numbered([each.condition for each in every])[1]))
    watch = Watch(every, choose(name))
    for fields in situations:
        evaluation = watch.evaluate({"deal": fields})
        judgements = [judged(each.condition, fields) for each in every]
        assert list(evaluation.holding) == [each for each, it in zip(every, judgements, strict=True) if it is True]
        assert list(evaluation.undecided) == [each for each, it in zip(every, judgements, strict=True) if it is None]
