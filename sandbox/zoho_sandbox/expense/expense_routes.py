"""The operations on expenses, and the periods a list of them can be narrowed to."""

from __future__ import annotations

from datetime import date, timedelta

from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import expenses
from zoho_sandbox.expense.expenses import Expense
from zoho_sandbox.expense.reports import STATUSES, UNREPORTED
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.listing import (
    Conditions,
    Listing,
    Query,
    amount_filter,
    date_filter,
    equal,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success

_CUSTOMER_NAME = "(SELECT contact_name FROM finance_contacts WHERE contact_id = e.customer_id)"
_LISTING = Listing(
    report_name="Expenses",
    filters=(
        identifier_filter("customer_id", "e.customer_id"),
        identifier_filter("user_id", "e.user_id"),
        identifier_filter("project_id", "e.project_id"),
        identifier_filter("category_id", "e.category_id"),
        identifier_filter("report_id", "e.report_id"),
        text_filter("customer_name", _CUSTOMER_NAME),
        text_filter("reference_number", "e.reference_number"),
        text_filter("merchant_name", "e.merchant_name"),
        date_filter("date", "e.date"),
        amount_filter("total", "e.total"),
        modified_filter("e.modified_at"),
        search_filter("e.merchant_name", "e.reference_number", "e.description"),
    ),
    sort_columns={
        "date": "e.date",
        "total": "e.total",
        "bcy_total": "e.bcy_total",
        "merchant_name": "e.merchant_name",
        "customer_name": _CUSTOMER_NAME,
        "created_time": "e.created_at",
        "last_modified_time": "e.modified_at",
    },
    key="e.expense_id",
    default_sort="date",
    default_order="D",
)
# What only the detail of an expense shows.
_DETAIL_ONLY = frozenset({"line_items", "documents", "attendees", "custom_fields"})
_STATUSES = {
    "billable": "e.is_billable",
    "nonbillable": "NOT e.is_billable",
    "reimbursable": "e.is_reimbursable",
    "nonreimbursable": "NOT e.is_reimbursable",
    UNREPORTED: "e.report_id = ''",
    **{status: f"r.status = '{status}'" for status in STATUSES},
}


# What a list shows by default.
_DEFAULT_PERIOD = "ExpenseDate.ThisMonth"
_PERIODS = "ExpenseDate."
_DAY = timedelta(days=1)

Period = tuple[date, date]


def is_period(filter_by: str) -> bool:
    return filter_by.startswith(_PERIODS)


def period(filter_by: str, today: date) -> Period | None:
    """First and last day of the period `filter_by` names; None for all time. Raises FinanceError."""
    name = filter_by.removeprefix(_PERIODS)
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


def _applied_filter(query: Query) -> str:
    """`filter_by`; without one the list shows this month, unless it names dates."""
    if query.get("filter_by"):
        return query["filter_by"]
    dated = any(query.get(name) for name in ("date", "date_start", "date_end", "date_before", "date_after"))
    return "ExpenseDate.All" if dated else _DEFAULT_PERIOD


def _narrow(call: FinanceCall, applied: str, conditions: Conditions) -> None:
    wanted = [("status", call.query.get("status", ""))]
    if is_period(applied):
        days = period(applied, call.today)
        if days is not None:
            conditions.add("e.date BETWEEN ? AND ?", *(day.isoformat() for day in days))
    else:
        wanted.append(("filter_by", applied.removeprefix("Status.").lower()))
    for name, status in wanted:
        if status in ("", "all"):
            continue
        if status not in _STATUSES:
            raise invalid_value(name)
        conditions.add(_STATUSES[status])


def _list(call: FinanceCall) -> Answer:
    base = equal({"e.organization_id": call.organization_id})
    applied = _applied_filter(call.query)
    _narrow(call, applied, base)
    page = page_of(_LISTING, {**call.query, "filter_by": applied}, base)
    found = page.rows(call.db, expenses.SELECT)
    shown = [expenses.from_row(row).shown() for row in found]
    rows = [{name: value for name, value in row.items() if name not in _DETAIL_ONLY} for row in shown]
    return page_answer("expenses", rows, page)


def _expense(call: FinanceCall) -> Expense:
    return expenses.find(call, call.id("expense_id"))


def _create(call: FinanceCall) -> Answer:
    expense = expenses.create(call, call.fields)
    return success("The expense has been added.", status=201, expense=expense.shown())


def _get(call: FinanceCall) -> Answer:
    return success(expense=_expense(call).shown())


def _change(call: FinanceCall) -> Answer:
    expense = expenses.change(call, _expense(call), call.fields)
    return success("The expense has been updated.", expense=expense.shown())


def _remove(call: FinanceCall) -> Answer:
    expenses.remove(call, _expense(call))
    return success("The expense has been deleted.")


OFFERS = (
    offer("GET", "/expenses", _list, scope="expense.READ"),
    offer("POST", "/expenses", _create, scope="expense.CREATE"),
    offer("GET", "/expenses/{expense_id}", _get, scope="expense.READ"),
    offer("PUT", "/expenses/{expense_id}", _change, scope="expense.UPDATE"),
    offer("DELETE", "/expenses/{expense_id}", _remove, scope="expense.DELETE"),
)
