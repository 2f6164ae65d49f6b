"""What those who write rules begin with, in the words of the plugins that are installed.

JSON schemas for editors: events, fields, actions, parameters. And a rule to begin with, with the table of cases beside
it: they load, and list what there is to choose from.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.errors import ConfigError
from tsunagi.rules.derived import derived_paths
from tsunagi.rules.facts import BEFORE, DATE, TODAY
from tsunagi.rules.schema import automation_schema, table_schema
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text

FOLDER = ".schemas"
AUTOMATION, CASES = "automation.json", "cases.json"
_NAMED_AT_MOST = 24
_QUOTE = {"type": "string", "pattern": r"\$\{"}


def header(file: str) -> str:
    """The comment by which an editor finds the schema of a file in `automations/`."""
    return f"# yaml-language-server: $schema=../{FOLDER}/{file}"


def editor_schemas(vocabulary: Vocabulary) -> dict[str, dict[str, Any]]:
    """By file name, to be put into FOLDER of the rules folder."""
    return {AUTOMATION: _automation(vocabulary), CASES: _cases(vocabulary)}


def _automation(vocabulary: Vocabulary) -> dict[str, Any]:
    schema = deepcopy(automation_schema())
    defs = schema["$defs"]
    trigger = defs["TriggerModel"]["properties"]
    trigger["event"] = {"enum": sorted(vocabulary.events)}
    trigger["service"] = {"enum": sorted({entity.service for entity in vocabulary.entities.values()})}
    defs["ConditionModel"]["properties"]["field"] = {"enum": sorted(set(_paths(vocabulary)))}
    _actions(defs, "StepModel", vocabulary)
    return schema


def _cases(vocabulary: Vocabulary) -> dict[str, Any]:
    schema = deepcopy(table_schema())
    defs = schema["$defs"]
    defs["CaseModel"]["properties"]["event"] = {"enum": sorted(vocabulary.events)}
    defs["ExpectedModel"]["properties"]["action"] = {"enum": sorted(vocabulary.actions)}
    return schema


def _actions(defs: dict[str, Any], step: str, vocabulary: Vocabulary) -> None:
    """Each action with its own parameters; any of them may be a fact."""
    defs[step]["properties"]["action"] = {"enum": sorted(vocabulary.actions)}
    choices: list[dict[str, Any]] = []
    for name, model in sorted(vocabulary.actions.items()):
        parameters = _parameters(name, model, defs)
        then: dict[str, Any] = {"properties": {"parameters": parameters}}
        if parameters.get("required"):
            then["required"] = ["parameters"]
        choices.append({"if": {"properties": {"action": {"const": name}}}, "then": then})
    if choices:
        defs[step]["allOf"] = choices


def _parameters(action: str, model: type[BaseModel], defs: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, ref_template=f"#/$defs/{action}.{{model}}")
    defs |= {f"{action}.{name}": inner for name, inner in schema.pop("$defs", {}).items()}
    texts = {field.alias or name: _text(field) for name, field in model.model_fields.items()}
    schema["properties"] = {
        name: {**_described(inner), **texts.get(name, {}), "anyOf": [inner, _QUOTE]}
        for name, inner in schema.get("properties", {}).items()
    }
    return schema


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    kept = ("title", "description", "description_ja", "default")
    return {name: schema[name] for name in kept if name in schema}


def _text(field: FieldInfo) -> dict[str, str]:
    """What a plugin says of a parameter by a Text in its annotation."""
    said = next((each for each in field.metadata if isinstance(each, Text)), None)
    return {"description": said.en, "description_ja": said.ja} if said else {}


def _paths(vocabulary: Vocabulary) -> Iterator[str]:
    """Every fact some event knows."""
    for entity in vocabulary.entities.values():
        yield from paths_of(vocabulary, entity)


def paths_of(vocabulary: Vocabulary, entity: EntityType) -> Iterator[str]:
    """Every fact that is known when something happens to such a record."""
    yield f"{TODAY}.{DATE}"
    yield from derived_paths(vocabulary.entities.values(), entity)
    for spec in entity.fields:
        yield from _path(entity.name, spec)
        yield from _path(BEFORE, spec)
        yield from _referenced(vocabulary, entity, spec)


def _referenced(vocabulary: Vocabulary, entity: EntityType, spec: FieldSpec) -> Iterator[str]:
    other = vocabulary.entities.get(spec.references) if spec.type == "reference" else None
    if other is not None and spec.name != entity.name:
        for inner in other.fields:
            yield from _path(spec.name, inner)


def _path(root: str, spec: FieldSpec) -> Iterator[str]:
    path = f"{root}.{spec.name}"
    yield path
    if spec.type == "money":
        yield from (f"{path}.amount", f"{path}.currency")


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
    yield from _parameter_lines(model)


def _parameter_lines(model: type[BaseModel]) -> Iterator[str]:
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
    if schema.get("minLength") and default is None:
        return '"..."'
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
