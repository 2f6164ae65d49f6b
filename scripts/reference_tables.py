"""Tables and words that the pages of the reference share."""

import datetime as dt
import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tsunagi.app.access.faces import ADMINISTRATOR, DOCUMENT, OPEN


def page(title: str, opening: str, parts: Iterable[str]) -> str:
    notice = "<!-- Written from the code by `sh scripts/reference`; changes made here are lost. -->"
    return "\n\n".join([notice, f"# {title}", opening, *parts]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or "-"


def code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    return ", ".join(code(text) for text in texts)


def about(thing: object) -> str:
    """A docstring with its paragraphs."""
    return inspect.getdoc(thing) or ""


def summary(thing: object) -> str:
    """The first sentence of a docstring."""
    return re.split(r"(?<=\.)\s|\n\n|; `", about(thing), maxsplit=1)[0].rstrip(".;") + "."


def permission(name: str) -> str:
    """A permission as a reader of docs/permissions.md knows it."""
    if name == OPEN:
        return "none"
    if name == ADMINISTRATOR:
        return "administrators of the CRM"
    if name.startswith(DOCUMENT):
        return f"`{name.removeprefix(DOCUMENT)}` on the document"
    return code(name)


def fields(model: type[BaseModel]) -> Iterable[tuple[str, FieldInfo]]:
    return model.model_fields.items()


def kind(field: FieldInfo) -> str:
    """The type in words: a choice lists its values."""
    return _kind(field.annotation)


def _kind(annotation: Any) -> str:
    options = [each for each in get_args(annotation) if each is not type(None)]
    if get_origin(annotation) in {list, tuple}:
        return f"list of {_kind(options[0])}s"
    if options and all(isinstance(each, str) for each in options):
        return codes(options)
    if options and get_origin(annotation) is not dict:
        return _kind(options[0])
    return _WORDS.get(annotation, "text")


_WORDS: Mapping[Any, str] = {
    dt.date: "date",
    Decimal: "number",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Path: "folder",
    str: "text",
    SecretStr: "secret",
}


def default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value in ("", [], ()):
        return ""
    return code(str(value).lower() if isinstance(value, bool) else value)
