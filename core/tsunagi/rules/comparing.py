"""Two values side by side: equal, in order, or not to be compared, with the reason.

Only null equals null; a yes/no value is no number; texts have no order. Money meets a number in its own
currency, and a text such as "100000 JPY" only in the same one. A date meets the ISO text of a date, a time
the ISO text of a time with its offset, a record the text `service:entity:id`.
A Text as an answer is the reason why there is none.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from unicodedata import normalize

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef, Value
from tsunagi.text import Text
from tsunagi.wording import kind_word, shown

Answer = bool | Text
_Pair = tuple[object, object] | Text

_RECORD = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:\S+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def equal(value: Value, other: Value) -> Answer:
    if value is None or other is None:
        return value is other
    pair = _alike(value, other)
    return pair if isinstance(pair, Text) else pair[0] == pair[1]


def ordered(value: Value, other: Value, holds: Callable[[object, object], bool]) -> Answer:
    """Whether `holds` (operator.gt and its like) is true of them; a blank is neither more nor less than anything."""
    if value is None or other is None:
        return False
    pair = _alike(value, other)
    if isinstance(pair, Text):
        return pair
    if not isinstance(pair[0], int | Decimal | date) or isinstance(pair[0], bool):
        kind = kind_word(value)
        return Text(
            en=f"{shown(value)} is {kind.en}, which has no order: only numbers, money, dates and times have",
            ja=f"{shown(value)} は{kind.ja}で、大小を比べられません（数値・金額・日付・日時のみ）",
        )
    return holds(pair[0], pair[1])


def contains(value: Value, other: Value) -> Answer:
    """A text in a text, or an item of a list."""
    match value:
        case None:
            return False
        case tuple():
            return any_of(equal(item, other) for item in value)
        case str() if isinstance(other, str):
            return canonical(other) in canonical(value)
        case _:
            return _not_comparable(value, other)


def starts_with(value: Value, other: Value) -> Answer:
    if value is None:
        return False
    if isinstance(value, str) and isinstance(other, str):
        return canonical(value).startswith(canonical(other))
    return _not_comparable(value, other)


def any_of(answers: Iterable[Answer]) -> Answer:
    """True where one is, else the first reason why one cannot be evaluated, else False."""
    reason: Text | None = None
    for answer in answers:
        if answer is True:
            return True
        if isinstance(answer, Text) and reason is None:
            reason = answer
    return False if reason is None else reason


def blank(value: Value) -> bool:
    """Nothing a person would call filled in."""
    match value:
        case None:
            return True
        case str():
            return not value.strip()
        case tuple() | Mapping():
            return not value
        case _:
            return False


def canonical(text: str) -> str:
    """One spelling of what looks the same: が may be stored as one character or as two."""
    return normalize("NFC", text)


def money_in(text: str) -> Money | None:
    """`100000 JPY`, or None where the text is nothing of the kind."""
    return _money(text)


def date_in(text: str) -> date | None:
    """`2026-11-24`, or None."""
    return _date(text)


def no_such_day(text: str) -> bool:
    """Written as a date or a time whose day is in no calendar: `2027-02-31`."""
    return _DAY.fullmatch(text[:10]) is not None and text[10:11] in {"", "T", " "} and _date(text[:10]) is None


def time_in(text: str) -> datetime | None:
    """`2026-11-24T09:00:00+09:00`, or None; without an offset nobody knows when it is."""
    return _time(text)


def record_in(text: str) -> RecordRef | None:
    """`crm:account:1`, or None."""
    # A time with its offset has colons too, so the names are looked at.
    return RecordRef.parse(text) if _RECORD.fullmatch(text) else None


@lru_cache(maxsize=1024)
def _money(text: str) -> Money | None:
    amount, _, currency = text.strip().rpartition(" ")
    try:
        return Money(Decimal(amount.strip()), currency) if "_" not in amount else None
    except (ValueError, InvalidOperation):
        return None


@lru_cache(maxsize=1024)
def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


def _alike(value: Value, other: Value) -> _Pair:
    """Both as the same Python type, or why they cannot be."""
    match value, other:
        case (bool(), bool()):
            return value, other
        case (bool(), _) | (_, bool()):
            return _not_comparable(value, other)
        case (int() | Decimal(), int() | Decimal()):
            return _finite(value, other)
        case (Money(), int() | Decimal()):
            return _finite(value.amount, other)
        case (int() | Decimal(), Money()):
            return _finite(value, other.amount)
        case (Money(), Money()):
            return _same_currency(value, other)
        case (datetime(), datetime()):
            return _with_zones(value, other)
        case (date(), date()) if not isinstance(value, datetime) and not isinstance(other, datetime):
            return value, other
        case (str(), str()):
            return canonical(value), canonical(other)
        case (RecordRef(), RecordRef()):
            return value, other
        case (_, str()):
            return _against_text(value, other)
        case _:
            return _not_comparable(value, other)


def _against_text(value: Value, text: str) -> _Pair:
    match value:
        case Money() if (money := money_in(text)) is not None:
            return _same_currency(value, money)
        case datetime() if (time := time_in(text)) is not None:
            return _with_zones(value, time)
        case date() if not isinstance(value, datetime) and (day := date_in(text)) is not None:
            return value, day
        case RecordRef() if (ref := record_in(text)) is not None:
            return value, ref
        case _:
            return _not_comparable(value, text)


def _finite(value: int | Decimal, other: int | Decimal) -> _Pair:
    for number in (value, other):
        if isinstance(number, Decimal) and not number.is_finite():
            return Text(en=f"{number} is not a number", ja=f"{number} は数値ではありません")
    return value, other


def _same_currency(value: Money, other: Money) -> _Pair:
    if value.currency == other.currency:
        return value.amount, other.amount
    return Text(
        en=f"{value} and {other} are different currencies",
        ja=f"{value} と {other} は通貨が異なります",
    )


def _with_zones(value: datetime, other: datetime) -> _Pair:
    if value.tzinfo and other.tzinfo:
        return value, other
    naive = other if value.tzinfo else value
    return Text(
        en=f"the time {naive.isoformat()} has no time zone",
        ja=f"日時 {naive.isoformat()} にタイムゾーンがありません",
    )


def _not_comparable(value: Value, other: Value) -> Text:
    left, right = kind_word(value), kind_word(other)
    return Text(
        en=f"{shown(value)} ({left.en}) cannot be compared with {shown(other)} ({right.en})",
        ja=f"{shown(value)}（{left.ja}）は {shown(other)}（{right.ja}）と比べられません",
    )
