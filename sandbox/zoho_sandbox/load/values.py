"""The text of a cell as the value a CRM field holds: Decimal, int, bool, ISO date or text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

FieldValue = str | int | bool | Decimal | list[str]

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?")
_CURRENCY_MARK = re.compile(
    r"^(?P<sign>[+-]?)\s*(?:[A-Z]{2,3}|[A-Z]{0,3}[$€£¥₩₹₱元円])\s*(?=[\d.+-])|\s*(?:[A-Z]{3}|[円元€%])$"
)
_TRUE = frozenset({"true", "yes", "y", "1", "on", "はい"})
_FALSE = frozenset({"false", "no", "n", "0", "off", "いいえ"})
_ISO_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class UnreadableValueError(ValueError):
    """The text is no value of this type; the message says why, without the text itself."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How a file writes dates (strptime format, None for ISO dates) and the mark before decimals."""

    date_format: str | None = None
    decimal_mark: Literal[".", ","] = "."


def read_value(text: str, data_type: str, notation: Notation) -> FieldValue:
    """Read one non-empty cell as a value of a CRM data type; a type without a reader keeps its text."""
    reader = _READERS.get(data_type)
    return text if reader is None else reader(text, notation)


def read_decimal(text: str, notation: Notation) -> Decimal:
    """A number, exactly as written; thousands marks and a currency sign are allowed around it."""
    plain = _CURRENCY_MARK.sub(lambda found: found["sign"] or "", unicodedata.normalize("NFKC", text).strip())
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("() ").replace(" ", "").replace("\u2212", "-")
    if notation.decimal_mark == ",":
        plain = plain.translate(str.maketrans(",.", ".,"))
    if len(plain) > 40 or not _NUMBER.fullmatch(plain) or not any(mark.isdigit() for mark in plain):
        raise UnreadableValueError("not a number")
    number = Decimal(plain.replace(",", ""))
    return -number if negative else number


def _read_whole(text: str, notation: Notation) -> int:
    number = read_decimal(text, notation)
    if number != number.to_integral_value():
        raise UnreadableValueError("not a whole number")
    return int(number)


def read_date(text: str, notation: Notation) -> date:
    """A calendar date; day and month are never guessed, their order is the notation's."""
    if notation.date_format is not None:
        try:
            return datetime.strptime(text, notation.date_format).date()  # noqa: DTZ007 - a date has no zone
        except ValueError as error:
            raise UnreadableValueError(f"not a date written {notation.date_format}") from error
    return _read_iso_date(text)


def _read_iso_date(text: str) -> date:
    found = _ISO_DATE.match(unicodedata.normalize("NFKC", text))
    if found is None:
        raise UnreadableValueError("not a date written year-month-day")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise UnreadableValueError("no such day in the calendar") from error


def _read_bool(text: str, _notation: Notation) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold()
    if word not in _TRUE | _FALSE:
        raise UnreadableValueError("neither true nor false")
    return word in _TRUE


def _read_list(text: str, _notation: Notation) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


_READERS: dict[str, Callable[[str, Notation], FieldValue]] = {
    "currency": read_decimal,
    "double": read_decimal,
    "percent": read_decimal,
    "decimal": read_decimal,
    "integer": _read_whole,
    "bigint": _read_whole,
    "boolean": _read_bool,
    "date": lambda text, notation: read_date(text, notation).isoformat(),
    "multiselectpicklist": _read_list,
}
