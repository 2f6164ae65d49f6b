"""Changes of single values in YAML text: comments, order and spelling of everything else stay as they are."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tsunagi.errors import RuleFileError
from tsunagi.text import Text
from tsunagi.wording import Path, spelt
from tsunagi.yaml_marks import Plain, nodes, parse

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")

Scalar = None | bool | int | Decimal | str


def with_values(file: str, text: str, values: Mapping[Path, Scalar], *, before: str = "") -> str:
    """The text with these values in place of those at the paths.

    A path of one key that is not there yet is written in front of the key `before`. Raises RuleFileError where the
    text cannot be read, or has no such place.
    """
    known = dict(_spans(nodes(file, text), ()))
    changes = [_change(file, text, known, path, value, before) for path, value in values.items()]
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    _proved(file, text, values)
    return text


def _change(
    file: str, text: str, known: Mapping[Path, tuple[int, int, int]], path: Path, value: Scalar, before: str
) -> tuple[int, int, str]:
    if path in known:
        _, start, end = known[path]
        # `key:` with nothing behind it needs its blank.
        return start, end, ("" if start < end else " ") + _written(value)
    if len(path) != 1 or (before,) not in known:
        raise RuleFileError(
            Text(en=f"There is no '{spelt(path)}' to change.", ja=f"変更する「{spelt(path)}」がありません。"),
            path=file,
            line=1,
        )
    key = known[(before,)][0]
    alone = key == 0 or text[key - 1] in "\r\n"
    return key, key, f"{path[0]}: {_written(value)}" + ("\n" if alone else ", ")


def _spans(node: Node, path: Path) -> Iterator[tuple[Path, tuple[int, int, int]]]:
    """Of everything in it: where its key begins (itself, where it has none), it begins, and ends."""
    match node:
        case MappingNode():
            for key, value in node.value:
                here = (*path, str(key.value))
                yield here, (key.start_mark.index, value.start_mark.index, value.end_mark.index)
                yield from _spans(value, here)
        case SequenceNode():
            for number, item in enumerate(node.value):
                here = (*path, number)
                yield here, (item.start_mark.index, item.start_mark.index, item.end_mark.index)
                yield from _spans(item, here)
        case ScalarNode():
            return


def _written(value: Scalar) -> str:
    match value:
        case str() if _PLAIN_WORD.fullmatch(value) and value.lower() not in {"true", "false", "null"}:
            return value
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _proved(file: str, text: str, values: Mapping[Path, Scalar]) -> None:
    """What was written is what is read."""
    data = parse(file, text).data
    for path, value in values.items():
        if _at(data, path) != value:
            raise RuleFileError(
                Text(
                    en=f"'{spelt(path)}' cannot be changed here; change it by hand to {_written(value)}.",
                    ja=f"「{spelt(path)}」を変更できません。手作業で {_written(value)} にしてください。",
                ),
                path=file,
                line=1,
            )


def _at(data: Plain, path: Path) -> object:
    here: Any = data
    for step in path:
        here = here[step]
    return here
