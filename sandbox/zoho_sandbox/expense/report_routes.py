"""The operations on expense reports."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import customers, expenses, projects, reports
from zoho_sandbox.expense.reports import STATUSES, Report, check_open, done, moved
from zoho_sandbox.finance import custom_fields, users
from zoho_sandbox.finance.errors import invalid_value, not_allowed_now
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
from zoho_sandbox.finance.payload import Fields

_KEPT = ("report_name", "description", "start_date", "end_date", "customer_id", "project_id", "user_id", "due_date")


def _customer_filter(query: Query, conditions: Conditions) -> None:
    """A report concerns a customer that it, or one of its expenses, names."""
    customer_id = query.get("customer_id")
    if not customer_id:
        return
    if not customer_id.isdigit():
        raise invalid_value("customer_id")
    conditions.add(
        "(r.customer_id = ? OR r.report_id IN (SELECT report_id FROM expense_expenses WHERE customer_id = ?))",
        customer_id,
        customer_id,
    )


_LISTING = Listing(
    report_name="Expense Reports",
    filters=(
        _customer_filter,
        text_filter("report_number", "r.report_number"),
        text_filter("report_name", "r.report_name"),
        identifier_filter("user_id", "r.user_id"),
        identifier_filter("project_id", "r.project_id"),
        date_filter("date", "r.start_date"),
        date_filter("start_date", "r.start_date"),
        date_filter("end_date", "r.end_date"),
        amount_filter("total", "r.total"),
        modified_filter("r.modified_at"),
        search_filter("r.report_number", "r.report_name"),
    ),
    sort_columns={
        "report_name": "r.report_name",
        "report_number": "r.report_number",
        "start_date": "r.start_date",
        "end_date": "r.end_date",
        "status": "r.status",
        "total": "r.total",
        "created_time": "r.created_at",
        "last_modified_time": "r.modified_at",
    },
    key="r.report_id",
    default_sort="created_time",
    default_order="D",
)


def create(call: FinanceCall, fields: Fields) -> Report:
    """Store the draft `fields` describe, with the expenses it lists; raises FinanceError."""
    now = call.now()
    fields.required_text("report_name", 200)
    content = _composed(call, fields) | {
        "report_id": call.sandbox.new_id(),
        "report_number": f"ER-{call.db.count_up(f'expense/{call.organization_id}/report', 0):05d}",
        "created_time": call.organization.written(now),
        "created_date": call.today.isoformat(),
        "created_by_id": call.user.user_id,
        "created_by_name": call.user.name,
        "created_by_email": call.user.email,
        "submitted_date": "",
        "approved_date": "",
        "reimbursed_date": "",
        "reference_number": "",
        "is_archived": False,
        "policy_id": "",
        "policy_name": "",
        "tags": [],
    }
    report = reports.insert(call, content)
    _put_in(call, report.report_id, fields)
    return reports.find(call, report.report_id)


def _composed(call: FinanceCall, fields: Fields) -> dict[str, Any]:
    today = call.today.isoformat()
    start = fields.day("start_date", today)
    end = fields.day("end_date", max(start, today))
    if end < start:
        raise invalid_value("end_date")
    project_id = fields.identifier("project_id")
    project = projects.find(call, project_id) if project_id else None
    customer_id = fields.identifier("customer_id") or (project["customer_id"] if project else "")
    if customer_id:
        customers.find(call, customer_id)
    user_id = fields.identifier("user_id") or call.user.user_id
    users.find(call.db, call.organization_id, user_id)
    return {
        "report_name": fields.text("report_name", 200),
        "description": fields.text("description", 1000),
        "start_date": start,
        "end_date": end,
        "due_date": fields.day("due_date"),
        "customer_id": customer_id,
        "project_id": project_id,
        "user_id": user_id,
        "custom_fields": custom_fields.given(fields),
    }


def _put_in(call: FinanceCall, report_id: str, fields: Fields) -> None:
    """The expenses a request lists become the report's; those it had and does not list leave it."""
    if "expenses" not in fields:
        return
    listed = [row.identifier("expense_id") for row in fields.rows("expenses")]
    for expense in expenses.of_report(call, report_id):
        if expense.expense_id not in listed:
            expenses.set_report(call, expense, "")
    for expense_id in dict.fromkeys(listed):
        expense = expenses.find(call, expense_id)
        if expense.report_id not in ("", report_id):
            raise not_allowed_now("An expense can belong to one report only.")
        expenses.set_report(call, expense, report_id)
    reports.recount(call, report_id)


