"""docs/rules.md is true: its rules load, its tables pass, its fragments mean something, its messages are told so."""

import re
from pathlib import Path

import pytest

from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.schema import OPERATORS, AutomationModel
from tsunagi.rules.vocabulary import Vocabulary

DOC = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)
RULES = [block for block in BLOCKS if "trigger:" in block]
TABLES = [block for block in BLOCKS if "cases:" in block]
FRAGMENTS = [block for block in BLOCKS if block not in RULES and block not in TABLES]
HEAD = "version: 1\nautomation: fragment\ntitle: Fragment\ntrigger: {event: deal.updated}\n"
ACTIONS = "actions: [{action: books.invoice.create}]\n"


def errors(text: str, vocabulary: Vocabulary) -> list[str]:
    return [error.message.en for error in RuleBook.load({"doc.yaml": text}, vocabulary).problems]


def test_there_are_examples_of_each_kind() -> None:
    assert RULES
    assert TABLES
    assert len(FRAGMENTS) >= 3


def test_the_rules_load_and_the_tables_pass(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({f"{number}.yaml": rule for number, rule in enumerate(RULES)}, vocabulary)
    assert [error.message.en for error in book.problems] == []
    report = run_tables({f"{number}_test.yaml": table for number, table in enumerate(TABLES)}, book)
    assert report.passed, "\n".join(report.lines())


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_the_fragments_fit_into_a_rule(fragment: str, vocabulary: Vocabulary) -> None:
    rest = ACTIONS if fragment.startswith("conditions:") else ""
    assert errors(HEAD + fragment + rest, vocabulary) == []


def test_every_key_and_operator_is_described() -> None:
    names = (*OPERATORS, *(field.alias or name for name, field in AutomationModel.model_fields.items()))
    assert [name for name in names if f"`{name}`" not in DOC] == []


def test_the_messages_are_the_ones_told(vocabulary: Vocabulary) -> None:
    shown = re.findall(r"^```text\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)[0].splitlines()
    text = "version: 1\nautomation: invoice\ntitle: A\ntrigger: {event: deal.won}\n"
    text += "conditions:\n  - {field: deal.amount, %s: 0}\nactions:\n  - action: books.invoice.make\n"
    told = errors(text % "greater_then", vocabulary) + errors(text % "greater_than", vocabulary)
    assert [line.replace("doc.yaml", "invoice.yaml") for line in told] == shown
