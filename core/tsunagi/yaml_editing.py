"""Changes of single values in YAML text: comments, order and spelling of everything else stay as they are."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.text import Text
from tsunagi.wording import Path, shown, spelt
from tsunagi.yaml_marks import Plain, nodes, nodes_or_nothing, parse

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


def with_yaml(text: str, path: Path, value: str, *, file: str = "") -> str:
    """The text with `value`, itself YAML in one line, at `path`; keys that are missing on the way are added.

    Raises RuleFileError where the text cannot be read, before or after, and ValueRefused for what is no value, for a
    way that leads through something that is no group of keys, or into an alias, which stands for other places too.
    """
    flow = _one_line(value)
    root = nodes_or_nothing(file, text)
    changed = text + _nested(path, flow) + "\n" if root is None else _changed(text, root, path, flow)
    expected = _with_value(parse(file, text).data if root else {}, path, parse(file, flow).data)
    if parse(file, changed).data != expected:
        raise ValueRefused(
            Text(en=f"'{spelt(path)}' cannot be changed here alone.", ja=f"「{spelt(path)}」だけを変更できません。"),
            hint=Text(en="Change it by hand.", ja="手作業で変更してください。"),
        )
    return changed


def _with_value(data: Plain, path: Path, value: Plain) -> Plain:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_with_value(item, rest, value) if place == key else item for place, item in enumerate(data)]
    known = data if isinstance(data, dict) else {}
    return {**known, str(key): _with_value(known.get(str(key)), rest, value)}


def _changed(text: str, root: Node, path: Path, flow: str) -> str:
    node = root
    for depth, key in enumerate(path):
        child = _child(node, key)
        if child is None:
            return _added(text, node, path[depth:], flow, path)
        node = child
    return text[: node.start_mark.index] + flow + text[_end(text, node) :]


class ValueRefused(ConfigError):
    """A single value that cannot be written where it is wanted."""


def _one_line(value: str) -> str:
    """Raises ValueRefused for what is no YAML, or needs several lines."""
    try:
        node = nodes_or_nothing("", value)
    except RuleFileError as error:
        said = error.reason
        message = Text(en=f"{shown(value)} cannot be read: {said.en}", ja=f"{shown(value)} を読み取れません: {said.ja}")
        raise ValueRefused(message) from error
    if node is None:
        return '""'
    if "\n" in value.strip():
        raise ValueRefused(Text(en="A value must fit one line.", ja="値は 1 行で指定してください。"))
    return value.strip()


def _child(node: Node, key: str | int) -> Node | None:
    if isinstance(node, SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    if isinstance(node, MappingNode):
        return next((value for name, value in node.value if name.value == str(key)), None)
    return None


def _end(text: str, node: Node) -> int:
    """Where the node's own text ends; a block ends behind its last value, not behind the comments that follow."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return len(text[:end].rstrip("\n"))
    return end


def _added(text: str, node: Node, rest: Sequence[str | int], flow: str, path: Path) -> str:
    if not isinstance(node, MappingNode):
        raise ValueRefused(
            Text(
                en=f"{spelt(path)}: there is no group of keys here.",
                ja=f"{spelt(path)}: ここはキーのまとまりではありません。",
            )
        )
    line = _nested(rest, flow)
    if node.flow_style:
        close = node.end_mark.index - 1
        comma = ", " if node.value else ""
        return text[:close].rstrip() + comma + line + text[close:]
    end = _end(text, node)
    # Behind a comment on the same line.
    behind = text.find("\n", end)
    behind = len(text) if behind < 0 else behind
    indent = " " * node.start_mark.column
    return text[:behind] + f"\n{indent}{line}" + (text[behind:] or "\n")


def _nested(path: Sequence[str | int], flow: str) -> str:
    first, *rest = path
    if not rest:
        return f"{first}: {flow}"
    return f"{first}: {{{_nested(rest, flow)}}}"
