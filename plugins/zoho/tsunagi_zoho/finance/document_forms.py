"""What the finance services take when people make or change a document, and how it is read for that."""

from decimal import Decimal
from functools import partial

from tsunagi import ActionContext, DocumentForm, Fields, FieldSpec, Record, RecordRef, StatusLabel, Tax, Text, Value
from tsunagi_zoho.finance.deal_documents import lines_of, products_of
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.organization import PAGE_SIZE, OrganizationClient, list_in
from tsunagi_zoho.finance.wire import Row

# What the service refuses to change, or what nobody should: something was paid, answered or closed.
_CHANGEABLE = {
    "estimate": ("draft", "pending_approval", "approved", "sent", "viewed"),
    "invoice": ("draft", "pending_approval", "approved", "sent", "viewed", "unpaid", "overdue"),
    "sales_order": ("draft", "pending_approval", "approved", "open", "overdue"),
    "purchase_order": ("draft", "pending_approval", "approved", "open"),
}
_ENDS = {
    "estimate": Text("Valid until", "有効期限"),
    "invoice": Text("Due date", "支払期日"),
    "sales_order": Text("Shipment date", "出荷予定日"),
    "purchase_order": Text("Delivery date", "納品予定日"),
}
_LINE = (
    FieldSpec("item", "text", Text("Item", "品目")),
    FieldSpec("name", "text", Text("Name", "品名")),
    FieldSpec("description", "text", Text("Description", "説明")),
    FieldSpec("quantity", "decimal", Text("Quantity", "数量")),
    FieldSpec("rate", "decimal", Text("Rate", "単価")),
    FieldSpec("discount", "text", Text("Discount", "割引")),
    FieldSpec("tax", "text", Text("Tax", "税")),
)


def document_form(service: str, entity: str, statuses: tuple[StatusLabel, ...], issued: str) -> DocumentForm:
    """`issued` is the status a new document may have instead of a draft's."""
    labels = {each.status: each.label for each in statuses if each.status in ("draft", issued)}
    return DocumentForm(
        fields=(
            FieldSpec("status", "choice", Text("Status", "状態"), choices=labels),
            FieldSpec("date", "date", Text("Date", "日付")),
            FieldSpec("due_date", "date", _ENDS[entity]),
            FieldSpec("currency", "text", Text("Currency", "通貨")),
            FieldSpec("exchange_rate", "decimal", Text("Exchange rate", "為替レート")),
            FieldSpec("reference", "text", Text("Reference", "参照番号")),
            FieldSpec("notes", "text", Text("Notes", "備考")),
        ),
        line_fields=_LINE,
        changeable_in=_CHANGEABLE[entity],
        item=f"{service}.item",
        only_new=("status",),
        deal_in_reference=entity == "purchase_order",
        lines_of_deal=partial(_products_of_deal, service),
    )


def _products_of_deal(service: str, deal: Record, context: ActionContext) -> tuple[str | None, tuple[Fields, ...]]:
    """Raises RecordUnusable where it has none."""
    currency, lines, _ = lines_of(deal, "products", products_of(service, deal, "products", "any", context))
    return currency, tuple(line for line in lines if isinstance(line, dict))


def read_taxes(calls: OrganizationClient) -> tuple[Tax, ...]:
    """One call."""
    answer = calls.get("/settings/taxes", {"per_page": str(PAGE_SIZE)})
    rows = (Row(calls.service, "tax", data) for data in list_in(answer, "taxes"))
    return tuple(Tax(row.required_text("tax_id"), row.text("tax_name"), _number(row, "tax_percentage")) for row in rows)


def editable_fields(row: Row, ledger: Ledger) -> dict[str, Value]:
    """What a document says beside what pages show of it."""
    lines = row.data.get("line_items") or ()
    given = [Row(row.service, f"{row.what}, line", line) for line in lines if isinstance(line, dict)]
    return {
        "lines": tuple(_line(line, ledger) for line in given),
        "notes": row.text("notes"),
        "exchange_rate": row.number("exchange_rate"),
    }


def _line(row: Row, ledger: Ledger) -> Fields:
    item = row.text("item_id")
    return {
        "id": row.text("line_item_id"),
        "item": RecordRef(ledger.service, "item", item) if item else None,
        "name": row.text("name"),
        "description": row.text("description"),
        "quantity": _number(row, "quantity"),
        "rate": _number(row, "rate"),
        "discount": _discount(row),
        "tax": row.text("tax_id"),
    }


def _discount(row: Row) -> str | None:
    text = row.text("discount")
    return text if text.rstrip("%").strip("0. ") else None


def _number(row: Row, key: str) -> Decimal:
    return row.number(key) or Decimal(0)
