"""Which outcomes of comparisons the cases of a table have seen."""

from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.vocabulary import Vocabulary

RULE = """version: 1
automation: big_deals
title: Big deals
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, at_least: 100}
  - not: {field: deal.name, contains: TEST}
actions: [{action: books.invoice.create}]
"""
TABLE = """version: 1
automation: big_deals
cases:
  - {case: small, event: deal.won, facts: {deal: {amount: 5 JPY, name: A}}, expect: nothing}
"""
BIG = "  - {case: big, event: deal.won, facts: {deal: {amount: 500 JPY, name: A TEST}}, expect: nothing}\n"


def test_what_no_case_has_seen_is_named(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"a.yaml": RULE}, vocabulary)
    report = run_tables({"a_test.yaml": TABLE}, book)
    assert report.passed
    assert [line for line in report.lines() if line.startswith("-")] == [
        "- big_deals: deal.amount at_least 100: no case in which it holds  a.yaml:6",
        "- big_deals: deal.name contains 'TEST': no case in which it holds  a.yaml:7",
    ]
    assert "- big_deals: deal.amount at_least 100: 成り立つケースがありません  a.yaml:6" in list(report.lines("ja"))


def test_a_table_that_tries_both_sees_all(vocabulary: Vocabulary) -> None:
    report = run_tables({"a_test.yaml": TABLE + BIG}, RuleBook.load({"a.yaml": RULE}, vocabulary))
    assert all(each.held and each.failed for each in report.covered)
    assert [line for line in report.lines() if line.startswith("-")] == []
