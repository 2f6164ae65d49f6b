"""Expenses, and the reports these are handed in with; both read only."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from tsunagi import EntityType, FieldSpec, Money, RecordRef, StatusLabel, Text, Value
from tsunagi_zoho.finance.kinds import Kind, Listing
from tsunagi_zoho.finance.ledger import Ledger, amounts, in_base, tells_base
from tsunagi_zoho.finance.wire import Row

NAME = "expense"
# Enough of an id to distinguish expenses without a reference.
_SHORT = 8
_LATEST_FIRST = {"sort_column": "last_modified_time", "sort_order": "D"}

REPORT_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary", "draft"),
    StatusLabel("submitted", Text("Awaiting approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("rejected", Text("Rejected", "却下"), "danger", "void"),
    StatusLabel("recalled", Text("Recalled", "取り下げ"), "secondary", "draft"),
    StatusLabel("reimbursed", Text("Reimbursed", "精算済み"), "success"),
)
# An expense is as far as its report is; alone it waits to be put into one.
EXPENSE_STATUSES = (StatusLabel("unreported", Text("Not reported", "未申請"), "warning"), *REPORT_STATUSES)


def read_expense(row: Row, ledger: Ledger) -> dict[str, Value]:
    id = row.required_text("expense_id")
    customer = row.text("customer_id")
    total = amounts(row, "total", "total", ledger)
    paid_back = row.data.get("is_reimbursable") is not True or row.text("status") == "reimbursed"
    return {
        "number": row.text("reference_number") or id[-_SHORT:],
        "status": row.required_text("status"),
        "date": row.date("date"),
        **total,
        **_owed(total, paid_back),
        "customer": RecordRef(ledger.service, "customer", customer) if customer else None,
        "reference": row.text("reference_number"),
        "merchant": row.optional_text("merchant_name"),
        "category": row.optional_text("category_name"),
        "report": row.optional_text("report_number"),
        "spent_by": row.optional_text("user_name"),
    }


def read_report(row: Row, ledger: Ledger) -> dict[str, Value]:
    """A report belongs to the customer it names, else to the one most was spent for."""
    total = amounts(row, "total", "total", ledger)
    owed = amounts(row, "reimbursable_total", "balance", ledger)
    return {
        "number": row.required_text("report_number"),
        "name": row.optional_text("report_name"),
        "status": row.required_text("status"),
        "date": row.date("start_date"),
        "due_date": row.date("end_date"),
        **total,
        **(_owed(total, True) if row.text("status") == "reimbursed" else owed),
        "customer": _concerned(row, ledger),
        "reference": row.text("reference_number"),
        "spent_by": row.optional_text("user_name"),
    }


def _owed(total: dict[str, Value], paid_back: bool) -> dict[str, Value]:
    """What is still to be reimbursed to the person who spent it."""
    return {name.replace("total", "balance"): _or_nothing(amount, paid_back) for name, amount in total.items()}


def _or_nothing(amount: Value, nothing: bool) -> Value:
    return Money.zero(amount.currency) if nothing and isinstance(amount, Money) else amount


def _concerned(row: Row, ledger: Ledger) -> RecordRef | None:
    named = row.text("customer_id") or _most_spent_for(_expenses(row), ledger)
    return RecordRef(ledger.service, "customer", named) if named else None


def _expenses(row: Row) -> list[Row]:
    inside = row.data.get("expenses") or ()
    if not isinstance(inside, list | tuple) or not all(isinstance(each, dict) for each in inside):
        raise row.broken("expenses", inside, "a list of expenses")
    return [Row(row.service, f"{row.what}, an expense", each) for each in inside]


def _most_spent_for(expenses: Sequence[Row], ledger: Ledger) -> str:
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for row in expenses:
        spent[row.text("customer_id")] += in_base(row, "total", row.money("total", row.currency()), ledger).amount
    spent.pop("", None)
    # Of equals always the same one.
    return max(sorted(spent), key=spent.__getitem__, default="")


def _says_whom(row: Row, ledger: Ledger) -> bool:
    """Rows of the list leave out a report's expenses, which alone may show whom it concerns."""
    known = row.has("expenses") or row.text("customer_id") or row.text("expense_count") == "0"
    return bool(known) and tells_base(row, ledger, "total", "reimbursable_total")


def _fields(statuses: tuple[StatusLabel, ...], date: Text, own: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("number", "text", Text("Number", "番号"), read_only=True),
        FieldSpec("status", "choice", Text("Status", "状態"), choices={each.status: each.label for each in statuses}),
        FieldSpec("date", "date", date),
        FieldSpec("total", "money", Text("Total", "合計"), read_only=True),
        FieldSpec("balance", "money", Text("To be reimbursed", "未精算額"), read_only=True),
        FieldSpec("base_total", "money", Text("Total in base currency", "合計(基準通貨)"), read_only=True),
        FieldSpec(
            "base_balance", "money", Text("To be reimbursed in base currency", "未精算額(基準通貨)"), read_only=True
        ),
        FieldSpec("customer", "reference", Text("Customer", "顧客"), references=f"{NAME}.customer"),
        FieldSpec("reference", "text", Text("Reference", "参照番号")),
        FieldSpec("spent_by", "text", Text("Spent by", "申請者")),
        *own,
    )


EXPENSE_TYPE = EntityType(
    service=NAME,
    name="expense",
    label=Text("Expense", "経費"),
    plural=Text("Expenses", "経費"),
    fields=_fields(
        EXPENSE_STATUSES,
        Text("Date", "日付"),
        (
            FieldSpec("merchant", "text", Text("Merchant", "支払先")),
            FieldSpec("category", "text", Text("Category", "カテゴリー")),
            FieldSpec("report", "text", Text("Report", "経費レポート")),
        ),
    ),
    kind="document",
    title="number",
)
REPORT_TYPE = EntityType(
    service=NAME,
    name="expense_report",
    label=Text("Expense report", "経費レポート"),
    plural=Text("Expense reports", "経費レポート"),
    fields=_fields(
        REPORT_STATUSES,
        Text("From", "開始日"),
        (
            FieldSpec("name", "text", Text("Name", "名称")),
            FieldSpec("due_date", "date", Text("To", "終了日")),
        ),
    ),
    kind="document",
    title="number",
)

EXPENSE = Kind(
    entity="expense",
    path="expenses",
    one="expense",
    many="expenses",
    read=read_expense,
    describe=lambda _: EXPENSE_TYPE,
    # Without a filter the service lists those of this month only.
    listing=Listing({"filter_by": "ExpenseDate.All", **_LATEST_FIRST}, newest_first=True),
    complete=lambda row, ledger: tells_base(row, ledger, "total"),
    statuses=EXPENSE_STATUSES,
    customers_only=True,
    columns=("date", "category", "merchant", "spent_by", "status", "total"),
)
REPORT = Kind(
    entity="expense_report",
    path="expensereports",
    one="expense_report",
    many="expense_reports",
    read=read_report,
    describe=lambda _: REPORT_TYPE,
    own_id_key="report_id",
    listing=Listing({"filter_by": "Status.All", **_LATEST_FIRST}, newest_first=True),
    complete=_says_whom,
    statuses=REPORT_STATUSES,
    customers_only=True,
    columns=("date", "name", "spent_by", "status", "total", "balance"),
)
