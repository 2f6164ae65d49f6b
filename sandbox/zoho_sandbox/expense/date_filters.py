"""The named periods an expense list can be narrowed to (`filter_by=ExpenseDate.ThisMonth`)."""

from __future__ import annotations

from datetime import date, timedelta

from zoho_sandbox.finance.errors import invalid_value

# What a list shows when nobody says otherwise.
DEFAULT = "ExpenseDate.ThisMonth"
_PREFIX = "ExpenseDate."
_DAY = timedelta(days=1)

Period = tuple[date, date]


def is_period(filter_by: str) -> bool:
    return filter_by.startswith(_PREFIX)


def period(filter_by: str, today: date) -> Period | None:
    """First and last day of the period `filter_by` names; None for all time. Raises FinanceError."""
    name = filter_by.removeprefix(_PREFIX)
    if name == "All":
        return None
    if name == "Today":
        return today, today
    for prefix in ("This", "Previous", "Last"):
        unit = name.removeprefix(prefix)
        if name.startswith(prefix) and unit in _STARTS:
            start = _STARTS[unit](today)
            return _span(unit, start if prefix == "This" else _STARTS[unit](start - _DAY))
    raise invalid_value("filter_by")


def _span(unit: str, start: date) -> Period:
    # Far enough to be in the next period, never beyond it.
    into_next = start + timedelta(days={"Week": 7, "Month": 31, "Quarter": 92, "Year": 366}[unit])
    return start, _STARTS[unit](into_next) - _DAY


def _week(day: date) -> date:
    """Weeks start on Sunday, as the service's calendars do."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _month(day: date) -> date:
    return day.replace(day=1)


def _quarter(day: date) -> date:
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


_STARTS = {"Week": _week, "Month": _month, "Quarter": _quarter, "Year": _year}
