"""The rules the hub comes with: each loads, each has cases, and every case passes, with every matcher."""

import pytest
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.matchers import choose
from tsunagi.rules.matchers.durable import unavailable
from tsunagi.rules.vocabulary import Vocabulary


@pytest.mark.parametrize("matcher", ["native", "durable", "both"])
def test_every_starter_rule_does_what_its_table_says(matcher: str, vocabulary: Vocabulary) -> None:
    if matcher != "native" and unavailable() is not None:
        pytest.skip(f"{matcher} matcher: {unavailable()}")
    found = read_rule_files(starter_rules())
    book = RuleBook.load(found.rules, vocabulary, matcher=choose(matcher), unreadable=found.unreadable)
    assert [error.message.en for error in book.problems] == []
    assert "deal_won_invoice" in book.automations
    report = run_tables(found.tables, book)
    assert report.passed, "\n".join(report.lines())
    assert report.untested == ()
