"""JSON schemas for editors, in the words of the plugins that are installed: events, fields, actions, parameters."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.rules.derived import derived_paths
from tsunagi.rules.facts import BEFORE
from tsunagi.rules.schema import automation_schema, table_schema
from tsunagi.rules.today import DATE, TODAY
from tsunagi.rules.vocabulary import Vocabulary

FOLDER = ".schemas"
AUTOMATION, CASES = "automation.json", "cases.json"
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
    schema["properties"] = {
        name: {**_described(inner), "anyOf": [inner, _QUOTE]} for name, inner in schema.get("properties", {}).items()
    }
    return schema


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: schema[name] for name in ("title", "description", "default") if name in schema}


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
