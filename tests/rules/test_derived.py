"""Facts that are no field of one record, and money compared by a rate that the rule names."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Event, Money, RecordRef
from tsunagi.plugin_loading import load_plugins
from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.compiling import compiled
from tsunagi.rules.conditions import CannotTell, Holds, Predicate, observe
from tsunagi.rules.derived import PRODUCTS, RATES, products_of
from tsunagi.rules.facts import with_event, without_event
from tsunagi.rules.rates import Rates, crm_rate
from tsunagi.rules.vocabulary import Vocabulary

RULE = """version: 1
automation: careful
title: Careful
trigger: {{event: deal.won}}
conditions:
{conditions}
actions:
  - action: books.invoice.create
"""
TABLE = """version: 1
automation: careful
cases:
"""


@pytest.fixture(scope="module")
def installed() -> Vocabulary:
    registry = load_plugins().registry
    return Vocabulary.of(registry.entities.values(), registry.actions.values())


def outcome(vocabulary: Vocabulary, condition: str, facts: str) -> str:
    """What a table finds that a rule with this condition comes to: asked, nothing or cannot_tell."""
    book = RuleBook.load({"careful.yaml": RULE.format(conditions=f"  - {condition}")}, vocabulary)
    assert book.problems == ()
    found = []
    for name, expect in _EXPECTED.items():
        case = f"  - {{case: one, event: deal.won, facts: {facts}, expect: {expect}}}\n"
        report = run_tables({"careful_test.yaml": TABLE + case}, book)
        assert not report.errors, report.errors
        found += [name] if report.passed else []
    (came_to,) = found
    return came_to


_EXPECTED = {"asked": "[{action: books.invoice.create}]", "nothing": "nothing", "cannot_tell": "cannot_tell"}


@pytest.mark.parametrize(
    ("condition", "facts", "wanted"),
    [
        ("{field: receivables.books.overdue, equals: 0}", "{receivables: {books: {overdue: 0 JPY}}}", "asked"),
        ("{field: receivables.books.overdue, equals: 0}", "{receivables: {books: {overdue: 5 JPY}}}", "nothing"),
        ("{field: receivables.books.balance, less_than: 1000000}", "{receivables: {}}", "cannot_tell"),
        (
            "{field: receivables.books.balance.currency, equals: JPY}",
            "{receivables: {books: {balance: 1 JPY}}}",
            "asked",
        ),
        ("{field: documents.books.invoice.count, equals: 0}", "{documents: {books: {invoice: {count: 1}}}}", "nothing"),
        (
            "{field: documents.books.estimate.status.accepted, at_least: 1}",
            "{documents: {books: {estimate: {status: {accepted: 1}}}}}",
            "asked",
        ),
        (
            "{field: documents.books.invoice.total.JPY, less_than: '${deal.amount}'}",
            "{deal: {amount: 10 JPY}, documents: {books: {invoice: {total: {JPY: 9 JPY}}}}}",
            "asked",
        ),
        ("{field: owner.profile, equals: Standard}", "{owner: {profile: Standard}}", "asked"),
        ("{field: any_product.code, equals: A}", "{products: {items: [{code: B}, {code: A}]}}", "asked"),
        ("{field: any_product.code, equals: A}", "{products: {items: []}}", "nothing"),
        ("{field: any_product.code, equals: A}", "{}", "cannot_tell"),
        (
            "{field: every_product.quantity, at_least: 2}",
            "{products: {items: [{quantity: 2}, {quantity: 1}]}}",
            "nothing",
        ),
        ("{field: every_product.rate, greater_than: 0}", "{products: {items: [{rate: 5 JPY}]}}", "asked"),
        ("{field: products.quantity, equals: 3}", "{products: {items: [{quantity: 2}, {quantity: 1}]}}", "asked"),
        ("{field: products.total, equals: 7}", "{products: {items: [{quantity: 1, rate: 7 JPY}]}}", "asked"),
        (
            "{field: products.total, at_least: 1}",
            "{products: {items: [{quantity: 1, rate: 7 JPY}, {quantity: 1, rate: 7 USD}]}}",
            "cannot_tell",
        ),
        ("{field: deal.amount, at_least: 100000 JPY}", "{deal: {amount: 1000 USD}}", "cannot_tell"),
        ("{field: deal.amount, at_least: 100000 JPY, rate: {USD: 100 JPY}}", "{deal: {amount: 1000 USD}}", "asked"),
        ("{field: deal.amount, at_least: 100000 JPY, rate: {USD: 99.99 JPY}}", "{deal: {amount: 1000 USD}}", "nothing"),
        ("{field: deal.amount, at_least: 100000 JPY, rate: {EUR: 160 JPY}}", "{deal: {amount: 1 USD}}", "cannot_tell"),
        ("{field: deal.amount, at_least: 100000 JPY, rate: crm}", "{deal: {amount: 1000 USD}}", "cannot_tell"),
    ],
)
def test_a_condition_looks_at_what_is_no_field_of_the_deal(
    installed: Vocabulary, condition: str, facts: str, wanted: str
) -> None:
    assert outcome(installed, condition, facts) == wanted


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{field: receivables.book.balance, at_most: 0}", "'receivables' has no 'book.balance'. Did you mean"),
        ("{field: documents.books.invoice.total, at_most: 0}", "is a sum by currency: write documents.books."),
        ("{field: documents.books.invoice.status.payed, equals: 1}", "Did you mean"),
        ("{field: any_product.colour, equals: red}", "'any_product' has no 'colour'."),
        ("{field: owner.profile, greater_than: 1}", "has no order"),
        ("{field: deal.name, equals: A, rate: crm}", "'name' is no money: a rate is for comparing money."),
        ("{field: deal.amount, at_least: 1 JPY, rate: {USD: cheap}}", "'cheap' is not what one USD is worth"),
        ("{field: deal.amount, at_least: 1 JPY, rate: {XQQ: 3 JPY}}", "There is no currency 'XQQ'."),
        ("{field: deal.amount, at_least: 1 JPY, rate: bank}", "rate"),
    ],
)
def test_a_mistake_is_told_with_its_place(installed: Vocabulary, condition: str, message: str) -> None:
    book = RuleBook.load({"careful.yaml": RULE.format(conditions=f"  - {condition}")}, installed)
    assert any(message in str(each) for each in book.problems), book.problems
    assert all(each.line == 6 for each in book.problems)


def test_what_an_event_was_decided_from_is_kept_whole() -> None:
    won = Event("e", "deal.won", RecordRef("crm", "deal", "1"), None, {"amount": Money(Decimal(3), "USD")}, _AT)
    facts = with_event(won, {PRODUCTS: products_of([{"quantity": 2}]), RATES: {"JPY": Money(Decimal("0.01"), "USD")}})
    assert with_event(won, without_event(won, facts)) == facts


def test_the_crms_rate_is_units_of_the_foreign_currency_for_one_of_its_own() -> None:
    dollars = Money(Decimal(1000), "USD")
    facts = {"deal": {"amount": dollars}, RATES: crm_rate("JPY", dollars, Decimal("0.0066"))}
    at_least = Predicate("deal.amount", "at_least", "151515 JPY", Rates())
    assert observe(at_least, facts).verdict == Holds()
    assert observe(Predicate("deal.amount", "at_least", "151516 JPY", Rates()), facts).verdict != Holds()
    # It says nothing of a third currency, and nothing where the record has the organisation's own.
    other = observe(Predicate("deal.amount", "at_least", "1 EUR", Rates()), facts).verdict
    assert isinstance(other, CannotTell)
    assert crm_rate("USD", dollars, Decimal(1)) == {}


_AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
amounts = st.decimals(min_value=0, max_value=10**18, places=2)
rates = st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=9).filter(lambda rate: rate > 0)


@given(amounts, amounts, rates)
def test_a_comparison_by_a_rate_is_exact_and_the_same_both_ways(yen: Decimal, dollars: Decimal, rate: Decimal) -> None:
    """Compared as fractions, to the last digit; the compiled condition answers as the plain one."""
    named = Rates((("USD", Money(rate, "JPY")),))
    right = Fraction(dollars) * Fraction(rate) >= Fraction(yen)
    facts = {"deal": {"amount": Money(dollars, "USD")}}
    question = Predicate("deal.amount", "at_least", f"{yen} JPY", named)
    assert isinstance(observe(question, facts).verdict, Holds) is right
    assert compiled(question)(facts) is right
    turned = Predicate("deal.amount", "at_most", f"{dollars} USD", named)
    assert compiled(turned)({"deal": {"amount": Money(yen, "JPY")}}) is right
