"""YAML text as plain values with the line of every one of them; scalars stay text, so money never is a float."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from zoho_sandbox.load.errors import MappingFileError

KeyPath = tuple[str | int, ...]
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class YamlSource:
    """`value` holds dicts, lists, strings and None; `lines` the line (from 1) where each key path stands."""

    path: Path
    value: object = None
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line_of(self, key_path: KeyPath) -> int:
        """The line of this place, or of the nearest place above that is written in the file."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return self.lines.get(key_path, 1)

    def error(self, key_path: KeyPath, received: str, valid: str) -> MappingFileError:
        dotted = ".".join(str(key) for key in key_path)
        return MappingFileError(self.path, self.line_of(key_path), dotted, received, valid)


def read_yaml(path: Path) -> YamlSource:
    """Read a YAML file. Raises MappingFileError when it is no readable YAML or names a key twice."""
    source = YamlSource(path)
    try:
        node = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    except OSError as error:
        raise MappingFileError(path, 1, "", error.strerror or "no file", "a readable YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise MappingFileError(path, _error_line(error), "", _error_text(error), "YAML in UTF-8") from error
    if node is not None:
        source.value = _Reader(source).plain(node, ())
    return source


class _Reader:
    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self._visited: set[int] = set()

    def plain(self, node: yaml.Node, key_path: KeyPath) -> object:
        self._source.lines.setdefault(key_path, node.start_mark.line + 1)
        if id(node) in self._visited:  # aliases can nest without end, and a mapping file needs none
            raise self._source.error(key_path, "an alias (*name)", "the value itself")
        self._visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._plain_mapping(node, key_path)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*key_path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.style is None and node.value in _EMPTY:
            return None
        return node.value

    def _plain_mapping(self, node: yaml.MappingNode, key_path: KeyPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._source.lines[key_path] = key_node.start_mark.line + 1
                raise self._source.error(key_path, "a list or mapping as a key", "a word as a key")
            key = key_node.value
            place = (*key_path, key)
            self._source.lines[place] = key_node.start_mark.line + 1
            if key in values:
                raise self._source.error(place, "a key that is written twice", "each key once")
            values[key] = self.plain(value_node, place)
        return values


def _error_line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return int(mark.line) + 1 if mark is not None else 1


def _error_text(error: Exception) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    return str(problem or str(error) or type(error).__name__).splitlines()[0]
