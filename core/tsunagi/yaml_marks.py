"""YAML 1.2 text to plain values, with the line and column of everything in it.

PLACE        line and column, both from 1, as editors count them
PLAIN        None, bool, int, Decimal, str, list or dict with text keys; never a float, a date or an object
Numbers with a point are Decimal and dates stay text; `yes`, `on`, `012` and `12:30` have no YAML 1.1 meaning.
"""

import importlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import yaml
from yaml.composer import Composer
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from tsunagi.errors import RuleFileError
from tsunagi.text import Text
from tsunagi.wording import Path, spelt
from tsunagi.yaml_mistakes import mistake, wide_blank

Plain = None | bool | int | Decimal | str | list["Plain"] | dict[str, "Plain"]

LARGEST_FILE = 200_000
DEEPEST = 40
MOST_VALUES = 20_000
LONGEST_NUMBER = 40

_TAG = "tag:yaml.org,2002:"
_PROBLEMS = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed file: its plain data and the place of every key and value in it."""

    file: str
    data: Plain
    keys: Mapping[Path, Place]
    values: Mapping[Path, Place]

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """The position of a value (or its key); of a missing one, that of its parent."""
        for end in range(len(path), -1, -1):
            found = self.keys.get(path[:end]) if key else None
            found = found or self.values.get(path[:end])
            if found:
                return found
        return Place(self.file, 1)

    def error(self, message: Text, path: Path = (), *, key: bool = False) -> RuleFileError:
        place = self.place(path, key=key)
        return RuleFileError(message, path=self.file, line=place.line, column=place.column, field=spelt(path))


def parse(file: str, text: str) -> Document:
    """Read one YAML document. Raises RuleFileError with a place inside the text, and nothing else."""
    lines = _Lines(file, text)
    if len(text) > LARGEST_FILE:
        raise lines.error(0, _too_large(len(text)))
    # A byte order mark has a place in our reading and none in libyaml's.
    if _QuickLoader is not None and "\ufeff" not in text:
        # Where libyaml, or what it read, has a mistake, our own parser reports what and where.
        with suppress(yaml.YAMLError, ValueError, OverflowError, RuleFileError):
            return _document(lines, file, cast("Node | None", _QuickLoader(text).get_single_node()))
    return _document(lines, file, _compose(lines, text))


def nodes(file: str, text: str) -> Node:
    """The document's node tree, in which everything knows where it begins and ends. Raises as `parse` does."""
    found = nodes_or_nothing(file, text)
    if found is None:
        raise _Lines(file, text).error(0, _empty())
    return found


def nodes_or_nothing(file: str, text: str) -> Node | None:
    """As `nodes`; None for a text of blanks and comments."""
    lines = _Lines(file, text)
    if len(text) > LARGEST_FILE:
        raise lines.error(0, _too_large(len(text)))
    node = _compose(lines, text)
    if node is not None:
        _document(lines, file, node)
    return node


def _document(lines: "_Lines", file: str, node: Node | None) -> Document:
    if node is None:
        raise lines.error(0, _empty())
    reading = _Reading(lines)
    data = reading.value(node, ())
    return Document(file, data, reading.keys, reading.values)


class _Lines:
    """Positions in a text to places, counting lines as editors do (YAML itself knows more line breaks)."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
        # A position behind the final line break belongs to the last line that has something in it.
        self._last = max(len(text.rstrip("\r\n")), 0)

    def place(self, index: int) -> Place:
        index = max(0, min(index, self._last))
        line = bisect_right(self._starts, index)
        return Place(self._file, line, index - self._starts[line - 1] + 1)

    def error(self, index: int, message: Text, path: Path = ()) -> RuleFileError:
        place = self.place(index)
        return RuleFileError(message, path=self._file, line=place.line, column=place.column, field=spelt(path))


class _TooDeep(Exception):
    def __init__(self, mark: yaml.Mark) -> None:
        super().__init__("too deep")
        self.mark = mark


class _CoreResolver(BaseResolver):
    """Only the plain scalars of YAML 1.2's core set have a meaning; everything else is text."""


