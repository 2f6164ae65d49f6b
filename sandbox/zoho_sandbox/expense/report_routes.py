"""The operations on expense reports."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import users
from zoho_sandbox.books.contacts import custom_fields
from zoho_sandbox.books.errors import invalid_value, not_allowed_now
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    Query,
    amount_filter,
    date_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import customers, expenses, projects, report_store
from zoho_sandbox.expense.operations import operation
from zoho_sandbox.expense.report_states import STATUSES, check_open, done, move
from zoho_sandbox.expense.report_store import Report

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


def create(books: BooksCall, fields: Fields) -> Report:
    """Store the draft `fields` describe, with the expenses it lists; raises BooksError."""
    now = books.now()
    fields.required_text("report_name", 200)
    content = _composed(books, fields) | {
        "report_id": books.sandbox.new_id(),
        "report_number": f"ER-{books.db.count_up(f'expense/{books.organization_id}/report', 0):05d}",
        "created_time": books.organization.written(now),
        "created_date": books.today.isoformat(),
        "created_by_id": books.user.user_id,
        "created_by_name": books.user.name,
        "created_by_email": books.user.email,
        "submitted_date": "",
        "approved_date": "",
        "reimbursed_date": "",
        "reference_number": "",
        "is_archived": False,
        "policy_id": "",
        "policy_name": "",
        "tags": [],
    }
    report = report_store.insert(books, content)
    _put_in(books, report.report_id, fields)
    return report_store.find(books, report.report_id)


def _composed(books: BooksCall, fields: Fields) -> dict[str, Any]:
    today = books.today.isoformat()
    start = fields.day("start_date", today)
    end = fields.day("end_date", max(start, today))
    if end < start:
        raise invalid_value("end_date")
    project_id = fields.identifier("project_id")
    project = projects.find(books, project_id) if project_id else None
    customer_id = fields.identifier("customer_id") or (project["customer_id"] if project else "")
    if customer_id:
        customers.find(books, customer_id)
    user_id = fields.identifier("user_id") or books.user.user_id
    users.find(books.db, books.organization_id, user_id)
    return {
        "report_name": fields.text("report_name", 200),
        "description": fields.text("description", 1000),
        "start_date": start,
        "end_date": end,
        "due_date": fields.day("due_date"),
        "customer_id": customer_id,
        "project_id": project_id,
        "user_id": user_id,
        "custom_fields": custom_fields(fields),
    }


def _put_in(books: BooksCall, report_id: str, fields: Fields) -> None:
    """The expenses a request lists become the report's; those it had and does not list leave it."""
    if "expenses" not in fields:
        return
    listed = [row.identifier("expense_id") for row in fields.rows("expenses")]
    for expense in expenses.of_report(books, report_id):
        if expense.expense_id not in listed:
            expenses.set_report(books, expense, "")
    for expense_id in dict.fromkeys(listed):
        expense = expenses.find(books, expense_id)
        if expense.report_id not in ("", report_id):
            raise not_allowed_now("An expense can belong to one report only.")
        expenses.set_report(books, expense, report_id)
    report_store.recount(books, report_id)


def detail(books: BooksCall, report: Report) -> dict[str, Any]:
    """The answer of `GET /expensereports/{id}`."""
    inside = [expense.shown() for expense in expenses.of_report(books, report.report_id)]
    return report.shown() | {"expenses": inside, "comments": [], "approvers": [], "documents": []}


def _report(books: BooksCall) -> Report:
    return report_store.find(books, books.id("report_id"))


def _create(books: BooksCall) -> Answer:
    report = create(books, books.fields)
    return success("The expense report has been created.", status=201, expense_report=detail(books, report))


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("r.organization_id = ?", books.organization_id)
    filter_by = books.query.get("filter_by") or "Status.All"
    wanted = [("status", books.query.get("status", "")), ("filter_by", filter_by.removeprefix("Status.").lower())]
    for name, status in wanted:
        if status in ("", "all"):
            continue
        if status not in STATUSES:
            raise invalid_value(name)
        base.add("r.status = ?", status)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(
        f"{report_store.SELECT} WHERE {page.where} {page.order_by} {page.limit}",
        page.parameters,
    )
    return page_answer("expense_reports", [report_store.from_row(books, row).shown() for row in found], page)


def _get(books: BooksCall) -> Answer:
    return success(expense_report=detail(books, _report(books)))


def _change(books: BooksCall) -> Answer:
    report = _report(books)
    check_open(report.status)
    kept = {name: report.content[name] for name in _KEPT}
    content = report.content | _composed(books, books.fields.over(kept))
    if "custom_fields" not in books.fields:
        content["custom_fields"] = report.content["custom_fields"]
    report_store.save(books, report, content, report.status)
    _put_in(books, report.report_id, books.fields)
    changed = detail(books, _report(books))
    return success("The expense report has been updated.", expense_report=changed)


def _remove(books: BooksCall) -> Answer:
    report = _report(books)
    check_open(report.status)
    for expense in expenses.of_report(books, report.report_id):
        expenses.set_report(books, expense, "")
    report_store.remove(books, report)
    return success("The expense report has been deleted.")


def change_status(books: BooksCall, report: Report, name: str, fields: Fields) -> Report:
    """Make the move `name` ("submit", "approve", ...); raises BooksError where it is not allowed."""
    status = move(report.status, name, approver=books.user.is_administrator)
    if name == "submit" and not report.around["expense_count"]:
        raise not_allowed_now("A report without expenses cannot be submitted.")
    today = books.today.isoformat()
    stamps = {"submitted": "submitted_date", "approved": "approved_date", "reimbursed": "reimbursed_date"}
    content = dict(report.content)
    if status in stamps:
        content[stamps[status]] = fields.day("date", today)
    if name == "reimburse":
        content["reference_number"] = fields.text("reference_number", 100)
    saved = report_store.save(books, report, content, status)
    report_store.note(books, report.report_id, status, fields.text("comments", 1000))
    expenses.touch(books, report.report_id)
    return saved


def _moved(name: str) -> Any:
    def answer(books: BooksCall) -> Answer:
        # Comments come in the body or, from older clients, in the query.
        fields = books.fields.over({name: value for name, value in books.query.items() if name == "comments"})
        change_status(books, _report(books), name, fields)
        return success(f"The expense report has been {done(name)}.")

    return answer


def _history(books: BooksCall) -> Answer:
    return success(approval_history=report_store.history(books, _report(books).report_id))


_ONE = "/expensereports/{report_id}"
OPERATIONS = (
    operation("GET", "/expensereports", _list, scope="expensereport.READ"),
    operation("POST", "/expensereports", _create, scope="expensereport.CREATE"),
    operation("GET", _ONE, _get, scope="expensereport.READ"),
    operation("PUT", _ONE, _change, scope="expensereport.UPDATE"),
    operation("DELETE", _ONE, _remove, scope="expensereport.DELETE"),
    *(
        operation("POST", f"{_ONE}/{name}", _moved(name), scope="expensereport.UPDATE")
        for name in ("submit", "recall", "approve", "reject", "reimburse")
    ),
    operation("GET", f"{_ONE}/approvalhistory", _history, scope="expensereport.READ"),
)
