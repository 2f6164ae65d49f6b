"""A rule to begin with, and the table of cases beside it: they load, and list what there is to choose from."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from tsunagi.domain.entities import EntityType
from tsunagi.errors import ConfigError
from tsunagi.rules.editor_schema import AUTOMATION, CASES, header
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text

_NAMED_AT_MOST = 24


def new_rule(vocabulary: Vocabulary, name: str, event: str, action: str) -> tuple[str, str]:
    """The text of the rule, which is off, and of its table. Raises ConfigError for an unknown event or action."""
    subjects, model = vocabulary.subjects(event), vocabulary.model(action)
    for found in (subjects, model):
        if isinstance(found, Text):
            raise ConfigError(found)
    assert isinstance(subjects, tuple)
    assert isinstance(model, type)
    return "\n".join(_rule(name, event, action, subjects[0], model)) + "\n", "\n".join(
        _table(name, event, action)
    ) + "\n"


def _rule(name: str, event: str, action: str, subject: EntityType, model: type[BaseModel]) -> Iterator[str]:
    yield header(AUTOMATION)
    yield "# What this rule is for / このルールの目的"
    yield "version: 1"
    yield f"automation: {name}"
    yield "title:"
    yield f"  en: {name.replace('_', ' ').capitalize()}"
    yield f"  ja: {name}"
    yield "enabled: false   # on once its cases say what you mean / ケースを確認してから有効にする"
    yield f"trigger: {{event: {event}}}"
    yield "# All of these must hold / すべてを満たすこと:"
    for line in _listed([f"{subject.name}.{spec.name}" for spec in subject.fields]):
        yield f"#   {line}"
    yield "# conditions:"
    yield f"#   - {{field: {subject.name}.{subject.fields[0].name}, is_set: true}}"
    yield "actions:"
    yield f"  - action: {action}"
    yield from _parameters(model)


def _parameters(model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema(by_alias=True)
    properties: dict[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    if not properties:
        return
    yield "    parameters:" if required else "    # parameters:"
    for name, inner in properties.items():
        sign = "  " if name in required else "# "
        yield f"    {sign}  {name}: {_choice(inner)}"


def _choice(schema: dict[str, Any]) -> str:
    values, default = schema.get("enum"), schema.get("default")
    if values:
        return f"{default or values[0]}   # {', '.join(map(str, values))}"
    return '""' if default is None else str(default) or '""'


def _listed(names: list[str]) -> Iterator[str]:
    shown = names[:_NAMED_AT_MOST]
    for start in range(0, len(shown), 6):
        yield ", ".join(shown[start : start + 6])


def _table(name: str, event: str, action: str) -> Iterator[str]:
    yield header(CASES)
    yield "version: 1"
    yield f"automation: {name}"
    yield "cases:"
    yield "  - case: it happens / 起きたとき"
    yield f"    event: {event}"
    yield "    facts: {}"
    yield "    expect:"
    yield f"      - {{action: {action}}}"
