"""Dates and times as Books writes them (`2026-06-09T13:15:19-0400`), and the terms of subscriptions counted in them."""

from __future__ import annotations

from calendar import monthrange
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


UNITS = ("weeks", "months", "years")
# The limits of what a request may ask for keep every day within the calendar.
LONGEST_INTERVAL, MOST_CYCLES, MOST_DAYS = 24, 300, 3650
EARLIEST_START = date(2000, 1, 1)
_MONTHS = {"months": 1, "years": 12}


@dataclass(frozen=True, slots=True)
class Interval:
    """How long a term is: `count` days, weeks, months or years."""

    count: int
    unit: str

    def after(self, anchor: date, terms: int) -> date:
        """The day `terms` terms after `anchor`. Counting from the anchor keeps its day of the month: a
        subscription of 31 January renews on 28 February and on 31 March."""
        steps = self.count * terms
        if self.unit in ("days", "weeks"):
            return anchor + timedelta(**{self.unit: steps})
        months = anchor.year * 12 + anchor.month - 1 + steps * _MONTHS[self.unit]
        year, month = divmod(months, 12)
        return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Schedule:
    """The terms of a subscription; the first starts on `anchor`. `cycles` is their number, None without end."""

    anchor: date
    interval: Interval
    cycles: int | None

    def start(self, cycle: int) -> date:
        """The first day of a term; the first term is cycle 1."""
        return self.interval.after(self.anchor, cycle - 1)

    def end(self, cycle: int) -> date:
        """The day on which the next term starts."""
        return self.interval.after(self.anchor, cycle)

    def is_last(self, cycle: int) -> bool:
        return self.cycles is not None and cycle >= self.cycles

    @property
    def expires_on(self) -> date | None:
        return None if self.cycles is None else self.interval.after(self.anchor, self.cycles)

    def cycle_on(self, day: date) -> int:
        """The term that a day (not before the anchor) lies in."""
        cycle = 1
        while self.end(cycle) <= day:
            cycle += 1
        return cycle
