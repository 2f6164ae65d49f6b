"""Tables of cases: what passes, what fails and how it reads, and that an empty one proves nothing."""

import pytest

from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import CaseReport, run_tables
from tsunagi.rules.vocabulary import Vocabulary

RULE = """\
version: 1
automation: big_deals
title: {en: Big deals, ja: 大型商談}
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, at_least: 100000}
  - {field: account.country, equals: 日本}
actions:
  - {action: books.invoice.create, parameters: {lines: amount, date: "${deal.closing_date}"}}
"""
FACTS = "deal: {amount: 120000 JPY, closing_date: 2026-11-30}, account: {country: 日本}"


@pytest.fixture
def book(vocabulary: Vocabulary) -> RuleBook:
    return RuleBook.load({"big_deals.yaml": RULE}, vocabulary)


def run(book: RuleBook, cases: str, head: str = "automation: big_deals\n") -> CaseReport:
    return run_tables({"big_deals_test.yaml": f"version: 1\n{head}cases:\n{cases}"}, book)


def case(expect: str, facts: str = FACTS, event: str = "deal.won") -> str:
    return f"  - {{case: a case, event: {event}, facts: {{{facts}}}, expect: {expect}}}\n"


@pytest.mark.parametrize(
    "cases",
    [
        case("[{action: books.invoice.create}]"),
        case("[{action: books.invoice.create, parameters: {lines: amount, date: 2026-11-30, notes: null}}]"),
        case("[{rule: big_deals, action: books.invoice.create}]"),
        case("nothing", "deal: {amount: 99999.99 JPY}, account: {country: 日本}"),
        case("nothing", event="deal.lost"),
        case("cannot_tell", "deal: {amount: 120000 JPY}"),
    ],
)
def test_what_is_right_passes(book: RuleBook, cases: str) -> None:
    report = run(book, cases)
    assert [line for line in report.lines() if line[0] != "-"] == ["✓ a case  big_deals_test.yaml:4"]
    assert report.passed


@pytest.mark.parametrize(
    ("cases", "difference"),
    [
        (case("nothing"), "big_deals requested books.invoice.create, which was not expected (big_deals.yaml:9)."),
        (case("cannot_tell"), "Every rule could be decided."),
        (
            case("nothing", "deal: {amount: 120000 JPY}"),
            "big_deals could not be decided; where that is right, expect cannot_tell.",
        ),
        (
            case("[{action: mail.reminder.send}]"),
            "Expected the action mail.reminder.send, which was not requested.",
        ),
        (
            case("[{action: books.invoice.create, parameters: {lines: auto}}]"),
            "Expected lines 'auto' for books.invoice.create, got 'amount'.",
        ),
        (
            case("[{action: books.invoice.create, parameters: {line: auto}}]"),
            "books.invoice.create has no parameter 'line'. Did you mean 'lines'?",
        ),
        (
            case("[{action: books.invoice.create}]", event="deal.lost"),
            "Expected the action books.invoice.create, which was not requested.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_the_rule_saw(book: RuleBook, cases: str, difference: str) -> None:
    report = run(book, cases)
    assert not report.passed
    lines = list(report.lines())
    assert lines[0] == "✗ a case  big_deals_test.yaml:4"
    assert f"  {difference}" in lines
    assert list(report.lines("ja"))[1] != lines[1]


def test_a_failed_case_shows_the_trace(book: RuleBook) -> None:
    report = run(book, case("[{action: books.invoice.create}]", "deal: {amount: 5 JPY}, account: {country: 日本}"))
    assert "    ✗ deal.amount at_least 100000 (saw 5 JPY)  big_deals.yaml:6" in list(report.lines())


@pytest.mark.parametrize("texts", [{}, {"a_test.yaml": "version: 1\nautomation: big_deals\ncases: []\n"}])
def test_nothing_to_run_is_a_failure(book: RuleBook, texts: dict[str, str]) -> None:
    report = run_tables(texts, book)
    assert not report.passed
    assert any(line.startswith("✗") for line in report.lines())
    assert any(line.startswith("✗") for line in report.lines("ja"))


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (case("nothing", event="deal.one"), "There is no event 'deal.one'. Did you mean 'deal.won'?"),
        (
            case("nothing", "deal: {amount: 5}"),
            "Expected an amount with its currency, such as 120000 JPY, got the number 5.",
        ),
        (case("nothing", "deal: {amout: 5 JPY}"), "'deal' has no field 'amout'. Did you mean 'amount'?"),
        (case("nothing", "deal: {closing_date: soon}"), "Expected a date such as 2026-11-24, got the text 'soon'."),
        (case("nothing", "deel: {amount: 5 JPY}"), "Nothing is called 'deel' when something happens to a deal."),
        (case("nothin"), "Got the text 'nothin'. Did you mean 'nothing'?"),
        (case("[]"), "This may not be empty."),
        ("  - {event: deal.won}\n", "'case' is missing."),
    ],
)
def test_mistakes_in_a_table_are_told_with_their_place(book: RuleBook, cases: str, message: str) -> None:
    report = run(book, cases)
    assert not report.passed
    assert not report.results
    assert message in report.errors[0].reason.en
    assert report.errors[0].line == 4
    assert report.errors[0].reason.ja


def test_a_table_for_a_rule_that_is_not_there(book: RuleBook) -> None:
    report = run(book, case("nothing"), head="automation: big_deal\n")
    assert report.errors[0].reason.en == "There is no usable automation 'big_deal'. Did you mean 'big_deals'?"


def test_a_rule_without_cases_is_named(vocabulary: Vocabulary) -> None:
    other = RULE.replace("big_deals", "other").replace("deal.won", "deal.lost")
    book = RuleBook.load({"a.yaml": RULE, "b.yaml": other}, vocabulary)
    report = run(book, case("[{action: books.invoice.create}]"))
    assert report.passed
    assert report.untested == ("other",)


def test_a_table_may_look_at_all_rules(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"a.yaml": RULE, "b.yaml": RULE.replace("big_deals", "other")}, vocabulary)
    both = "[{rule: other, action: books.invoice.create}, {rule: big_deals, action: books.invoice.create}]"
    assert run(book, case(both), head="").passed
    assert not run(book, case("[{action: books.invoice.create}]"), head="").passed
