"""What is wrong with rules that each load, each finding with a record it happens to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import EntityType, FieldSpec, Text
from tsunagi.plugin_loading import load_plugins
from tsunagi.rules.analysis import Finding, analyse, analyse_rule
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import All, Comparison, Holds, Predicate, evaluate
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.rules.witnesses import witness
from tsunagi.yaml_marks import Place

HERE = Place("rule.yaml", 1)
SIZE = FieldSpec("size", "decimal", Text.same("size"))
NUMBERS = EntityType("crm", "thing", Text.same("thing"), Text.same("things"), (SIZE,))
NUMBERS_OF = Vocabulary.of([NUMBERS])


def rule(
    name: str, conditions: str = "", action: str = "books.invoice.create", event: str = "deal.won", more: str = ""
) -> str:
    given = f"conditions: [{conditions}]\n" if conditions else ""
    return (
        f"version: 1\nautomation: {name}\ntitle: {name}\ntrigger: {{event: {event}}}\n{given}"
        f"actions: [{{action: {action}}}]\n{more}"
    )


def findings(vocabulary: Vocabulary, *rules: str) -> list[Finding]:
    book = RuleBook.load({f"{number}.yaml": text for number, text in enumerate(rules)}, vocabulary)
    assert book.problems == ()
    found = [each for each in analyse(book) if each.serious]
    # Asked of one rule, as its editor does, the same is found.
    for id in book.automations:
        own = {(each.kind, frozenset(each.rules)) for each in analyse_rule(book, id)}
        assert own == {(each.kind, frozenset(each.rules)) for each in found if id in each.rules}
    return found


@pytest.mark.parametrize(
    "conditions",
    [
        "{field: deal.amount, at_least: 100, less_than: 100}",
        "{field: deal.outcome, equals: lost}",
        "{field: deal.stage, equals: A}, {field: deal.stage, not_in: [A, B]}",
        "{field: deal.account, is_set: true}, {field: deal.account, equals: null}",
        "{field: account.country, in: [JP, US]}, {not: {field: account.country, not_equals: DE}}",
        "{field: deal.amount, at_least: 5 JPY}, {field: deal.amount.currency, equals: USD}",
        "{field: deal.closing_date, less_than: 2026-01-01}, {field: deal.closing_date, at_least: 2026-01-01}",
        "{field: deal.name, contains: X}, {field: deal.name, is_blank: true}",
    ],
)
def test_what_can_never_hold_is_found(vocabulary: Vocabulary, conditions: str) -> None:
    (found,) = findings(vocabulary, rule("a", conditions))
    assert (found.kind, found.rules, found.serious) == ("never_holds", ("a",), True)


@pytest.mark.parametrize(
    "conditions",
    [
        "",
        "{field: deal.amount, greater_than: 0, less_than: 1}",
        "{field: deal.amount, at_least: 5 EUR}, {field: deal.amount.currency, equals: EUR}",
        "{field: deal.name, starts_with: X, contains: Y}",
        "{field: deal.amount, greater_than: '${before.amount}'}, {field: deal.stage, changed: true}",
        "{any: [{field: deal.outcome, equals: lost}, {field: account.country, equals: JP}]}",
        "{field: deal.closing_date, greater_than: 2026-01-01, less_than: 2026-01-03}",
    ],
)
def test_what_can_hold_is_left_alone(vocabulary: Vocabulary, conditions: str) -> None:
    assert findings(vocabulary, rule("a", conditions)) == []


def test_overlaps_come_with_an_example_and_a_group_ends_them(vocabulary: Vocabulary) -> None:
    large, far = "{field: deal.amount, at_least: 100}", "{field: account.country, equals: US}"
    (found,) = findings(vocabulary, rule("large", large), rule("far", far))
    assert (found.kind, found.rules) == ("overlap", ("large", "far"))
    assert found.example is not None
    assert "account: country US" in found.example.en
    assert findings(vocabulary, rule("large", large, more="group: g\n"), rule("far", far, more="group: g\n")) == []
    small = "{field: deal.amount, less_than: 100}"
    assert findings(vocabulary, rule("large", large), rule("small", small)) == []


def test_contradictions_and_loops_are_found() -> None:
    registry = load_plugins().registry
    known = Vocabulary.of(registry.entities.values(), registry.actions.values())
    make, void = rule("make"), rule("void", action="books.invoice.void")
    (found,) = findings(known, make, void)
    assert (found.kind, found.rules) == ("contradiction", ("make", "void"))
    assert found.example is not None
    assert "outcome won" in found.example.en
    again = rule("again", event="invoice.updated", action="books.invoice.update", more="repeat: every_time\n")
    assert [each.kind for each in findings(known, again)] == ["loop"]
    once = rule("once", event="invoice.updated", action="books.invoice.update")
    assert findings(known, once) == []


def test_moments_without_a_rule_are_told(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"a.yaml": rule("a")}, vocabulary)
    (found,) = analyse(book)
    assert (found.kind, found.serious) == ("not_covered", False)
    assert "deal.lost" in found.message.en
    assert analyse(RuleBook.load({}, vocabulary)) == ()


values = st.integers(-3, 3)
literals = st.tuples(
    st.sampled_from(["equals", "not_equals", "at_least", "less_than", "greater_than", "at_most"]), values
)


@given(st.lists(literals, min_size=1, max_size=4))
def test_an_example_fulfils_the_condition_and_none_is_missed(asked: list[tuple[str, int]]) -> None:
    parts = tuple(Comparison(Predicate("thing.size", name, value), HERE) for name, value in asked)
    condition = All(parts, HERE)
    found = witness(condition, NUMBERS, NUMBERS_OF, {})
    if found.facts is not None:
        assert isinstance(evaluate(condition, found.facts), Holds)
    else:
        tried = [number / 2 for number in range(-10, 11)]
        facts = [{"thing": {"size": value}} for value in [None, *(Decimal(str(each)) for each in tried)]]
        assert not any(isinstance(evaluate(condition, each), Holds) for each in facts)
