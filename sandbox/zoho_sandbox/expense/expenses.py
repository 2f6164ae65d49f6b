"""Expenses: what a request may say of one, how it is priced and kept, and how answers show it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.expense import categories, customers, projects, reports
from zoho_sandbox.expense.reports import UNREPORTED, check_open
from zoho_sandbox.finance import currencies, custom_fields, organizations, taxes, users
from zoho_sandbox.finance.errors import FinanceError, does_not_exist, invalid_value
from zoho_sandbox.finance.money import LARGEST, ZERO, Line, Terms, converted, figure, rate_figure, scaled, totals
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.wire import decode, encode

AMOUNT_CODE = 5015
_TEXTS = {
    "merchant_name": 200,
    "description": 500,
    "reference_number": 50,
    "paid_through_account_id": 20,
    "paid_through_account_name": 100,
}
_KEPT = (
    "date", "currency_id", "exchange_rate", "is_inclusive_tax", "is_billable", "is_reimbursable", "is_personal",
    "payment_mode", "customer_id", "project_id", "user_id", "report_id", "custom_fields", *_TEXTS,
)  # fmt: skip
SELECT = (
    "SELECT e.expense_id, e.report_id, e.document, r.report_name, r.report_number, r.status AS report_status,"
    " c.contact_name, p.project_name, u.name AS user_name, u.email AS user_email FROM expense_expenses e"
    " LEFT JOIN expense_reports r ON r.report_id = e.report_id AND e.report_id <> ''"
    " LEFT JOIN finance_contacts c ON c.contact_id = e.customer_id AND e.customer_id <> ''"
    " LEFT JOIN expense_projects p ON p.project_id = e.project_id AND e.project_id <> ''"
    " LEFT JOIN finance_users u ON u.user_id = e.user_id"
)


@dataclass(frozen=True, slots=True)
class Expense:
    """A stored expense: `content` never depends on other records, `around` is what they say today."""

    expense_id: str
    report_id: str
    content: dict[str, Any]
    around: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        return {**self.content, **self.around}


def find(call: FinanceCall, expense_id: str) -> Expense:
    """Raises FinanceError 1002."""
    row = call.db.one(f"{SELECT} WHERE e.expense_id = ? AND e.organization_id = ?", (expense_id, call.organization_id))
    if row is None:
        raise does_not_exist("Expense")
    return from_row(row)


def of_report(call: FinanceCall, report_id: str) -> list[Expense]:
    """The expenses of a report, the earliest first."""
    return [
        from_row(row)
        for row in call.db.query(f"{SELECT} WHERE e.report_id = ? ORDER BY e.date, e.expense_id", (report_id,))
    ]


def from_row(row: Any) -> Expense:
    """An expense from a row of `SELECT`."""
    around = {
        "status": row["report_status"] or UNREPORTED,
        "report_id": row["report_id"],
        "report_name": row["report_name"] or "",
        "report_number": row["report_number"] or "",
        "customer_name": row["contact_name"] or "",
        "project_name": row["project_name"] or "",
        "user_name": row["user_name"] or "",
        "user_email": row["user_email"] or "",
    }
    return Expense(row["expense_id"], row["report_id"], decode(row["document"]), around)


def create(call: FinanceCall, fields: Fields) -> Expense:
    """Store the expense `fields` describe; raises FinanceError."""
    expense_id, now = call.sandbox.new_id(), call.now()
    content = _compose(call, fields, expense_id) | {"created_time": call.organization.written(now)}
    columns = _columns(call, content, now) | {
        "expense_id": expense_id,
        "organization_id": call.organization_id,
        "created_at": now,
    }
    call.db.insert("expense_expenses", columns)
    organizations.note_use(call.sandbox, call.organization_id, call.service.name)
    _recount(call, content["report_id"])
    return find(call, expense_id)


def change(call: FinanceCall, expense: Expense, fields: Fields) -> Expense:
    """Apply what `fields` name; raises FinanceError where the expense's report is in other hands."""
    check_free(call, expense)
    kept = {name: expense.content[name] for name in _KEPT} | {"report_id": expense.report_id}
    if fields.identifier("currency_id") not in ("", expense.content["currency_id"]):
        del kept["exchange_rate"]
    if not any(name in fields for name in ("line_items", "amount", "category_id")):
        kept["line_items"] = expense.content["line_items"]
    elif "line_items" not in fields:
        kept |= _only_line(expense)
    now = call.now()
    content = _compose(call, fields.over(kept), expense.expense_id)
    content["created_time"] = expense.content["created_time"]
    call.db.update("expense_expenses", _columns(call, content, now), "expense_id", expense.expense_id)
    for report_id in {expense.report_id, content["report_id"]}:
        _recount(call, report_id)
    return find(call, expense.expense_id)


def _only_line(expense: Expense) -> dict[str, Any]:
    """What an update of a simple expense keeps of its one line."""
    line = expense.content["line_items"][0]
    return {name: line[name] for name in ("category_id", "amount", "tax_id")}


def set_report(call: FinanceCall, expense: Expense, report_id: str) -> None:
    """Put an expense into a report, or out of one ("")."""
    check_free(call, expense)
    now = call.now()
    content = expense.content | {"report_id": report_id}
    call.db.update("expense_expenses", _columns(call, content, now), "expense_id", expense.expense_id)
    _recount(call, expense.report_id)


