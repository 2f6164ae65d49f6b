"""The inputs of a service's settings form, from the model its plugin declares."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from fastapi import Depends, Request
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tsunagi.domain.connector import Consent, SettingLabel
from tsunagi.translation import say


async def _form(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


# A form whose fields the plugin declares, not the route.
EnteredForm = Annotated[dict[str, str], Depends(_form)]

Kind = Literal["text", "secret", "number", "choice"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One input. `options` are the values of a choice; `value` is what was entered before, never a secret."""

    name: str
    label: str
    help: str
    kind: Kind
    required: bool
    basic: bool
    options: tuple[str, ...]
    value: str


def setting_fields(
    settings: type[BaseModel], entered: Mapping[str, str] | None = None, consent: Consent | None = None
) -> list[SettingField]:
    """In the order the model declares them; secrets are entered again each time, what consent fills may stay empty."""
    optional = consent.fills if consent else ""
    found = _fields(settings, entered or {})
    return [replace(field, required=False) if field.name == optional else field for field in found]


def in_labels(text: str, fields: Iterable[SettingField]) -> str:
    """A message with each setting called as its input is."""
    for field in fields:
        text = re.sub(rf"\b{re.escape(field.name)}\b", f"“{field.label}”", text) if "_" in field.name else text
    return text


def entered_settings(settings: type[BaseModel], form: Mapping[str, object]) -> dict[str, str]:
    """What was filled in of a settings form; blank inputs count as left out."""
    given = {name: str(form.get(name) or "").strip() for name in settings.model_fields}
    return {name: value for name, value in given.items() if value}


def _fields(settings: type[BaseModel], entered: Mapping[str, str]) -> Iterator[SettingField]:
    for name, info in settings.model_fields.items():
        found = next((each for each in info.metadata if isinstance(each, SettingLabel)), None)
        kind, options = _kind(info)
        yield SettingField(
            name=name,
            label=say(found.label) if found else name,
            help=say(found.help) if found and found.help else "",
            kind=kind,
            required=info.is_required(),
            basic=found.basic if found else True,
            options=options,
            value="" if kind == "secret" else entered.get(name, _default(info)),
        )


def _default(info: FieldInfo) -> str:
    return "" if info.is_required() or info.default is None else str(info.default)


def _kind(info: FieldInfo) -> tuple[Kind, tuple[str, ...]]:
    types = tuple(_alternatives(info.annotation))
    if SecretStr in types:
        return "secret", ()
    choices = tuple(str(value) for each in types if get_origin(each) is Literal for value in get_args(each))
    if choices:
        return "choice", choices
    return ("number" if types and all(each in (int, float) for each in types) else "text"), ()


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The types a field may have, None aside."""
    if get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    elif annotation is not type(None):
        yield annotation
