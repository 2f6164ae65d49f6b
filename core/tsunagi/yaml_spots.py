"""Where a cursor stands in a YAML text that need not be whole yet: for completing and explaining it while it is typed.

The word at the cursor is replaced by a mark of our own, and the line mended until the text can be read: a key may lack
its colon, brackets may be open, and what comes after may be of no use.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tsunagi.errors import RuleFileError
from tsunagi.wording import Path
from tsunagi.yaml_marks import LARGEST_FILE, Plain, nodes

_MARK = "tsunagi0cursor"
_WORD = r"[\w.\-]*"
_CLOSING = {"{": "}", "[": "]"}
_MOST_LEFT_OUT = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """What is typed at a cursor.

    `path` leads to the value, or to the group a key belongs to. `word` is all of the key or value, `typed` its part
    before the cursor; `start` and `end` are columns in the line, from 1. `quote`: it is the inside of `${...}`.
    `has_colon`: a key with its colon behind it. `data` is the rest of the document, scalars as text.
    """

    path: Path
    is_key: bool
    word: str
    typed: str
    start: int
    end: int
    quote: bool
    has_colon: bool
    data: Plain

    def group(self) -> dict[str, Plain]:
        """The keys that stand beside it."""
        return _within(self.data, self.path if self.is_key else self.path[:-1])


def spot_at(text: str, line: int, column: int) -> Spot | None:
    """Line and column from 1, as editors count. None where nothing can be typed, as in a comment, or cannot be told."""
    lines = text.split("\n")
    if len(text) > LARGEST_FILE or not 1 <= line <= len(lines):
        return None
    full = lines[line - 1]
    head, tail = full[: column - 1], full[column - 1 :]
    if re.search(r"(^|\s)#", head):
        return None
    before = re.search(rf"{_WORD}\Z", head)
    after = re.match(_WORD, tail)
    assert before is not None  # both match nothing at least
    assert after is not None
    typed, rest = before[0], after[0]
    attempts = list(_mended(lines, line, head[: len(head) - len(typed)], tail[len(rest) :]))
    # Lines that are wrong elsewhere are left out only where nothing else helps.
    for left_out in (0, _MOST_LEFT_OUT):
        for mended in attempts:
            found = _read(mended, line, typed, rest, left_out)
            if found is not None:
                return found
    return None


def _mended(lines: list[str], line: int, head: str, tail: str) -> Iterator[str]:
    above, below = lines[: line - 1], lines[line:]
    # A colon turns what would be a value by itself into a key.
    marks = [f"{head}{_MARK}"] if tail.lstrip().startswith(":") else [f"{head}{_MARK}", f"{head}{_MARK}: ~"]
    for mark in marks:
        yield "\n".join([*above, mark + tail, *below])
    for mark in marks:
        upto = "\n".join([*above, mark])
        yield "\n".join([upto + _closed(upto), *below])
        yield upto + _closed(upto)


def _closed(text: str) -> str:
    """What closes the brackets and quotes that are open at the end of a text."""
    open_brackets: list[str] = []
    quote = ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (place == 0 or text[place - 1] in " [{,\n"):
            quote = sign
        elif sign == "#" and (place == 0 or text[place - 1] in " \n"):
            continue
        elif sign in "{[" and (open_brackets or text[place - 1 : place] in {" ", "\n", ""}):
            open_brackets.append(_CLOSING[sign])
        elif open_brackets and sign == open_brackets[-1]:
            open_brackets.pop()
    return quote + "".join(reversed(open_brackets))


def _read(text: str, line: int, typed: str, rest: str, left_out: int) -> Spot | None:
    root = _root(text, line, left_out)
    if root is None:
        return None
    for path, node, is_key in _scalars(root, ()):
        if _MARK in node.value:
            if node.start_mark.line != line - 1:
                return None
            return _spot(text, root, path, node, is_key=is_key, typed=typed, rest=rest)
    return None


def _root(text: str, line: int, left_out: int) -> Node | None:
    """The tree of a text without the lines that cannot be read, so many at most; never without the cursor's."""
    try:
        return nodes("", text)
    except RuleFileError as error:
        if not left_out or error.line == line:
            return None
        lines = text.split("\n")
        # The parser also counts a lone carriage return as the end of a line.
        if error.line > len(lines) or not lines[error.line - 1]:
            return None
        lines[error.line - 1] = ""
        return _root("\n".join(lines), line, left_out - 1)


def _spot(text: str, root: Node, path: Path, node: ScalarNode, *, is_key: bool, typed: str, rest: str) -> Spot:
    written = text.split("\n")[node.start_mark.line]
    place = written.index(_MARK)
    first = node.start_mark.column + (1 if node.style in {"'", '"'} else 0)
    quoted = written.rfind("${", first, place)
    inside = quoted >= 0 and "}" not in written[quoted:place]
    start = quoted + 2 if inside else first
    lead = written[start:place]
    # A text may go on below; a suggestion is about one line.
    behind = zip(str(node.value).partition(_MARK)[2], written[place + len(_MARK) :], strict=False)
    follows = "" if inside else "".join(sign for sign, _ in takewhile(lambda both: both[0] == both[1], behind))
    end = place + len(typed) + len(rest) + len(follows)
    colon = is_key and ": ~" not in written[place : place + len(_MARK) + 3]
    has_colon = colon and written[place + len(_MARK) :].lstrip().startswith(":")
    typed_all = lead + typed
    return Spot(
        path, is_key, typed_all + rest + follows, typed_all, start + 1, end + 1, inside, has_colon, _plain(root)
    )


def _scalars(node: Node, path: Path) -> Iterator[tuple[Path, ScalarNode, bool]]:
    match node:
        case ScalarNode():
            yield path, node, False
        case SequenceNode():
            for index, each in enumerate(node.value):
                yield from _scalars(each, (*path, index))
        case MappingNode():
            for key, value in node.value:
                yield path, key, True
                yield from _scalars(value, (*path, str(key.value)))


def _plain(node: Node) -> Plain:
    match node:
        case SequenceNode():
            return [_plain(each) for each in node.value]
        case MappingNode():
            return {str(key.value): _plain(value) for key, value in node.value if _MARK not in key.value}
        case _:
            return "" if _MARK in str(node.value) else str(node.value)


def _within(data: Plain, path: Path) -> dict[str, Plain]:
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return {}
    return data if isinstance(data, dict) else {}
