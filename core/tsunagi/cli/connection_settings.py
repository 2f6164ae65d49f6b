"""What an administrator enters to connect a service: from options, environment, standard input, or by being asked."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tsunagi.cli.terminal import ask
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from tsunagi.domain.connector import ConnectorType


def gather(kinds: Sequence["ConnectorType"], given: Sequence[str], secrets: Sequence[str]) -> dict[str, dict[str, str]]:
    """Values by service and name; what is entered counts for every service that has a setting of this name.

    Nobody is asked where options were given, or where nobody sits at the terminal.
    """
    for name in secrets:
        _having(kinds, name)
    entered = dict(_assigned(kinds, item) for item in given)
    entered |= {name: read_secret(name) for name in secrets}
    values = {kind.service: _from_environment(kind) | _fitting(kind, entered) for kind in kinds}
    if not given and not secrets and sys.stdin.isatty():
        for kind in kinds:
            values[kind.service] |= _fitting(kind, entered)
            answers = dict(_asked(kind, values[kind.service]))
            values[kind.service] |= answers
            entered |= answers
    return values


def variable(service: str, name: str) -> str:
    """The environment variable of one setting of a service."""
    return f"TSUNAGI_{service}_{name}".upper()


def _from_environment(kind: "ConnectorType") -> dict[str, str]:
    found = {name: os.environ.get(variable(kind.service, name)) for name in kind.settings.model_fields}
    return {name: value for name, value in found.items() if value}


def _fitting(kind: "ConnectorType", entered: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in entered.items() if name in kind.settings.model_fields}


def _assigned(kinds: Sequence["ConnectorType"], item: str) -> tuple[str, str]:
    name, sign, value = item.partition("=")
    if not sign:
        raise ConfigError(
            Text(en=f"--set takes NAME=VALUE, received '{item}'.", ja=f"--set は NAME=VALUE の形です。指定: '{item}'")
        )
    kind = _having(kinds, name)
    if _is_secret(kind.settings.model_fields[name]):
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


def _having(kinds: Sequence["ConnectorType"], name: str) -> "ConnectorType":
    """One of the services with a setting of this name. Raises ConfigError where none has it."""
    for kind in kinds:
        if name in kind.settings.model_fields:
            return kind
    known = ", ".join(dict.fromkeys(field for kind in kinds for field in kind.settings.model_fields))
    en, ja = (", ".join(labels) for labels in zip(*((kind.label.en, kind.label.ja) for kind in kinds), strict=True))
    raise ConfigError(
        Text(en=f"{en} has no setting '{name}'.", ja=f"{ja}に設定項目「{name}」はありません。"),
        hint=Text(en=f"Settings are: {known}", ja=f"設定項目: {known}"),
    )


def read_secret(name: str) -> str:
    """Asked for without an echo, or the next line of standard input. Raises ConfigError where there is none."""
    if sys.stdin.isatty():
        return ask(name, hidden=True)
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
        answer = ask(_labelled(name, field), hidden=_is_secret(field), default=None if required else "")
        if answer:
            yield name, answer


def _labelled(name: str, field: "FieldInfo") -> str:
    if field.is_required():
        return name
    if field.default in {None, ""}:
        return _("{name} (may be left empty)").format(name=name)
    return _("{name} (empty: {default})").format(name=name, default=field.default)


def _is_secret(field: "FieldInfo") -> bool:
    from pydantic import SecretStr

    annotation: Any = field.annotation
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
