"""Changing one value in a YAML text and nothing else: comments, order and spelling of the rest stay."""

from collections.abc import Sequence

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.wording import Path, spelt


def with_value(text: str, path: Path, value: str) -> str:
    """The text with `value`, itself YAML in one line, at `path`; keys that are missing on the way are added.

    Raises ConfigError where the way leads through something that is no group of keys.
    """
    flow = _one_line(value)
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    if root is None:
        return text + _nested(path, flow) + "\n"
    node: Node = root
    for depth, key in enumerate(path):
        child = _child(node, key)
        if child is None:
            return _added(text, node, path[depth:], flow, path)
        node = child
    return text[: node.start_mark.index] + flow + text[_end(text, node) :]


def _one_line(value: str) -> str:
    """Raises ConfigError for what is no YAML, or needs several lines."""
    try:
        node = yaml.compose(value, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise ConfigError(
            Text(en=f"'{value}' is not valid YAML: {error}", ja=f"「{value}」は YAML として正しくありません: {error}")
        ) from error
    if node is None:
        return '""'
    if "\n" in value.strip():
        raise ConfigError(Text(en="A value must fit one line.", ja="値は 1 行で指定してください。"))
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
        raise ConfigError(
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
