"""Rows of one CSV file, streamed, whatever its delimiter and whatever stands above its headings; a broken row is
told and passed over."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from zoho_sandbox.load.encodings import folder_encodings
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.names import name_key

_DELIMITERS = ",;\t|"
# How far down the headings may stand, below titles and remarks.
_FIRST_ROWS = 20
_START = 1 << 16
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Row:
    """One record; `number` counts as a spreadsheet does, so the heading is row 1. `read` is in bytes."""

    number: int
    cells: dict[str, str]
    read: int = 0


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A record that cannot be split into the columns of the heading."""

    number: int
    text: str
    reason: str


class CsvSource:
    """A CSV file with its headings read. Raises FolderError when there are no usable ones.

    known: column names such files have; the row with the most of them holds the headings, the first row where
    none has any. `titles` are the rows above it.
    """

    def __init__(
        self, path: Path, encoding: str | None = None, delimiter: str | None = None, known: Collection[str] = ()
    ) -> None:
        self.path = path
        self.size = _size(path)
        self.encoding = folder_encodings([path], known, encoding)[path]
        self._preamble, declared = self._declaration()
        layout = self._layout(delimiter or declared, {name_key(name) for name in known})
        self.delimiter, self._heading_row, self.titles = layout.delimiter, layout.heading_row, layout.titles
        self.columns = self._heading()

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Every record below the headings; blank lines carry no record. Unreadable bytes become U+FFFD."""
        with self._open() as text:
            for number, cells in enumerate(self._records(_Lines(text)), start=1):
                if number <= self._heading_row or (isinstance(cells, list) and not any(map(str.strip, cells))):
                    continue
                yield self._row(number, cells, text)

    def _row(self, number: int, cells: list[str] | BrokenRow, text: TextIO) -> Row | BrokenRow:
        if isinstance(cells, BrokenRow):
            return BrokenRow(number, cells.text, cells.reason)
        if len(cells) > len(self.columns) and any(cell.strip() for cell in cells[len(self.columns) :]):
            reason = "the row has more cells than the heading"
            return BrokenRow(number, self.delimiter.join(cells)[:200], reason)
        named = zip(self.columns, cells, strict=False)
        return Row(number, {column: cell.strip() for column, cell in named}, text.buffer.tell())

    def _records(self, lines: _Lines) -> Iterator[list[str] | BrokenRow]:
        """Records as cells. After a broken one (a quote that never closes, say) reading goes on with the line
        below its first, so that one stray quote does not swallow the rest of the file."""
        while True:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    lines.accept()
                    yield cells
                return
            except csv.Error as error:
                yield BrokenRow(0, lines.give_back_all_but_first()[:200].rstrip("\r\n"), f"broken CSV: {error}")

    def _heading(self) -> list[str]:
        with self._open() as text:
            first = next(islice(self._records(_Lines(text)), self._heading_row - 1, None), None)
        if not isinstance(first, list) or not any(cell.strip() for cell in first):
            raise FolderError(f"{self.path}: received no heading; valid: a first row with the column names")
        return _unique([cell.strip() for cell in first])

    def _declaration(self) -> tuple[int, str | None]:
        """How many lines come before the first row, and the delimiter that `sep=;`, as Excel reads it, declares."""
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as text:
            line = text.readline(_START).lstrip(_BYTE_ORDER_MARK).strip().strip('"')
        if len(line) == len("sep=") + 1 and line[:-1].casefold() == "sep=":
            return 1, line[-1]
        return (1, "\t") if line.casefold() == "sep=" else (0, None)

    def _layout(self, delimiter: str | None, known: set[str]) -> _Layout:
        """With the delimiter that finds the most known headings, or splits the headings into the most cells."""
        with self._open() as text:
            lines = text.read(_START).splitlines(keepends=True)
        layouts = [_layout_with(mark, lines, known) for mark in ([delimiter] if delimiter else _DELIMITERS)]
        return max(layouts, key=lambda layout: (layout.matches, layout.width))

    def _open(self) -> TextIO:
        text = self.path.open(encoding=self.encoding, errors="replace", newline="")
        # Some programs write the mark of a file that has one already; text never begins with it.
        position = 0
        while text.read(1) == _BYTE_ORDER_MARK:
            position = text.tell()
        text.seek(position)
        for _line in range(self._preamble):
            text.readline()
        return text


@dataclass(frozen=True, slots=True)
class _Layout:
    """A way to read the first rows: which delimiter, which row (from 1) has the headings, what stands above them."""

    delimiter: str
    heading_row: int
    titles: tuple[str, ...]
    matches: int
    width: int


def _layout_with(delimiter: str, lines: list[str], known: set[str]) -> _Layout:
    try:
        rows = list(islice(csv.reader(lines, delimiter=delimiter), _FIRST_ROWS))
    except csv.Error:
        rows = []
    matches = [len(known & {name_key(cell) for cell in row}) for row in rows] or [0]
    place = matches.index(max(matches)) if max(matches) else 0
    titles = tuple(delimiter.join(row) for row in rows[:place] if any(cell.strip() for cell in row))
    return _Layout(delimiter, place + 1, titles, matches[place], len(rows[place]) if rows else 0)


class _Lines:
    """Lines of a file that remembers those of the record being read, to give them back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self._taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._text)
        self._taken.append(line)
        return line

    def accept(self) -> None:
        self._taken.clear()

    def give_back_all_but_first(self) -> str:
        first, *rest = self._taken or [""]
        self._returned.extendleft(reversed(rest))
        self._taken.clear()
        return first


def _size(path: Path) -> int:
    try:
        with path.open("rb") as raw:
            return raw.seek(0, 2)
    except OSError as error:
        raise FolderError(f"{path}: received {error.strerror}; valid: a readable CSV file") from error


def _unique(names: list[str]) -> list[str]:
    """Column names; an empty one is named by its place, a repeated one by its count."""
    seen: dict[str, int] = {}
    unique = []
    for place, written in enumerate(names, start=1):
        name = written or f"(column {place})"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
