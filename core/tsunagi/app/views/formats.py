"""How amounts, numbers, dates and times read in the reader's own language."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers, units

from tsunagi.domain.money import Money
from tsunagi.domain.records import Value
from tsunagi.text import Language
from tsunagi.translation import language

_LOCALES: dict[Language, str] = {"en": "en_US", "ja": "ja_JP"}
_DIGITS = 6


def locale() -> str:
    """The Babel locale of the current request or command."""
    return _LOCALES[language()]


def money(value: Money) -> str:
    """To the digits its currency is paid in, halves away from zero: ¥1,235, $1,054.00."""
    exact = value.rounded().amount
    # Rounded already: Babel would round halves to even.
    written = numbers.format_currency(exact, value.currency, locale=locale(), decimal_quantization=False)
    # A currency without a sign of its own goes by its code, which must not run into the figure.
    return re.sub(rf"{value.currency}(?=\d)", f"{value.currency}\xa0", written)


def number(value: Decimal | int) -> str:
    exact = value if isinstance(value, int) else value.quantize(Decimal(1).scaleb(-_DIGITS), ROUND_HALF_UP).normalize()
    return numbers.format_decimal(exact, locale=locale(), decimal_quantization=False)


def date(value: dt.date) -> str:
    return dates.format_date(value, "medium", locale=locale())


def time(value: dt.datetime, zone: dt.tzinfo = dt.UTC) -> str:
    """Date and time of day in the given zone, to the minute."""
    local = value.astimezone(zone)
    return f"{date(local.date())} {dates.format_time(local.time(), 'short', locale=locale())}"


def duration(seconds: float) -> str:
    """A length of time in the two largest units that matter: 1 min, 5 sec."""
    whole = max(round(seconds), 1)
    parts = [(whole // 3600, "hour"), (whole % 3600 // 60, "minute"), (whole % 60, "second")]
    largest = [part for part in parts if part[0]][:2]
    return " ".join(units.format_unit(count, f"duration-{unit}", "short", locale=locale()) for count, unit in largest)


def age(at: dt.datetime, now: dt.datetime) -> str:
    """How long ago: 3 days ago."""
    return dates.format_timedelta(at - now, add_direction=True, threshold=1.5, locale=locale())


def zone(name: str) -> dt.tzinfo:
    """The time zone of this name; UTC where a service names one that is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def value(shown: Value) -> str:
    """Any value of a record as the reader's language writes it; nothing for nothing."""
    if shown is None:
        return ""
    if isinstance(shown, Money):
        return money(shown)
    if isinstance(shown, Decimal):
        return f"{shown.normalize():f}"
    # A moment is a date too, and would lose its time.
    if isinstance(shown, dt.date) and not isinstance(shown, dt.datetime):
        return date(shown)
    return str(shown)
