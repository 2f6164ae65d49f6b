"""docs/rules.md is true: its rules load, its tables pass, its messages are the ones shown. So is the Japanese page."""

import re
from pathlib import Path

import pytest

from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.schema import OPERATORS, AutomationModel
from tsunagi.rules.vocabulary import Vocabulary

DOCS = Path(__file__).parents[2] / "docs"
DOC, JAPANESE = ((DOCS / name).read_text("utf-8") for name in ("rules.md", "rules.ja.md"))
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


@pytest.mark.parametrize("doc", [DOC, JAPANESE], ids=["en", "ja"])
def test_every_key_and_operator_is_described(doc: str) -> None:
    names = (*OPERATORS, *(field.alias or name for name, field in AutomationModel.model_fields.items()))
    assert [name for name in names if f"`{name}`" not in doc] == []


def test_the_japanese_page_says_the_same() -> None:
    """The same examples but for their comments, under as many headings, in tables of as many rows."""
    assert examples(JAPANESE) == examples(DOC)
    for mark in ("## ", "| "):
        rows = [sum(line.startswith(mark) for line in doc.splitlines()) for doc in (DOC, JAPANESE)]
        assert rows[0] == rows[1], mark


def examples(doc: str) -> list[str]:
    blocks = re.findall(r"^```\w*\n.*?^```$", doc, re.MULTILINE | re.DOTALL)
    return [re.sub(r"[ ]+# .*$", "", block, flags=re.MULTILINE) for block in blocks]


def test_the_messages_are_the_ones_told(vocabulary: Vocabulary) -> None:
    shown = re.findall(r"^```text\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)[0].splitlines()
    text = "version: 1\nautomation: invoice\ntitle: A\ntrigger: {event: deal.won}\n"
    text += "conditions:\n  - {field: deal.amount, %s: 0}\nactions:\n  - action: books.invoice.make\n"
    told = errors(text % "greater_then", vocabulary) + errors(text % "greater_than", vocabulary)
    assert [line.replace("doc.yaml", "invoice.yaml") for line in told] == shown
