"""What an administrator enters to connect a service: from options, environment, standard input, or by being asked."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.domain.connector import ConnectorType


def gather(kind: "ConnectorType", given: Sequence[str], secrets: Sequence[str]) -> dict[str, str]:
    """Values by name. Nobody is asked where options were given, or where nobody sits at the terminal."""
    values = _from_environment(kind)
    asked = not given and not secrets and sys.stdin.isatty()
    values |= dict(_assigned(kind, item) for item in given)
    values |= {_known_secret(kind, name): _secret(name) for name in secrets}
    return values | dict(_asked(kind, values)) if asked else values


def variable(service: str, name: str) -> str:
    """The environment variable of one setting of a service."""
    return f"TSUNAGI_{service}_{name}".upper()


def _from_environment(kind: "ConnectorType") -> dict[str, str]:
    found = {name: os.environ.get(variable(kind.service, name)) for name in kind.settings.model_fields}
    return {name: value for name, value in found.items() if value}


def _assigned(kind: "ConnectorType", item: str) -> tuple[str, str]:
    name, sign, value = item.partition("=")
    if not sign:
        raise ConfigError(
            Text(en=f"--set takes NAME=VALUE, received '{item}'.", ja=f"--set は NAME=VALUE の形です。指定: '{item}'")
        )
    if _is_secret(_field(kind, name)):
        raise ConfigError(
            Text(
                en=f"'{name}' is a secret; on the command line others could read it.",
                ja=f"「{name}」は秘密の値です。コマンドラインに書くと他人に読まれるおそれがあります。",
            ),
            hint=Text(
                en=f"Use --set-secret {name}, or the variable {variable(kind.service, name)}.",
                ja=f"--set-secret {name} または環境変数 {variable(kind.service, name)} を使ってください。",
            ),
        )
    return name, value


def _known_secret(kind: "ConnectorType", name: str) -> str:
    _field(kind, name)
    return name


def _field(kind: "ConnectorType", name: str) -> FieldInfo:
    fields = kind.settings.model_fields
    if name in fields:
        return fields[name]
    known = ", ".join(fields)
    raise ConfigError(
        Text(en=f"{kind.label.en} has no setting '{name}'.", ja=f"{kind.label.ja}に設定項目「{name}」はありません。"),
        hint=Text(en=f"Settings are: {known}", ja=f"設定項目: {known}"),
    )


def _secret(name: str) -> str:
    if sys.stdin.isatty():
        return _ask(name, hidden=True)
    line = sys.stdin.readline().rstrip("\r\n")
    if line:
        return line
    raise ConfigError(
        Text(
            en=f"Standard input holds no line for the secret '{name}'.",
            ja=f"標準入力に秘密の値「{name}」の行がありません。",
        ),
        hint=Text(
            en="Each --set-secret reads one line, in the order given.",
            ja="--set-secret は指定した順に 1 行ずつ読みます。",
        ),
    )


def _asked(kind: "ConnectorType", values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """An answer for each setting that has no value yet; an empty one leaves the default."""
    for name, field in kind.settings.model_fields.items():
        if name in values:
            continue
        required = field.is_required()
        answer = _ask(_labelled(name, field), hidden=_is_secret(field), default=None if required else "")
        if answer:
            yield name, answer


def _ask(label: str, *, hidden: bool, default: str | None = None) -> str:
    answer: str = typer.prompt(label, hide_input=hidden, default=default, show_default=False, err=True)
    return answer.strip()


def _labelled(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return name
    if field.default in {None, ""}:
        return _("{name} (may be left empty)").format(name=name)
    return _("{name} (empty: {default})").format(name=name, default=field.default)


def _is_secret(field: FieldInfo) -> bool:
    annotation: Any = field.annotation
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
