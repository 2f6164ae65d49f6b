"""How the files of a folder are encoded: each Unicode file shows it, all others of a folder share one encoding."""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path

from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.load.questions import OpenQuestionsError, Question

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What spreadsheets write where they do not write Unicode: in Japan, and in the West.
_LEGACY = ("cp932", "cp1252")
_CHUNK = 1 << 20
_START = 1 << 16


def folder_encodings(paths: Iterable[Path], headings: Collection[str], chosen: str | None = None) -> dict[Path, str]:
    """The encoding of each file.

    headings: the column names the files are expected to have; one that is not ASCII tells Shift JIS from Western.
    chosen: the encoding of all files that are not marked as Unicode.
    Raises OpenQuestionsError where two encodings fit, FolderError for an encoding there is not.
    """
    files = list(paths)
    found = {path: encoding for path in files if (encoding := _marked(path)) is not None}
    if chosen is not None:
        return {path: found.get(path) or _checked(path, chosen) for path in files}
    found |= {path: encoding for path in files if path not in found and (encoding := _unicode(path)) is not None}
    legacy = [path for path in files if path not in found]
    if legacy:
        found |= dict.fromkeys(legacy, _shared(legacy, headings))
    return found


def _marked(path: Path) -> str | None:
    with path.open("rb") as raw:
        start = raw.read(4)
    return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if start.startswith(mark)), None)


def _unicode(path: Path) -> str | None:
    """UTF-16 without a mark shows by its zero bytes, UTF-8 by being valid."""
    with path.open("rb") as raw:
        start = raw.read(_START)
    valid = _decodes(path, "utf-8")
    wide = _utf16(start, at_least=max(len(start) // 5, 1) if valid else 1)
    if wide is not None and _decodes(path, wide):
        return wide
    return "utf-8" if valid or _damaged_utf8(start) else None


def _utf16(start: bytes, at_least: int) -> str | None:
    """The zero half of a Latin letter, comma or line end always has the same place: last in little-endian text."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < at_least or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _damaged_utf8(start: bytes) -> bool:
    """A broken byte among many good ones: by chance, other encodings hardly ever make valid UTF-8."""
    text = start.decode("utf-8", errors="replace")
    good = sum(not sign.isascii() and sign != "\ufffd" for sign in text)
    return good > text.count("\ufffd")


def _shared(paths: list[Path], headings: Collection[str]) -> str:
    """The one encoding in which all these files can be read; UTF-8 with broken bytes where there is none."""
    fitting = [encoding for encoding in _LEGACY if all(_decodes(path, encoding) for path in paths)]
    if len(fitting) < 2:
        return fitting[0] if fitting else "utf-8"
    telling = {_folded(heading) for heading in headings if not heading.isascii()}
    known = [encoding for encoding in fitting if any(telling & _cells(path, encoding) for path in paths)]
    if len(known) == 1:
        return known[0]
    raise OpenQuestionsError([_question(paths, fitting)])


def _cells(path: Path, encoding: str) -> set[str]:
    """What stands in the first rows, among them the headings."""
    with path.open("rb") as raw:
        lines = raw.read(_START).decode(encoding, errors="replace").splitlines()[:20]
    return {_folded(cell) for mark in ",;\t|" for row in csv.reader(lines, delimiter=mark) for cell in row}


def _folded(heading: str) -> str:
    return unicodedata.normalize("NFKC", heading).casefold().strip()


def _question(paths: list[Path], fitting: list[str]) -> Question:
    path = paths[0]
    with path.open("rb") as raw:
        line = next(line for line in raw if not line.isascii()).strip()[:60]
    readings = ", ".join(f"{encoding} ({line.decode(encoding, errors='replace')})" for encoding in fitting)
    return Question(path.name, "bytes that are text in two encodings", "--encoding", "csv.encoding", readings)


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
        raise FolderError(f"{path}: encoding: received {encoding!r}; valid: utf-8, cp932, cp1252, …") from error
    return encoding
