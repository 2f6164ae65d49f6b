"""Times and dates as Books writes them: `2026-06-09T13:15:19-0400` in the organisation's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zoho_sandbox.finance.errors import invalid_value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The service's examples use abbreviations; these are the ones that mean one place.
_ABBREVIATIONS = {
    "PST": "America/Los_Angeles",
    "MST": "America/Denver",
    "CST": "America/Chicago",
    "EST": "America/New_York",
    "GMT": "Europe/London",
    "CET": "Europe/Berlin",
    "IST": "Asia/Kolkata",
    "SGT": "Asia/Singapore",
    "JST": "Asia/Tokyo",
}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone an organisation's `time_zone` names; raises FinanceError."""
    try:
        return ZoneInfo(_ABBREVIATIONS.get(name, name))
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid_value("time_zone") from None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as stored, and its day where the organisation is."""

    day: date
    at: int


def stamp(moment: datetime) -> int:
    """The integer (microseconds since 1970) the database stores and sorts by."""
    return (moment - _EPOCH) // _MICROSECOND


def written(stamped: int, time_zone: str) -> str:
    """A stored moment the way answers show it."""
    moment = _EPOCH + stamped * _MICROSECOND
    return moment.astimezone(zone(time_zone)).strftime("%Y-%m-%dT%H:%M:%S%z")


def read(text: str, name: str) -> int:
    """A time from a query as a stored integer; an unescaped `+` of its offset may have become a space."""
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise invalid_value(name) from None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
