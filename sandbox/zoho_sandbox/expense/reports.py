"""Expense reports: their statuses and who may change them, their totals and their approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoho_sandbox.finance import organizations
from zoho_sandbox.finance.errors import does_not_exist, not_allowed_now, not_authorized
from zoho_sandbox.finance.money import unscaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.wire import decode, encode

STATUSES = ("draft", "submitted", "approved", "rejected", "reimbursed", "recalled")
UNREPORTED = "unreported"
# Statuses in which its owner still works on a report.
OPEN = frozenset({"draft", "rejected", "recalled"})
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "submit": (OPEN, "submitted"),
    "recall": (frozenset({"submitted"}), "recalled"),
    "approve": (frozenset({"submitted"}), "approved"),
    "reject": (frozenset({"submitted", "approved"}), "rejected"),
    "reimburse": (frozenset({"approved"}), "reimbursed"),
}
_APPROVERS_ONLY = frozenset({"approve", "reject", "reimburse"})
_DONE = {
    "submit": "submitted",
    "recall": "taken back",
    "approve": "approved",
    "reject": "rejected",
    "reimburse": "reimbursed",
}


def moved(status: str, name: str, *, approver: bool) -> str:
    """The status after the move `name`; `approver`: whether the caller may approve. Raises FinanceError where it is not
    allowed."""
    allowed, after = MOVES[name]
    if name in _APPROVERS_ONLY and not approver:
        raise not_authorized()
    if status not in allowed:
        raise not_allowed_now(f"A report in {status} status cannot be {done(name)}.")
    return after


def done(name: str) -> str:
    """The move as a past participle, for messages."""
    return _DONE[name]


def check_open(status: str) -> None:
    """Raises FinanceError once the report has left its owner's hands."""
    if status not in OPEN:
        raise not_allowed_now(f"A report in {status} status, and its expenses, cannot be changed.")


SELECT = (
    "SELECT r.*, c.contact_name, p.project_name, u.name AS user_name, u.email AS user_email,"
    " (SELECT COUNT(*) FROM expense_expenses e WHERE e.report_id = r.report_id) AS expense_count"
    " FROM expense_reports r"
    " LEFT JOIN finance_contacts c ON c.contact_id = r.customer_id AND r.customer_id <> ''"
    " LEFT JOIN expense_projects p ON p.project_id = r.project_id AND r.project_id <> ''"
    " LEFT JOIN finance_users u ON u.user_id = r.user_id"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report; `content` is its JSON, `around` what other records say of it, totals included."""

    report_id: str
    status: str
    content: dict[str, Any]
    around: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        return {**self.content, **self.around, "status": self.status}


def find(call: FinanceCall, report_id: str) -> Report:
    """Raises FinanceError 1002."""
    row = call.db.one(f"{SELECT} WHERE r.report_id = ? AND r.organization_id = ?", (report_id, call.organization_id))
    if row is None:
        raise does_not_exist("Expense report")
    return from_row(call, row)


def from_row(call: FinanceCall, row: Any) -> Report:
    """A report from a row of `SELECT`."""
    organization = call.organization
    precision = organization.price_precision
    around = {
        "customer_name": row["contact_name"] or "",
        "project_name": row["project_name"] or "",
        "user_name": row["user_name"] or "",
        "user_email": row["user_email"] or "",
        "currency_id": organization.currency_id,
        "currency_code": organization.currency_code,
        "currency_symbol": organization.currency_symbol,
        "price_precision": precision,
        "total": unscaled(row["total"], precision),
        "reimbursable_total": unscaled(row["reimbursable"], precision),
        "non_reimbursable_total": unscaled(row["total"] - row["reimbursable"], precision),
        "expense_count": row["expense_count"],
        "last_modified_time": organization.written(row["modified_at"]),
    }
    return Report(row["report_id"], row["status"], decode(row["document"]), around)


def insert(call: FinanceCall, content: dict[str, Any]) -> Report:
    """Store a new draft; its id and number are in `content` already."""
    now = call.now()
    columns = _columns(content, "draft", now) | {
        "report_id": content["report_id"],
        "organization_id": call.organization_id,
        "report_number": content["report_number"],
        "total": 0,
        "reimbursable": 0,
        "created_at": now,
    }
    call.db.insert("expense_reports", columns)
    organizations.note_use(call.sandbox, call.organization_id, call.service.name)
    return find(call, content["report_id"])


def save(call: FinanceCall, report: Report, content: dict[str, Any], status: str) -> Report:
    """Replace a report's content and status; it was modified now."""
    call.db.update("expense_reports", _columns(content, status, call.now()), "report_id", report.report_id)
    return find(call, report.report_id)


def _columns(content: dict[str, Any], status: str, now: int) -> dict[str, Any]:
    names = ("report_name", "user_id", "customer_id", "project_id", "start_date", "end_date")
    return {
        **{name: content[name] for name in names},
        "status": status,
        "modified_at": now,
        "document": encode(content).decode(),
    }


def recount(call: FinanceCall, report_id: str) -> None:
    """Sum the report's expenses up again, in the base currency."""
    call.db.execute(
        "UPDATE expense_reports SET modified_at = :now,"
        " total = (SELECT COALESCE(SUM(bcy_total), 0) FROM expense_expenses WHERE report_id = :id),"
        " reimbursable = (SELECT COALESCE(SUM(bcy_total), 0) FROM expense_expenses"
        " WHERE report_id = :id AND is_reimbursable) WHERE report_id = :id",
        {"now": call.now(), "id": report_id},
    )


def remove(call: FinanceCall, report: Report) -> None:
    for table in ("expense_approvals", "expense_reports"):
        call.db.execute(f"DELETE FROM {table} WHERE report_id = ?", (report.report_id,))  # noqa: S608  (table is code)


def note(call: FinanceCall, report_id: str, status: str, comments: str) -> None:
    """Add a line to the report's approval history."""
    call.db.insert(
        "expense_approvals",
        {
            "entry_id": call.sandbox.new_id(),
            "report_id": report_id,
            "status": status,
            "user_id": call.user.user_id,
            "comments": comments,
            "at": call.now(),
        },
    )


def history(call: FinanceCall, report_id: str) -> list[dict[str, Any]]:
    """The report's approvals, the earliest first."""
    found = call.db.query(
        "SELECT a.*, u.name, u.email FROM expense_approvals a LEFT JOIN finance_users u ON u.user_id = a.user_id"
        " WHERE a.report_id = ? ORDER BY a.at, a.entry_id",
        (report_id,),
    )
    return [
        {
            "approval_id": row["entry_id"],
            "approver_id": row["user_id"],
            "approver_name": row["name"] or "",
            "approver_email": row["email"] or "",
            "approval_status": row["status"],
            "status": row["status"],
            "comments": row["comments"],
            "date": call.organization.written(row["at"]),
            "order": position,
        }
        for position, row in enumerate(found, 1)
    ]