for _name, _pattern, _first in (
    ("null", r"null|Null|NULL|~|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _CoreResolver.add_implicit_resolver(_TAG + _name, re.compile(rf"^(?:{_pattern})\Z"), _first)


class _Loader(Reader, Scanner, Parser, Composer, _CoreResolver):
    """PyYAML up to its node tree, which still knows all positions; values are made from the tree here."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _CoreResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: object) -> Node | None:
        if self._depth >= DEEPEST and not self.check_event(AliasEvent):
            raise _TooDeep(self.peek_event().start_mark)  # type: ignore[no-untyped-call]  # the stub leaves it open
        self._depth += 1
        try:
            return super().compose_node(parent, index)  # type: ignore[arg-type]  # the stub types the index too narrowly
        finally:
            self._depth -= 1


def _quick_loader() -> type[Any] | None:
    """libyaml up to the same node tree, about ten times as quick; None where PyYAML was built without it."""
    if not yaml.__with_libyaml__:
        return None
    parser: Any = importlib.import_module("yaml.cyaml").CParser

    class QuickLoader(parser, _CoreResolver):  # type: ignore[misc]  # a class of C
        def __init__(self, text: str) -> None:
            parser.__init__(self, text)
            _CoreResolver.__init__(self)

    return QuickLoader


_QuickLoader = _quick_loader()


def _compose(lines: _Lines, text: str) -> Node | None:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except ReaderError as error:
        raise lines.error(error.position, _unreadable_character(error.character)) from error
    except yaml.MarkedYAMLError as error:
        found = mistake(text, error)
        raise lines.error(found.index, found.message) from error
    except _TooDeep as error:
        raise lines.error(error.mark.index, _too_deep()) from error
    except (ValueError, OverflowError) as error:  # PyYAML turns "\U00110000" and long numbers into these
        index = loader.get_mark().index if loader else 0
        raise lines.error(index, _no_such_character()) from error


class _Reading:
    """Node tree to plain values, noting the place of each."""

    def __init__(self, lines: _Lines) -> None:
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self._lines = lines
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Node, path: Path) -> Plain:
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._error(node, _too_many(), path)
        if id(node) in self._open:
            raise self._error(node, _own_alias(), path)
        if len(path) >= DEEPEST:  # a chain of aliases nests deeper than the text itself
            raise self._error(node, _too_deep(), path)
        # An alias has the position of its use, not of its anchor; the first one wins.
        self.values.setdefault(path, self._lines.place(node.start_mark.index))
        match node:
            case ScalarNode():
                return self._scalar(node, path)
            case SequenceNode():
                self._plain_tag(node, "seq", path)
                with_index = enumerate(self._inside(node, node.value))
                return [self.value(item, (*path, index)) for index, item in with_index]
            case MappingNode():
                self._plain_tag(node, "map", path)
                return self._mapping(node, path)
        raise self._error(node, _tag_refused(node.tag), path)

    def _inside(self, node: Node, children: list[Node]) -> Iterator[Node]:
        self._open.add(id(node))
        yield from children
        self._open.discard(id(node))

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        self._open.add(id(node))
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            here = (*path, key)
            if key in found:
                raise self._error(key_node, _twice(key, self.keys[here].line), here)
            self.keys[here] = self._lines.place(key_node.start_mark.index)
            found[key] = self.value(value_node, here)
        self._open.discard(id(node))
        return found

    def _key(self, node: Node, path: Path) -> str:
        if not isinstance(node, ScalarNode) or node.tag != _TAG + "str":
            raise self._error(node, _key_not_text(node), path)
        key = str(self._scalar(node, path))
        if key.startswith("\u3000") and not node.style:
            raise self._error(node, wide_blank(), path)
        return key

    def _scalar(self, node: ScalarNode, path: Path) -> Plain:
        text = str(node.value)
        if _PROBLEMS.search(text):
            raise self._error(node, _unreadable_character(_PROBLEMS.findall(text)[0]), path)
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool" if text.lower() in {"true", "false"}:
                return text.lower() == "true"
            case "int" | "float":
                return self._number(node, text, path)
        raise self._error(node, _tag_refused(node.tag), path)

    def _number(self, node: ScalarNode, text: str, path: Path) -> Plain:
        if len(text) > LONGEST_NUMBER or "inf" in text.lower() or "nan" in text.lower():
            raise self._error(node, _not_a_number(text), path)
        try:
            number: int | Decimal = int(text, _base(text)) if node.tag == _TAG + "int" else Decimal(text)
        except (ValueError, ArithmeticError) as error:  # an explicit `!!int abc`, or an exponent beyond Decimal
            raise self._error(node, _not_a_number(text), path) from error
        if isinstance(number, Decimal) and (not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER):
            raise self._error(node, _not_a_number(text), path)
        return number

    def _plain_tag(self, node: Node, kind: str, path: Path) -> None:
        if node.tag != _TAG + kind:
            raise self._error(node, _tag_refused(node.tag), path)

    def _error(self, node: Node, message: Text, path: Path) -> RuleFileError:
        return self._lines.error(node.start_mark.index, message, path)


def _base(text: str) -> int:
    return {"0x": 16, "0o": 8}.get(text[:2], 10)


def _empty() -> Text:
    return Text(en="The file is empty.", ja="ファイルが空です。")


def _too_large(size: int) -> Text:
    return Text(
        en=f"The file has {size} characters; a rule file may have {LARGEST_FILE}.",
        ja=f"ファイルが {size} 文字あります。ルールファイルは {LARGEST_FILE} 文字までです。",
    )


def _too_deep() -> Text:
    return Text(en=f"This is nested more than {DEEPEST} levels deep.", ja=f"入れ子が {DEEPEST} 段を超えています。")


def _too_many() -> Text:
    return Text(
        en=f"The file comes to more than {MOST_VALUES} values once its aliases are filled in.",
        ja=f"エイリアスを展開すると値が {MOST_VALUES} 個を超えます。",
    )


def _own_alias() -> Text:
    return Text(en="This alias contains itself.", ja="このエイリアスは自分自身を含んでいます。")


def _twice(key: str, line: int) -> Text:
    return Text(
        en=f"The key '{key}' is given twice; the first one is on line {line}.",
        ja=f"キー「{key}」が重複しています。最初のものは {line} 行目です。",
    )


def _key_not_text(node: Node) -> Text:
    what = f"'{node.value}'" if isinstance(node, ScalarNode) else "a list or a group"
    return Text(
        en=f"A key must be a text, not {what}; put it in quotes if it is meant as one.",
        ja=f"キーは文字列です。{what} はキーにできません。文字列の場合は引用符で囲んでください。",
    )


def _tag_refused(tag: str) -> Text:
    name = tag.replace(_TAG, "!!")
    return Text(en=f"Tags such as '{name}' have no meaning here.", ja=f"「{name}」のようなタグは使えません。")


def _not_a_number(text: str) -> Text:
    short = text[:LONGEST_NUMBER]
    return Text(
        en=f"'{short}' is not a number that can be used; put it in quotes if it is meant as text.",
        ja=f"「{short}」は数値として使えません。文字列の場合は引用符で囲んでください。",
    )


def _no_such_character() -> Text:
    return Text(
        en="There is no character of this number; write the character itself.",
        ja="この番号の文字はありません。文字をそのまま書いてください。",
    )


def _unreadable_character(character: object) -> Text:
    code = f"U+{ord(character):04X}" if isinstance(character, str) else f"U+{int(str(character)):04X}"
    return Text(
        en=f"The character {code} may not stand in a rule file.",
        ja=f"文字 {code} はルールファイルで使えません。",
    )