def touch(call: FinanceCall, report_id: str) -> None:
    """The expenses of a report show its status: when that changes, they have changed."""
    for expense in of_report(call, report_id):
        columns = _columns(call, expense.content, call.now())
        call.db.update("expense_expenses", columns, "expense_id", expense.expense_id)


def remove(call: FinanceCall, expense: Expense) -> None:
    check_free(call, expense)
    call.db.execute("DELETE FROM expense_expenses WHERE expense_id = ?", (expense.expense_id,))
    _recount(call, expense.report_id)


def check_free(call: FinanceCall, expense: Expense) -> None:
    """Raises FinanceError where the expense's report is submitted or beyond."""
    if expense.report_id:
        check_open(reports.find(call, expense.report_id).status)


def _recount(call: FinanceCall, report_id: str) -> None:
    if report_id:
        reports.recount(call, report_id)


def _compose(call: FinanceCall, fields: Fields, expense_id: str) -> dict[str, Any]:
    day = fields.day("date", call.today.isoformat())
    currency = currencies.find(
        call.db, call.organization_id, fields.identifier("currency_id") or call.organization.currency_id
    )
    rate = currencies.rate_for(call.db, currency, fields, day)
    return {
        "expense_id": expense_id,
        "transaction_id": expense_id,
        "transaction_type": "expense",
        "expense_type": "non_mileage",
        "mileage_type": "non_mileage",
        "date": day,
        **currency.shown(),
        "exchange_rate": rate_figure(rate),
        "is_inclusive_tax": fields.flag("is_inclusive_tax"),
        **_priced(call, fields, currency.price_precision, rate),
        **_assigned(call, fields),
        "is_reimbursable": fields.flag("is_reimbursable", default=True),
        "is_personal": fields.flag("is_personal"),
        "payment_mode": fields.text("payment_mode", 100, "Cash"),
        "custom_fields": custom_fields.given(fields),
        "merchant_id": "",
        "documents": [],
        "attendees": [],
        **{name: fields.text(name, limit) for name, limit in _TEXTS.items()},
    }


def _priced(call: FinanceCall, fields: Fields, precision: int, rate: Decimal) -> dict[str, Any]:
    """The lines and their totals, in the expense's currency and (`bcy_*`) in the base one."""
    given = fields.rows("line_items") or [fields]
    found = [categories.find(call, line.identifier("category_id") or _missing("category_id")) for line in given]
    lines = [Line(rate=_amount(line), tax=_tax(call, line)) for line in given]
    priced = totals(lines, Terms(precision=precision, inclusive=fields.flag("is_inclusive_tax")))
    if priced.total * rate > LARGEST:
        raise invalid_value("amount")
    shown = [
        {
            "line_item_id": line.identifier("line_item_id") or call.sandbox.new_id(),
            "category_id": category["category_id"],
            "category_name": category["category_name"],
            "description": line.text("description", 500),
            "amount": figure(own.rate, precision),
            "tax_id": own.tax.tax_id if own.tax else "",
            "tax_name": own.tax.name if own.tax else "",
            "tax_amount": figures.tax_amount,
            "item_total": figures.item_total,
            "tags": [],
        }
        for line, category, own, figures in zip(given, found, lines, priced.lines, strict=True)
    ]
    base = call.organization.price_precision
    return {
        "category_id": found[0]["category_id"],
        "category_name": found[0]["category_name"],
        "gl_code": found[0]["gl_code"],
        "is_itemized_expense": len(given) > 1,
        "line_items": shown,
        "sub_total": priced.sub_total,
        "tax_amount": priced.tax_total,
        "total": priced.total,
        "bcy_subtotal": converted(priced.sub_total, rate, base),
        "bcy_total": converted(priced.total, rate, base),
    }


def _missing(name: str) -> str:
    raise invalid_value(name)


def _amount(line: Fields) -> Decimal:
    amount = line.number("amount", ZERO)
    if amount <= 0:
        raise FinanceError(400, AMOUNT_CODE, "Enter a valid expense amount")
    return amount


def _tax(call: FinanceCall, line: Fields) -> Any:
    tax_id = line.identifier("tax_id")
    return taxes.find(call.db, call.organization_id, tax_id) if tax_id else None


def _assigned(call: FinanceCall, fields: Fields) -> dict[str, Any]:
    """Whose expense it is, for which customer and project, and in which report."""
    project_id = fields.identifier("project_id")
    project = projects.find(call, project_id) if project_id else None
    customer_id = fields.identifier("customer_id") or (project["customer_id"] if project else "")
    if customer_id:
        customers.find(call, customer_id)
    billable = fields.flag("is_billable")
    if billable and not customer_id:
        raise invalid_value("customer_id")
    user_id = fields.identifier("user_id") or call.user.user_id
    users.find(call.db, call.organization_id, user_id)
    report_id = fields.identifier("report_id")
    if report_id:
        check_open(reports.find(call, report_id).status)
    return {
        "customer_id": customer_id,
        "project_id": project_id,
        "is_billable": billable,
        "user_id": user_id,
        "report_id": report_id,
    }


def _columns(call: FinanceCall, content: dict[str, Any], now: int) -> dict[str, Any]:
    document = content | {"last_modified_time": call.organization.written(now)}
    names = ("user_id", "customer_id", "project_id", "category_id", "report_id", "merchant_name", "reference_number",
             "description", "date", "is_billable", "is_reimbursable")  # fmt: skip
    return {
        **{name: document[name] for name in names},
        "total": scaled(document["total"]),
        "bcy_total": scaled(document["bcy_total"]),
        "modified_at": now,
        "document": encode(document).decode(),
    }