def detail(call: FinanceCall, report: Report) -> dict[str, Any]:
    """The answer of `GET /expensereports/{id}`."""
    inside = [expense.shown() for expense in expenses.of_report(call, report.report_id)]
    return report.shown() | {"expenses": inside, "comments": [], "approvers": [], "documents": []}


def _report(call: FinanceCall) -> Report:
    return reports.find(call, call.id("report_id"))


def _create(call: FinanceCall) -> Answer:
    report = create(call, call.fields)
    return success("The expense report has been created.", status=201, expense_report=detail(call, report))


def _list(call: FinanceCall) -> Answer:
    base = equal({"r.organization_id": call.organization_id})
    filter_by = call.query.get("filter_by") or "Status.All"
    wanted = [("status", call.query.get("status", "")), ("filter_by", filter_by.removeprefix("Status.").lower())]
    for name, status in wanted:
        if status in ("", "all"):
            continue
        if status not in STATUSES:
            raise invalid_value(name)
        base.add("r.status = ?", status)
    page = page_of(_LISTING, call.query, base)
    found = page.rows(call.db, reports.SELECT)
    return page_answer("expense_reports", [reports.from_row(call, row).shown() for row in found], page)


def _get(call: FinanceCall) -> Answer:
    return success(expense_report=detail(call, _report(call)))


def _change(call: FinanceCall) -> Answer:
    report = _report(call)
    check_open(report.status)
    kept = {name: report.content[name] for name in _KEPT}
    content = report.content | _composed(call, call.fields.over(kept))
    if "custom_fields" not in call.fields:
        content["custom_fields"] = report.content["custom_fields"]
    reports.save(call, report, content, report.status)
    _put_in(call, report.report_id, call.fields)
    changed = detail(call, _report(call))
    return success("The expense report has been updated.", expense_report=changed)


def _remove(call: FinanceCall) -> Answer:
    report = _report(call)
    check_open(report.status)
    for expense in expenses.of_report(call, report.report_id):
        expenses.set_report(call, expense, "")
    reports.remove(call, report)
    return success("The expense report has been deleted.")


def change_status(call: FinanceCall, report: Report, name: str, fields: Fields) -> Report:
    """Make the moved `name` ("submit", "approve", ...); raises FinanceError where it is not allowed."""
    status = moved(report.status, name, approver=call.user.is_administrator)
    if name == "submit" and not report.around["expense_count"]:
        raise not_allowed_now("A report without expenses cannot be submitted.")
    today = call.today.isoformat()
    stamps = {"submitted": "submitted_date", "approved": "approved_date", "reimbursed": "reimbursed_date"}
    content = dict(report.content)
    if status in stamps:
        content[stamps[status]] = fields.day("date", today)
    if name == "reimburse":
        content["reference_number"] = fields.text("reference_number", 100)
    saved = reports.save(call, report, content, status)
    reports.note(call, report.report_id, status, fields.text("comments", 1000))
    expenses.touch(call, report.report_id)
    return saved


def _moved(name: str) -> Any:
    def answer(call: FinanceCall) -> Answer:
        # Comments come in the body or, from older clients, in the query.
        fields = call.fields.over({name: value for name, value in call.query.items() if name == "comments"})
        change_status(call, _report(call), name, fields)
        return success(f"The expense report has been {done(name)}.")

    return answer


def _history(call: FinanceCall) -> Answer:
    return success(approval_history=reports.history(call, _report(call).report_id))


_ONE = "/expensereports/{report_id}"
OFFERS = (
    offer("GET", "/expensereports", _list, scope="expensereport.READ"),
    offer("POST", "/expensereports", _create, scope="expensereport.CREATE"),
    offer("GET", _ONE, _get, scope="expensereport.READ"),
    offer("PUT", _ONE, _change, scope="expensereport.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="expensereport.DELETE"),
    *(
        offer("POST", f"{_ONE}/{name}", _moved(name), scope="expensereport.UPDATE")
        for name in ("submit", "recall", "approve", "reject", "reimburse")
    ),
    offer("GET", f"{_ONE}/approvalhistory", _history, scope="expensereport.READ"),
)
