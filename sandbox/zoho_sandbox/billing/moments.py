"""When something happens to a subscription or invoice: its day in the organisation, and its time as stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.times import stamp, zone


@dataclass(frozen=True, slots=True)
class Moment:
    day: date
    at: int


def present(books: BooksCall) -> Moment:
    return Moment(books.today, books.now())


def first_of_day(books: BooksCall, day: date, *, earliest: int = 0) -> Moment:
    """Midnight where the organisation is, but not before `earliest`."""
    midnight = stamp(datetime.combine(day, time(), zone(books.organization.time_zone)))
    return Moment(day, max(midnight, earliest))
