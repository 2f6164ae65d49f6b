"""Every operator on every type, and the three outcomes of groups."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tsunagi import Money, RecordRef
from tsunagi.domain.records import Value
from tsunagi.rules.conditions import (
    All,
    AnyOf,
    CannotTell,
    Comparison,
    Condition,
    DoesNot,
    Holds,
    Not,
    Operand,
    Predicate,
    evaluate,
    observe,
)
from tsunagi.rules.templates import Quote
from tsunagi.yaml_marks import Place

YEN = Money(Decimal(120000), "JPY")
DAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
REF = RecordRef("crm", "account", "1")
VALUES: dict[str, Value] = {
    "nothing": None,
    "text": "受注 A",
    "number": 5,
    "decimal": Decimal("5.0"),
    "flag": True,
    "money": YEN,
    "date": DAY,
    "time": NINE,
    "record": REF,
    "list": ("a", "b"),
    "object": {"city": "東京"},
}


def outcome(operator: str, value: Value, operand: Operand) -> str:
    verdict = observe(Predicate("deal.x", operator, operand), {"deal": {"x": value}}).verdict
    return {Holds: "yes", DoesNot: "no", CannotTell: "?"}[type(verdict)]


# For each operand: what comes of it on each kind of value, in the order of VALUES.
EQUALS: list[tuple[Operand, str]] = [
    # nothing text number decimal flag money date time record list object
    (None, "yes no no no no no no no no no no"),
    ("受注 A", "no yes ? ? ? ? ? ? ? ? ?"),
    (5, "no ? yes yes ? no ? ? ? ? ?"),
    (Decimal(5), "no ? yes yes ? no ? ? ? ? ?"),
    (True, "no ? ? ? yes ? ? ? ? ? ?"),
    (120000, "no ? no no ? yes ? ? ? ? ?"),
    ("120000 JPY", "no no ? ? ? yes ? ? ? ? ?"),
    ("120000.00 JPY", "no no ? ? ? yes ? ? ? ? ?"),
    ("120000 USD", "no no ? ? ? ? ? ? ? ? ?"),
    ("2026-11-24", "no no ? ? ? ? yes ? ? ? ?"),
    ("2026-11-24T18:00:00+09:00", "no no ? ? ? ? ? yes ? ? ?"),
    ("2026-11-24T09:00:00", "no no ? ? ? ? ? ? ? ? ?"),
    ("crm:account:1", "no no ? ? ? ? ? ? yes ? ?"),
]
ORDER: list[tuple[str, Operand, str]] = [
    ("greater_than", 4, "no ? yes yes ? yes ? ? ? ? ?"),
    ("greater_than", 5, "no ? no no ? yes ? ? ? ? ?"),
    ("at_least", 5, "no ? yes yes ? yes ? ? ? ? ?"),
    ("less_than", 5, "no ? no no ? no ? ? ? ? ?"),
    ("at_most", Decimal("5.0"), "no ? yes yes ? no ? ? ? ? ?"),
    ("at_least", "120000 JPY", "no ? ? ? ? yes ? ? ? ? ?"),
    ("at_least", "1 USD", "no ? ? ? ? ? ? ? ? ? ?"),
    ("at_least", "2026-11-24", "no ? ? ? ? ? yes ? ? ? ?"),
    ("less_than", "2026-11-24", "no ? ? ? ? ? no ? ? ? ?"),
    ("at_most", "2026-11-24T18:00:00+09:00", "no ? ? ? ? ? ? yes ? ? ?"),
    ("greater_than", "A", "no ? ? ? ? ? ? ? ? ? ?"),
    ("greater_than", True, "no ? ? ? ? ? ? ? ? ? ?"),
    ("greater_than", "crm:account:0", "no ? ? ? ? ? ? ? ? ? ?"),
]
OTHERS: list[tuple[str, Operand, str]] = [
    ("contains", "受注", "no yes ? ? ? ? ? ? ? no ?"),
    ("contains", "a", "no no ? ? ? ? ? ? ? yes ?"),
    ("contains", 5, "no ? ? ? ? ? ? ? ? ? ?"),
    ("starts_with", "受", "no yes ? ? ? ? ? ? ? ? ?"),
    ("is_set", True, "no yes yes yes yes yes yes yes yes yes yes"),
    ("is_set", False, "yes no no no no no no no no no no"),
    ("is_blank", True, "yes no no no no no no no no no no"),
    ("in", (None, "x"), "yes no ? ? ? ? ? ? ? ? ?"),
    ("in", (5, "受注 A"), "no yes yes yes ? ? ? ? ? ? ?"),
    ("in", (4, 5), "no ? yes yes ? no ? ? ? ? ?"),
]


@pytest.mark.parametrize(("operand", "expected"), EQUALS)
def test_equals_and_its_opposite(operand: Operand, expected: str) -> None:
    assert " ".join(outcome("equals", value, operand) for value in VALUES.values()) == expected
    opposite = {"yes": "no", "no": "yes", "?": "?"}
    assert " ".join(opposite[outcome("not_equals", value, operand)] for value in VALUES.values()) == expected
    assert " ".join(outcome("in", value, (operand,)) for value in VALUES.values()) == expected
    assert " ".join(opposite[outcome("not_in", value, (operand,))] for value in VALUES.values()) == expected


@pytest.mark.parametrize(("operator", "operand", "expected"), ORDER + OTHERS)
def test_operators_on_types(operator: str, operand: Operand, expected: str) -> None:
    assert " ".join(outcome(operator, value, operand) for value in VALUES.values()) == expected


@pytest.mark.parametrize("value", ["", "  ", "　", (), {}])
def test_what_is_empty_is_blank(value: Value) -> None:
    assert outcome("is_blank", value, True) == "yes"
    assert outcome("is_set", value, True) == "no"


@pytest.mark.parametrize("value", [0, Decimal(0), False])
def test_zero_and_no_are_filled_in(value: Value) -> None:
    assert outcome("is_set", value, True) == "yes"


def test_what_looks_the_same_is_the_same() -> None:
    assert outcome("equals", "が", "か\u3099") == "yes"
    assert outcome("contains", "株式会社か\u3099", "が") == "yes"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), datetime(2026, 1, 1)])  # noqa: DTZ001 - the point
def test_values_without_a_meaning_cannot_be_told(value: Value) -> None:
    assert outcome("equals", value, 5 if isinstance(value, Decimal) else "2026-01-01T00:00:00Z") == "?"
    assert outcome("greater_than", value, 5 if isinstance(value, Decimal) else "2026-01-01T00:00:00Z") == "?"


def test_a_missing_field_is_named_with_what_there_is() -> None:
    seen = observe(Predicate("deal.amout", "greater_than", 0), {"deal": {"name": "A", "stage": "B"}})
    assert isinstance(seen.verdict, CannotTell)
    assert seen.verdict.path == "deal.amout"
    assert seen.verdict.reason.en == "'deal' has no 'amout' (have: name, stage)"
    assert "amout" in seen.verdict.reason.ja
    assert not seen.found


def test_a_missing_record_is_named_with_what_there_is() -> None:
    seen = observe(Predicate("account.name", "is_set", True), {"deal": {"name": "A"}})
    assert isinstance(seen.verdict, CannotTell)
    assert seen.verdict.reason.en == "there is no 'account' here (have: deal)"


def test_money_opens_into_amount_and_currency() -> None:
    facts = {"deal": {"x": YEN}}
    assert observe(Predicate("deal.x.currency", "equals", "JPY"), facts).verdict == Holds()
    assert observe(Predicate("deal.x.amount", "equals", 120000), facts).verdict == Holds()
    assert isinstance(observe(Predicate("deal.x.tax", "is_set", True), facts).verdict, CannotTell)


def test_different_currencies_say_so() -> None:
    verdict = observe(Predicate("deal.x", "at_least", "1 USD"), {"deal": {"x": YEN}}).verdict
    assert isinstance(verdict, CannotTell)
    assert verdict.reason.en == "120000 JPY and 1 USD are different currencies"


def test_changed_compares_with_before() -> None:
    changed = Predicate("deal.stage", "changed", True)
    assert observe(changed, {"deal": {"stage": "B"}, "before": {"stage": "A"}}).verdict == Holds()
    assert observe(changed, {"deal": {"stage": "A"}, "before": {"stage": "A"}}).verdict == DoesNot()
    assert observe(changed, {"deal": {"stage": "B"}}).verdict == Holds()  # new to us: it had nothing before
    assert observe(changed, {"deal": {"stage": None}}).verdict == DoesNot()
    assert isinstance(observe(changed, {"deal": {"stage": "B"}, "before": {}}).verdict, CannotTell)
    unchanged = Predicate("deal.stage", "changed", False)
    assert observe(unchanged, {"deal": {"stage": "A"}, "before": {"stage": "A"}}).verdict == Holds()


def test_an_operand_may_quote_another_fact() -> None:
    grew = Predicate("deal.amount", "greater_than", Quote("before.amount"))
    facts = {"deal": {"amount": YEN}, "before": {"amount": Money(Decimal(1), "JPY")}}
    assert observe(grew, facts).verdict == Holds()
    missing = observe(grew, {"deal": {"amount": YEN}}).verdict
    assert isinstance(missing, CannotTell)
    assert missing.path == "before.amount"


def test_a_predicate_reads_as_the_rule_writes_it() -> None:
    assert str(Predicate("deal.stage", "in", ("受注", 5, None))) == "deal.stage in ['受注', 5, null]"
    assert (
        str(Predicate("deal.amount", "less_than", Quote("before.amount"))) == "deal.amount less_than ${before.amount}"
    )
    assert str(Predicate("deal.renewal", "equals", True)) == "deal.renewal equals true"


def test_predicates_differ_by_the_type_of_their_operand() -> None:
    assert Predicate("a.b", "equals", 1) != Predicate("a.b", "equals", True)
    assert Predicate("a.b", "in", (1, "x")) != Predicate("a.b", "in", (True, "x"))
    assert Predicate("a.b", "equals", Quote("c.d")) != Predicate("a.b", "equals", "c.d")
    assert Predicate("a.b", "equals", 1) == Predicate("a.b", "equals", 1)


HERE = Place("a.yaml", 1)
YES = Comparison(Predicate("deal.yes", "equals", True), HERE)
NO = Comparison(Predicate("deal.no", "equals", True), HERE)
OPEN = Comparison(Predicate("deal.open", "equals", True), HERE)
FACTS = {"deal": {"yes": True, "no": False}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (All((), HERE), Holds),
        (All((YES, YES), HERE), Holds),
        (All((YES, NO), HERE), DoesNot),
        (All((YES, OPEN), HERE), CannotTell),
        (All((OPEN, NO), HERE), DoesNot),
        (AnyOf((NO, YES), HERE), Holds),
        (AnyOf((OPEN, YES), HERE), Holds),
        (AnyOf((OPEN, NO), HERE), CannotTell),
        (AnyOf((NO, NO), HERE), DoesNot),
        (Not(YES, HERE), DoesNot),
        (Not(NO, HERE), Holds),
        (Not(OPEN, HERE), CannotTell),
        (Not(All((OPEN, NO), HERE), HERE), Holds),
    ],
)
def test_groups_have_three_outcomes(condition: Condition, expected: type) -> None:
    assert isinstance(evaluate(condition, FACTS), expected)


@pytest.mark.parametrize(
    ("value", "other", "wanted"),
    [
        (DAY, DAY, "yes"),
        (DAY, date(2026, 11, 25), "no"),
        (NINE, NINE, "yes"),
        (DAY, NINE, "?"),
        (NINE, DAY, "?"),
        (NINE, NINE.replace(tzinfo=None), "?"),
    ],
)
def test_a_fact_is_compared_with_another_of_its_kind(value: Value, other: Value, wanted: str) -> None:
    predicate = Predicate("deal.x", "equals", Quote("deal.y"))
    verdict = observe(predicate, {"deal": {"x": value, "y": other}}).verdict
    assert {Holds: "yes", DoesNot: "no", CannotTell: "?"}[type(verdict)] == wanted


def test_a_list_with_a_fact_that_is_not_there_cannot_be_told() -> None:
    predicate = Predicate("deal.x", "in", (Quote("deal.nowhere"), "a"))
    verdict = observe(predicate, {"deal": {"x": "a"}}).verdict
    assert isinstance(verdict, CannotTell)
    assert verdict.path == "deal.nowhere"
