"""The rules the hub comes with: each loads, each has cases, and every case passes, with every matcher."""

import pytest

from tsunagi.plugin_loading import load_plugins
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.authoring import new_rule
from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.durable import unavailable
from tsunagi.rules.matchers import choose
from tsunagi.rules.vocabulary import Vocabulary


@pytest.mark.parametrize("matcher", ["native", "durable", "both"])
def test_every_starter_rule_does_what_its_table_says(matcher: str) -> None:
    if matcher != "native" and unavailable() is not None:
        pytest.skip(f"{matcher} matcher: {unavailable()}")
    found = read_rule_files(starter_rules())
    registry = load_plugins().registry
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    book = RuleBook.load(found.rules, vocabulary, matcher=choose(matcher), unreadable=found.unreadable)
    assert [error.message.en for error in book.problems] == []
    assert [id for id, rule in book.automations.items() if rule.enabled] == ["deal_won_invoice"]
    report = run_tables(found.tables, book)
    assert report.passed, "\n".join(report.lines())
    assert report.untested == ()


def test_a_new_rule_with_any_action_loads_and_its_table_passes() -> None:
    registry = load_plugins().registry
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    for action in registry.actions:
        rule, table = new_rule(vocabulary, "begun", "deal.won", action)
        book = RuleBook.load({"begun.yaml": rule}, vocabulary)
        assert [str(each.reason) for each in book.problems] == [], action
        assert run_tables({"begun_test.yaml": table}, book).passed, action
