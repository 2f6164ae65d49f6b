"""Amounts as people and spreadsheets write them, read as exact decimals.

Most amounts say by themselves which mark stands before their decimals (`1,234.50`, `1.234,50`, `1,23,456`).
`1.234` does not: the other amounts of its column decide, or the person who loads the file.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Literal

DecimalMark = Literal[".", ","]

# Groups of three, or of two before a last three as in India.
_GROUPED = r"\d{{1,3}}(?:{0}\d{{3}})+|\d{{1,2}}(?:{0}\d{{2}})+{0}\d{{3}}"
_NUMBER: dict[DecimalMark, re.Pattern[str]] = {
    ".": re.compile(rf"(?:{_GROUPED.format(',')}|\d+)?(?:\.\d+)?"),
    ",": re.compile(rf"(?:{_GROUPED.format('[.]')}|\d+)?(?:,\d+)?"),
}
_EITHER_WAY = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_MARK = re.compile(
    r"^(?P<sign>[+-]?)\s*(?P<before>Rs\.?|[A-Z]{2,3}|[A-Z]{0,3}[$€£¥₩₹₱฿元円\\])\s*(?=[\d.+(-])"
    r"|(?<=[\d.)-])\s*(?P<after>[A-Z]{3}|[円元€£$₹₩฿%])$",
    re.IGNORECASE,
)
_MINUS = str.maketrans({"\u2212": "-", "\u25b2": "-", "\u25b3": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-"})
_GROUPING_MARKS = str.maketrans("", "", "'\u2019\u00a0\u202f ")
_CURRENCY_OF_MARK = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "RS": "INR",
    "RS.": "INR",
    "₩": "KRW",
    "฿": "THB",
    "₱": "PHP",
    "円": "JPY",
    "\\": "JPY",  # the yen sign of Shift JIS
}


class UnreadableValueError(ValueError):
    """The text is no value of this type; the message says why, without the text itself."""


def read_decimal(text: str, decimal_mark: DecimalMark) -> Decimal:
    """A number, exactly as written; grouping and a currency sign are allowed around it.

    decimal_mark: decides where the number can be read either way.
    """
    negative, digits = _bare(text)
    if re.search(r"\d(?:[Ee][+-]?\d+|[KkMm])$", digits):
        raise UnreadableValueError("not a number written out in full; what was rounded away cannot be known")
    mark = own_decimal_mark(text) or decimal_mark
    if len(digits) > 40 or not _NUMBER[mark].fullmatch(digits) or not any(sign.isdigit() for sign in digits):
        raise UnreadableValueError("not a number")
    grouping = "," if mark == "." else "."
    number = Decimal(digits.replace(grouping, "").replace(",", "."))
    return -number if negative else number


def own_decimal_mark(text: str) -> DecimalMark | None:
    """The mark before the decimals where the text itself shows it; None where it has none or could be either."""
    digits = _bare(text)[1]
    marks = [sign for sign in digits if sign in ".,"]
    if not marks or _EITHER_WAY.fullmatch(digits):
        return None
    last: DecimalMark = "." if marks[-1] == "." else ","
    other: DecimalMark = "," if last == "." else "."
    # A mark that is repeated groups digits; one that stands alone, or after the other one, comes before decimals.
    return other if marks.count(last) > 1 else last


def can_be_read_either_way(text: str) -> bool:
    """Whether `1.234` may be a bit more than one, or more than a thousand."""
    return _EITHER_WAY.fullmatch(_bare(text)[1]) is not None


def named_currency(text: str) -> str | None:
    """The ISO code of the currency that a sign or code beside the number means; None without one, or for `$`, `¥`."""
    found = _MARK.search(_plain(text))
    mark = (found["before"] or found["after"] or "").upper() if found else ""
    return _CURRENCY_OF_MARK.get(mark) or (mark if re.fullmatch(r"[A-Z]{3}", mark) else None)


def has_yen_sign(text: str) -> bool:
    """`¥` is the sign of the yen and of the yuan."""
    return "¥" in _plain(text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_MINUS).strip()


def _bare(text: str) -> tuple[bool, str]:
    """Whether the amount is negative, and its digits with their marks alone."""
    plain = _MARK.sub(lambda found: found["sign"] or "", _plain(text)).strip()
    plain = _MARK.sub(lambda found: found["sign"] or "", plain).strip()
    negative = plain.startswith("(") and plain.endswith(")")
    digits = (plain[1:-1] if negative else plain).translate(_GROUPING_MARKS)
    if digits.endswith("-") or digits.startswith("-"):
        negative, digits = not negative, digits.removesuffix("-").removeprefix("-")
    return negative, digits.removeprefix("+")
