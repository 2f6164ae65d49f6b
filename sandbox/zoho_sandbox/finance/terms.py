"""The calendar of subscriptions and recurring invoices: terms counted from one anchor day."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

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
