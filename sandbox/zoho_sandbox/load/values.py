"""The text of a cell as the value a CRM field holds: Decimal, int, bool, ISO date or text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from zoho_sandbox.load.amounts import DecimalMark, UnreadableValueError, read_decimal
from zoho_sandbox.load.dates import DateOrder, read_date

__all__ = ["MONEY_TYPES", "NUMBER_TYPES", "Notation", "UnreadableValueError", "read_value", "unwrapped"]

FieldValue = str | int | bool | Decimal | list[str]

MONEY_TYPES = frozenset({"currency"})
NUMBER_TYPES = frozenset({"currency", "double", "percent", "decimal", "integer", "bigint"})

_TRUE = frozenset({"true", "yes", "y", "1", "on", "はい"})
_FALSE = frozenset({"false", "no", "n", "0", "off", "いいえ"})
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
# Names such as 's-Hertogenbosch and 't Hart begin with an apostrophe of their own.
_OWN_APOSTROPHE = re.compile(r"'[a-z]\b")


@dataclass(frozen=True, slots=True)
class Notation:
    """How a column is written: the strptime format of its dates, the mark before decimals, and the order of day
    and month. The latter two decide only where a value can be read either way."""

    date_format: str | None = None
    decimal_mark: DecimalMark = "."
    date_order: DateOrder | None = None


def unwrapped(text: str) -> str:
    """Without what a spreadsheet puts around a text to keep it one: `="00123"` and `'00123`."""
    found = _FORMULA.fullmatch(text)
    if found is not None:
        return found[1].replace('""', '"')
    if text.startswith("'") and not text.endswith("'") and not _OWN_APOSTROPHE.match(text):
        return text[1:]
    return text


def read_value(text: str, data_type: str, notation: Notation) -> FieldValue:
    """Read one non-empty cell as a value of a CRM data type; a type without a reader keeps its text."""
    reader = _READERS.get(data_type)
    return text if reader is None else reader(text, notation)


def _read_number(text: str, notation: Notation) -> Decimal:
    return read_decimal(text, notation.decimal_mark)


def _read_whole(text: str, notation: Notation) -> int:
    number = _read_number(text, notation)
    if number != number.to_integral_value():
        raise UnreadableValueError("not a whole number")
    return int(number)


def _read_bool(text: str, _notation: Notation) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold()
    if word not in _TRUE | _FALSE:
        raise UnreadableValueError("neither true nor false")
    return word in _TRUE


def _read_list(text: str, _notation: Notation) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


_READERS: dict[str, Callable[[str, Notation], FieldValue]] = {
    "currency": _read_number,
    "double": _read_number,
    "percent": _read_number,
    "decimal": _read_number,
    "integer": _read_whole,
    "bigint": _read_whole,
    "boolean": _read_bool,
    "date": lambda text, notation: read_date(text, notation.date_format, notation.date_order).isoformat(),
    "multiselectpicklist": _read_list,
}
