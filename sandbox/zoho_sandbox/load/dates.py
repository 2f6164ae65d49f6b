"""Dates as exports, spreadsheets and people write them, read as calendar dates; malformed ones are refused.

`3/4/2026` does not say which number is the month: the other dates of its column decide, or the person who
loads the file.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Literal

from zoho_sandbox.load.amounts import UnreadableValueError

DateOrder = Literal["day-first", "month-first"]

# A time of day after the date is left aside: the CRM's dates have none.
_TIME = r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:[-/.](\d{{1,2}})[-/.](\d{{1,2}})|年(\d{{1,2}})月(\d{{1,2}})日?){_TIME}")
_COMPACT = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])\s?(\d{1,2}|元)(?:年(\d{1,2})月(\d{1,2})日?|[./-](\d{1,2})[./-](\d{1,2}))"
)
_NAMED_MONTH = re.compile(
    rf"(?:(?P<day>\d{{1,2}})[\s-](?P<month>[A-Za-z]{{3,9}})\.?|(?P<month_first>[A-Za-z]{{3,9}})\.?[\s-](?P<day_last>\d{{1,2}}))"
    rf",?[\s-]\s*(?P<year>\d{{4}}|\d{{2}}){_TIME}"
)
_SERIAL = re.compile(r"(\d{4,6})(?:\.\d+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ERA_STARTS = {
    "令": 2018,
    "R": 2018,
    "平": 1988,
    "H": 1988,
    "昭": 1925,
    "S": 1925,
    "大": 1911,
    "T": 1911,
    "明": 1867,
    "M": 1867,
}
# Day 1 of a spreadsheet's calendar is the first of January 1900; it counts a 29 February that year did not have.
_SERIAL_ORIGIN = date(1899, 12, 30)
_SERIALS = range(3654, 109_574)  # 1910 to 2199: smaller numbers are more likely years or counts


def read_date(text: str, date_format: str | None, order: DateOrder | None) -> date:
    """A calendar date; raises UnreadableValueError.

    date_format: strptime format, then nothing else is read. order: decides where day and month can be either.
    """
    if date_format is not None:
        try:
            return datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a date has no zone
        except ValueError as error:
            raise UnreadableValueError(f"not a date written {date_format}") from error
    year, month, day = _parts(unicodedata.normalize("NFKC", text).strip(), order)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UnreadableValueError("no such day in the calendar") from error


def own_date_order(text: str) -> DateOrder | None:
    """Which of day and month stands first where the text shows it; None where it is no such date or can be either."""
    numbers = _numbers_before_year(text)
    if numbers is None or numbers[0] == numbers[1]:
        return None
    first, second = numbers
    if first > 12 >= second:
        return "day-first"
    return "month-first" if second > 12 >= first else None


def day_and_month_can_be_either(text: str) -> bool:
    """Whether the text is a date that means one day with the day first and another with the month first."""
    numbers = _numbers_before_year(text)
    return numbers is not None and numbers[0] != numbers[1] and max(numbers) <= 12


def _numbers_before_year(text: str) -> tuple[int, int] | None:
    found = _YEAR_LAST.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return (int(found[1]), int(found[3])) if found else None


def _parts(text: str, order: DateOrder | None) -> tuple[int, int, int]:
    if found := _YEAR_FIRST.fullmatch(text):
        return int(found[1]), int(found[2] or found[4]), int(found[3] or found[5])
    if found := _COMPACT.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_LAST.fullmatch(text):
        return _year_last(text, int(found[1]), int(found[3]), _year(found[4]), order)
    if found := _ERA.fullmatch(text):
        count = 1 if found[2] == "元" else int(found[2])
        return _ERA_STARTS[found[1][0]] + count, int(found[3] or found[5]), int(found[4] or found[6])
    if found := _NAMED_MONTH.fullmatch(text):
        month = _month_number(found["month"] or found["month_first"])
        return _year(found["year"]), month, int(found["day"] or found["day_last"])
    if (found := _SERIAL.fullmatch(text)) and int(found[1]) in _SERIALS:
        day = _SERIAL_ORIGIN + timedelta(days=int(found[1]))
        return day.year, day.month, day.day
    raise UnreadableValueError("not a date written year-month-day, nor another way that is known")


def _year_last(text: str, first: int, second: int, year: int, order: DateOrder | None) -> tuple[int, int, int]:
    order = own_date_order(text) or order
    if order is None and first != second:
        raise UnreadableValueError("not a date written year-month-day; day and month can be either way round")
    return (year, second, first) if order == "day-first" else (year, first, second)


def _year(text: str) -> int:
    """Two digits mean 1969 to 2068, as in POSIX."""
    number = int(text)
    return number if len(text) > 2 else number + (1900 if number >= 69 else 2000)


def _month_number(name: str) -> int:
    lower = name.casefold()
    if lower not in _MONTHS and lower not in _MONTH_NAMES and lower != "sept":
        raise UnreadableValueError("not a date written year-month-day, nor with the name of a month")
    return _MONTHS.index(lower[:3]) + 1
