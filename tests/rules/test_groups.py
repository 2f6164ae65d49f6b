"""Rules of one group exclude each other, and those that act do so in their order."""

from collections.abc import Callable
from typing import Any

from tsunagi import Event
from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary

RULE = """version: 1
automation: {name}
title: {name}
trigger: {{event: deal.won}}
conditions: [{{field: {field}, at_least: {least}}}]
actions: [{{action: books.invoice.create}}]
{more}
"""


def book(vocabulary: Vocabulary, *rules: tuple[str, int, str], field: str = "deal.amount") -> RuleBook:
    texts = {
        f"{name}.yaml": RULE.format(name=name, least=least, more=more, field=field if name == "b" else "deal.amount")
        for name, least, more in rules
    }
    loaded = RuleBook.load(texts, vocabulary)
    assert loaded.problems == ()
    return loaded


def acting(rules: RuleBook, event: Event, amount: int) -> list[str]:
    facts: Any = {"deal": {"amount": amount}}
    return [call.call.rule for call in rules.decide(event, facts).calls]


def test_actions_follow_each_other_in_order(vocabulary: Vocabulary, won: Callable[..., Event]) -> None:
    rules = book(vocabulary, ("a", 1, "order: 5"), ("b", 1, ""), ("c", 1, "order: -1"))
    assert acting(rules, won(), 10) == ["c", "b", "a"]


def test_of_a_group_the_first_that_holds_acts_alone(vocabulary: Vocabulary, won: Callable[..., Event]) -> None:
    rules = book(vocabulary, ("a", 1, "group: size\norder: 2"), ("b", 100, "group: size\norder: 1"), ("c", 1, ""))
    assert acting(rules, won(), 100) == ["c", "b"]
    assert acting(rules, won(), 10) == ["c", "a"]
    facts: Any = {"deal": {"amount": 100}}
    traces = {trace.rule: trace for trace in rules.traces(won(), facts)}
    assert (traces["a"].outcome, traces["a"].passed_over_by) == ("passed_over", "b")
    assert "another rule of its group goes first (b)" in next(traces["a"].lines())
    assert "優先" in next(traces["a"].lines("ja"))
    assert rules.traces(won(), facts, ("a",)) == (traces["a"],)


def test_none_acts_behind_one_that_cannot_be_told(vocabulary: Vocabulary, won: Callable[..., Event]) -> None:
    rules = book(
        vocabulary, ("a", 1, "group: size\norder: 2"), ("b", 1, "group: size\norder: 1"), field="deal.probability"
    )
    facts: Any = {"deal": {"amount": 10}}
    decided = rules.decide(won(), facts)
    assert (decided.calls, dict(decided.passed_over)) == ((), {"a": "b"})
