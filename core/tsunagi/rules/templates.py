"""Texts that quote facts: `${deal.closing_date}` alone is the fact itself, inside a longer text its spelling.

`$${` is an escaped `${`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef, Value
from tsunagi.rules.facts import Facts, Missing, look
from tsunagi.text import Text
from tsunagi.wording import Path, kind_word, shown
from tsunagi.yaml_marks import Plain

_NAME = r"[^\s.${}\[\]]+"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})+")
_PIECE = re.compile(r"\$\$\{|\$\{([^}]*)\}|\$\{")


@dataclass(frozen=True, slots=True)
class Quote:
    """A fact by its path."""

    path: str

    def __str__(self) -> str:
        return f"${{{self.path}}}"


@dataclass(frozen=True, slots=True)
class Template:
    """A longer text with facts in it."""

    pieces: tuple[str | Quote, ...]


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A quoted fact that could not be had."""

    path: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Malformed:
    """A `${` that is no quote."""

    reason: Text


Parsed = str | Quote | Template | Malformed


def path_problem(path: str) -> Text | None:
    """What is wrong with how a path is written; None where it is a record and a field."""
    if _PATH.fullmatch(path):
        return None
    return Text(
        en=f"{shown(path)} is no field: name the record and the field, such as deal.amount.",
        ja=f"{shown(path)} はフィールドではありません。deal.amount のようにレコードとフィールドを指定してください。",
    )


def parsed(text: str) -> Parsed:
    """The text as it is where it quotes nothing."""
    pieces: list[str | Quote] = []
    end = 0
    for match in _PIECE.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if match[0] == "$${":
            pieces.append("${")
            continue
        problem = _not_closed() if match[1] is None else path_problem(match[1].strip())
        if problem:
            return Malformed(problem)
        pieces.append(Quote(match[1].strip()))
    pieces.append(text[end:])
    return _simplest(tuple(piece for piece in pieces if piece != ""))


def _simplest(pieces: tuple[str | Quote, ...]) -> str | Quote | Template:
    if len(pieces) == 1 and isinstance(pieces[0], Quote):
        return pieces[0]
    if any(isinstance(piece, Quote) for piece in pieces):
        return Template(pieces)
    return "".join(str(piece) for piece in pieces)


Tree = Plain | Quote | Template | Malformed | list["Tree"] | dict[str, "Tree"]


def tree_of(data: Plain) -> Tree:
    """Parameters with every text in them parsed."""
    match data:
        case str():
            return parsed(data)
        case list():
            return [tree_of(item) for item in data]
        case dict():
            return {key: tree_of(value) for key, value in data.items()}
        case _:
            return data


def flaws(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Malformed]]:
    """What is malformed in it, and where."""
    match tree:
        case Malformed():
            yield path, tree
        case list():
            for index, item in enumerate(tree):
                yield from flaws(item, (*path, index))
        case dict():
            for key, item in tree.items():
                yield from flaws(item, (*path, key))


def quotes_in(tree: Tree) -> tuple[Quote, ...]:
    match tree:
        case Quote():
            return (tree,)
        case Template(pieces):
            return tuple(piece for piece in pieces if isinstance(piece, Quote))
        case list():
            return tuple(quote for item in tree for quote in quotes_in(item))
        case dict():
            return tuple(quote for item in tree.values() for quote in quotes_in(item))
        case _:
            return ()


def filled(tree: Tree, facts: Facts) -> object | Unfilled:
    """The tree with facts for quotes; the first one that cannot be had is the answer where there is one."""
    match tree:
        case Quote(path):
            found = look(facts, path)
            return Unfilled(path, found.reason) if isinstance(found, Missing) else found.value
        case Template(pieces):
            return _spelt_out(pieces, facts)
        case list():
            items = [filled(item, facts) for item in tree]
            return next((item for item in items if isinstance(item, Unfilled)), items)
        case dict():
            values = {key: filled(item, facts) for key, item in tree.items()}
            return next((item for item in values.values() if isinstance(item, Unfilled)), values)
        case _:
            return tree


def _spelt_out(pieces: tuple[str | Quote, ...], facts: Facts) -> str | Unfilled:
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        found = look(facts, piece.path)
        if isinstance(found, Missing):
            return Unfilled(piece.path, found.reason)
        spelling = _spelling(found.value)
        if spelling is None:
            return Unfilled(piece.path, _no_spelling(found.value))
        text += spelling
    return text


def _spelling(value: Value) -> str | None:
    """A value inside a sentence; a blank is nothing, and a group of keys has no spelling."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            items = [_spelling(item) for item in value]
            return None if None in items else ", ".join(item or "" for item in items)
        case Decimal():
            return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 100 else str(value)
        case date():
            return value.isoformat()
        case str() | int() | Money() | RecordRef():
            return str(value)
        case Mapping():
            return None


def _no_spelling(value: Value) -> Text:
    kind = kind_word(value)
    return Text(en=f"it is a {kind.en} and has no place inside a text", ja=f"{kind.ja}は文中に入れられません")


def _not_closed() -> Text:
    return Text(
        en="'${' is not closed; write '${record.field}', or '$${' for the characters themselves.",
        ja="「${」が閉じられていません。「${record.field}」と書くか、文字そのものは「$${」と書いてください。",
    )
