"""Reads a mapping file and reports every mistake as file:line: field: received / valid."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zoho_sandbox.load.errors import MappingFileError
from zoho_sandbox.load.mapping import Mapping
from zoho_sandbox.load.yaml_source import YamlSource, read_yaml


def read_mapping(path: Path) -> tuple[Mapping, YamlSource]:
    """The mapping, and where each part of it stands (for errors found later, against the folder).

    Raises MappingFileError for the first mistake in the file.
    """
    source = read_yaml(path)
    if not isinstance(source.value, dict):
        raise source.error((), _shown(source.value), "a mapping that names `modules`")
    try:
        return Mapping.model_validate(source.value), source
    except ValidationError as error:
        # A misspelt key is also a missing one: the first is what helps.
        details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] == "missing")
        missing = details[0]["type"] == "missing"
        told = [_told(source, detail) for detail in details if (detail["type"] == "missing") == missing]
        raise min(told, key=lambda mistake: mistake.line) from error


def _told(source: YamlSource, detail: ErrorDetails) -> MappingFileError:
    place = tuple(key for key in detail["loc"] if key != "[key]")
    if detail["type"] == "extra_forbidden":
        return source.error(place, f"the unknown key {place[-1]!r}", _known_keys(place))
    if detail["type"] == "missing":
        return source.error(place, "nothing", "a value; this key is required")
    return source.error(place, _shown(detail["input"]), _valid(detail))


def _valid(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if "error" in context:
        return str(context["error"])
    if "expected" in context:
        return str(context["expected"])
    return detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")


def _known_keys(place: tuple[int | str, ...]) -> str:
    model: type[BaseModel] = Mapping
    for key in place[:-1]:
        field = model.model_fields.get(str(key))
        # A key that is no field of the model is a name the user chose, e.g. of a module or a CRM field.
        model = model if field is None else _model_in(field.annotation) or model
    return ", ".join(sorted(model.model_fields))


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
