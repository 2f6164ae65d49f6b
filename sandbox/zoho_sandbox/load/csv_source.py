"""Rows of one CSV file, streamed, whatever its encoding and delimiter; a broken row is told and passed over."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from zoho_sandbox.load.errors import FolderError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20


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
    """A CSV file with its heading read. Raises FolderError when there is no usable heading."""

    def __init__(self, path: Path, encoding: str | None = None, delimiter: str | None = None) -> None:
        self.path = path
        self.size = _size(path)
        self.encoding = _checked(path, encoding) if encoding else detect_encoding(path)
        self.delimiter = delimiter or self._detect_delimiter()
        self.columns = self._heading()

    def rows(self) -> Iterator[Row | BrokenRow]:
        """Every record below the heading; blank lines carry no record. Unreadable bytes become U+FFFD."""
        with self._open() as text:
            lines = _Lines(text)
            for number, cells in enumerate(self._records(lines), start=1):
                if number == 1 or (isinstance(cells, list) and not any(cell.strip() for cell in cells)):
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
            first = next(self._records(_Lines(text)), None)
        if not isinstance(first, list) or not any(cell.strip() for cell in first):
            raise FolderError(f"{self.path}: received no heading; valid: a first row with the column names")
        return _unique([cell.strip() for cell in first])

    def _detect_delimiter(self) -> str:
        with self._open() as text:
            line = text.readline(_CHUNK)
        return max(_DELIMITERS, key=lambda mark: _cells(line, mark))

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")


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


def detect_encoding(path: Path) -> str:
    """By byte order mark, else UTF-8 where the whole file is valid UTF-8, else Shift JIS (cp932), else UTF-8
    with its unreadable bytes replaced."""
    with path.open("rb") as raw:
        start = raw.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    return next((encoding for encoding in ("utf-8", "cp932") if _decodes(path, encoding)), "utf-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _checked(path: Path, encoding: str) -> str:
    try:
        "".encode(encoding)  # refuses codecs that are known but not for text
    except LookupError as error:
        raise FolderError(f"{path}: encoding: received {encoding!r}; valid: utf-8, cp932, …") from error
    return encoding


def _size(path: Path) -> int:
    try:
        with path.open("rb") as raw:
            return raw.seek(0, 2)
    except OSError as error:
        raise FolderError(f"{path}: received {error.strerror}; valid: a readable CSV file") from error


def _cells(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def _unique(names: list[str]) -> list[str]:
    """Column names; an empty one is named by its place, a repeated one by its count."""
    seen: dict[str, int] = {}
    unique = []
    for place, written in enumerate(names, start=1):
        name = written or f"(column {place})"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
