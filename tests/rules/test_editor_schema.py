"""The schemas editors check by know the installed plugins: what they accept loads, and what they refuse would not."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tsunagi import Action, Text
from tsunagi.plugin_loading import load_plugins
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.authoring import AUTOMATION, CASES, editor_schemas
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.yaml_marks import parse

RULE: dict[str, Any] = {
    "version": 1,
    "automation": "a",
    "title": "A",
    "trigger": {"event": "deal.won"},
    "conditions": [{"any": [{"field": "account.country", "equals": "JP"}]}],
    "actions": [{"action": "mail.reminder.send", "parameters": {"to": "${account.email}", "urgent": True}}],
}


def problems(vocabulary: Vocabulary, data: object, file: str = AUTOMATION) -> list[str]:
    schema = editor_schemas(vocabulary)[file]
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


def test_a_rule_in_the_words_of_the_plugins_is_fine(vocabulary: Vocabulary) -> None:
    assert problems(vocabulary, RULE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"trigger": {"event": "deal.wno"}},
        {"trigger": {"event": "deal.won", "service": "crn"}},
        {"conditions": [{"field": "deal.amuont", "equals": 1}]},
        {"conditions": [{"not": {"field": "account.nowhere", "equals": 1}}]},
        {"actions": [{"action": "mail.reminder.sent", "parameters": {"to": "a"}}]},
        {"actions": [{"action": "mail.reminder.send", "parameters": {"too": "a"}}]},
        {"actions": [{"action": "mail.reminder.send"}]},
        {"actions": [{"action": "books.invoice.create", "parameters": {"lines": "all"}}]},
    ],
)
def test_what_no_plugin_knows_is_refused(vocabulary: Vocabulary, change: dict[str, Any]) -> None:
    assert problems(vocabulary, RULE | change)


def test_a_fact_may_stand_for_any_parameter(vocabulary: Vocabulary) -> None:
    quoted = {"action": "books.invoice.create", "parameters": {"terms_days": "${deal.probability}"}}
    assert problems(vocabulary, RULE | {"actions": [quoted]}) == []


def test_an_action_of_another_plugin_comes_in_by_itself(vocabulary: Vocabulary) -> None:
    action = Action(
        "acme.gift.send", Text.same("gift"), vocabulary.actions["mail.reminder.send"], "gift:send", lambda *_: ()
    )
    more = Vocabulary.of(vocabulary.entities.values(), [action])
    assert problems(more, RULE | {"actions": [{"action": "acme.gift.send", "parameters": {"to": "a"}}]}) == []


def test_the_starter_files_fit_and_say_so() -> None:
    registry = load_plugins().registry
    known = Vocabulary.of(registry.entities.values(), registry.actions.values())
    found = read_rule_files(starter_rules())
    for texts, schema in ((found.rules, AUTOMATION), (found.tables, CASES)):
        for file, text in texts.items():
            assert text.startswith(f"# yaml-language-server: $schema=../.schemas/{schema}\n"), file
            assert problems(known, _plain(parse(file, text).data), schema) == [], file


def test_every_parameter_says_what_it_is_in_both_languages() -> None:
    registry = load_plugins().registry
    known = Vocabulary.of(registry.entities.values(), registry.actions.values())
    said = {
        (each["if"]["properties"]["action"]["const"], name): inner
        for each in editor_schemas(known)[AUTOMATION]["$defs"]["StepModel"]["allOf"]
        for name, inner in each["then"]["properties"]["parameters"].get("properties", {}).items()
    }
    assert said
    assert [
        place for place, inner in said.items() if not (inner.get("description") and inner.get("description_ja"))
    ] == []


def test_both_are_laid_down_beside_the_rules(vocabulary: Vocabulary, tmp_path: Path) -> None:
    assert sorted(editor_schemas(vocabulary)) == [AUTOMATION, CASES]


def _plain(data: Any) -> Any:
    """As a JSON reader has it: no Decimal."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(item) for item in data]
    return data if data is None or isinstance(data, str | int) else float(data)
