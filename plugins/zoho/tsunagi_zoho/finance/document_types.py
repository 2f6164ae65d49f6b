"""What estimates, invoices and orders are for people: their fields, how statuses read, what verbs have reached.

Their forms too: what the finance services take when people make or change one, and how it is read for that.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from tsunagi import (
    ActionContext,
    DocumentForm,
    EntityType,
    Fields,
    FieldSpec,
    Moment,
    Record,
    RecordRef,
    StatusLabel,
    Tax,
    Text,
    Value,
)
from tsunagi_zoho.finance.deal_documents import lines_of, products_of
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.organization import PAGE_SIZE, OrganizationClient, list_in
from tsunagi_zoho.finance.wire import Row

INVOICE_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary", "draft"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("sent", Text("Sent", "送信済み"), "info"),
    StatusLabel("viewed", Text("Viewed", "閲覧済み"), "info"),
    StatusLabel("unpaid", Text("Unpaid", "未払い"), "warning"),
    StatusLabel("partially_paid", Text("Partially paid", "一部支払い済み"), "warning"),
    StatusLabel("overdue", Text("Overdue", "支払期限超過"), "danger"),
    StatusLabel("paid", Text("Paid", "支払い済み"), "success"),
    StatusLabel("void", Text("Void", "無効"), "secondary", "void"),
)
ESTIMATE_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary", "draft"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("sent", Text("Sent", "送信済み"), "info"),
    StatusLabel("viewed", Text("Viewed", "閲覧済み"), "info"),
    StatusLabel("accepted", Text("Accepted", "承諾済み"), "success"),
    StatusLabel("invoiced", Text("Invoiced", "請求済み"), "success"),
    StatusLabel("declined", Text("Declined", "辞退"), "secondary"),
    StatusLabel("expired", Text("Expired", "期限切れ"), "danger"),
)
SALES_ORDER_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary", "draft"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("open", Text("Confirmed", "確定済み"), "info"),
    StatusLabel("onhold", Text("On hold", "保留中"), "warning"),
    StatusLabel("overdue", Text("Overdue", "納期超過"), "danger"),
    StatusLabel("partially_invoiced", Text("Partially invoiced", "一部請求済み"), "warning"),
    StatusLabel("invoiced", Text("Invoiced", "請求済み"), "success"),
    StatusLabel("closed", Text("Closed", "完了"), "success"),
    StatusLabel("void", Text("Void", "無効"), "secondary", "void"),
)
PURCHASE_ORDER_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary", "draft"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("open", Text("Issued", "発注済み"), "info"),
    StatusLabel("partially_billed", Text("Partially billed", "一部請求受領"), "warning"),
    StatusLabel("billed", Text("Billed", "請求受領済み"), "success"),
    StatusLabel("closed", Text("Closed", "完了"), "success"),
    StatusLabel("cancelled", Text("Cancelled", "キャンセル"), "secondary", "void"),
)

# A verb on a record in one of its statuses has nothing left to do: what was paid was sent before.
INVOICE_VERBS = {
    "sent": frozenset({"sent", "viewed", "unpaid", "partially_paid", "overdue", "paid"}),
    "void": frozenset({"void"}),
    "draft": frozenset({"draft"}),
}
ESTIMATE_VERBS = {
    "sent": frozenset({"sent", "viewed", "accepted", "declined", "invoiced", "expired"}),
    "accepted": frozenset({"accepted", "invoiced"}),
    "declined": frozenset({"declined"}),
}
SALES_ORDER_VERBS = {
    "open": frozenset({"open", "onhold", "overdue", "partially_invoiced", "invoiced", "closed"}),
    "void": frozenset({"void"}),
}
PURCHASE_ORDER_VERBS = {
    "open": frozenset({"open", "partially_billed", "billed", "closed"}),
    "billed": frozenset({"billed", "closed"}),
    "cancelled": frozenset({"cancelled"}),
}


# What people call it when a document gets into a status.
_INVOICE_MOMENTS = (
    Moment("sent", "status", "sent", Text("Invoice sent", "請求書の送信")),
    Moment("overdue", "status", "overdue", Text("Invoice overdue", "請求書の期限超過"), by_date=True),
    Moment("paid", "status", "paid", Text("Invoice paid", "請求書の支払い完了")),
    Moment("voided", "status", "void", Text("Invoice void", "請求書の無効化")),
)
_ESTIMATE_MOMENTS = (
    Moment("sent", "status", "sent", Text("Estimate sent", "見積書の送信")),
    Moment("accepted", "status", "accepted", Text("Estimate accepted", "見積書の承諾")),
    Moment("declined", "status", "declined", Text("Estimate declined", "見積書の辞退")),
    Moment("expired", "status", "expired", Text("Estimate expired", "見積書の期限切れ"), by_date=True),
)
_ORDER_MOMENTS = (Moment("voided", "status", "void", Text("Sales order void", "受注書の無効化")),)

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
_DOCUMENT_VERBS = ("view", "create", "edit", "email")


def estimate_type(service: str) -> EntityType:
    made = _document_type(
        service, "estimate", Text("Estimate", "見積書"), "Estimates", ESTIMATE_STATUSES, Text("Valid until", "有効期限")
    )
    return replace(made, moments=_ESTIMATE_MOMENTS)


def invoice_type(service: str) -> EntityType:
    made = _document_type(
        service, "invoice", Text("Invoice", "請求書"), "Invoices", INVOICE_STATUSES, Text("Due date", "支払期日")
    )
    return replace(made, moments=_INVOICE_MOMENTS)


def sales_order_type(service: str) -> EntityType:
    label, ships = Text("Sales order", "受注書"), Text("Shipment date", "出荷予定日")
    made = _document_type(service, "sales_order", label, "Sales orders", SALES_ORDER_STATUSES, ships)
    return replace(made, moments=_ORDER_MOMENTS)


def purchase_order_type(service: str) -> EntityType:
    label, arrives = Text("Purchase order", "発注書"), Text("Delivery date", "納品予定日")
    party = FieldSpec("customer", "reference", Text("Vendor", "仕入先"), references=f"{service}.vendor", required=True)
    return _document_type(
        service, "purchase_order", label, "Purchase orders", PURCHASE_ORDER_STATUSES, arrives, party=party
    )


def _document_type(
    service: str,
    name: str,
    label: Text,
    plural: str,
    statuses: tuple[StatusLabel, ...],
    end: Text,
    party: FieldSpec | None = None,
) -> EntityType:
    customer = FieldSpec(
        "customer", "reference", Text("Customer", "顧客"), references=f"{service}.customer", required=True
    )
    return EntityType(
        service=service,
        name=name,
        label=label,
        plural=Text(plural, label.ja),
        fields=_document_fields(statuses, end, party or customer),
        kind="document",
        title="number",
        verbs=_DOCUMENT_VERBS,
    )


def _document_fields(statuses: tuple[StatusLabel, ...], due: Text, party: FieldSpec) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("number", "text", Text("Number", "番号"), read_only=True),
        FieldSpec("status", "choice", Text("Status", "状態"), choices={each.status: each.label for each in statuses}),
        FieldSpec("date", "date", Text("Date", "日付")),
        FieldSpec("due_date", "date", due),
        FieldSpec("currency", "text", Text("Currency", "通貨")),
        FieldSpec("total", "money", Text("Total", "合計"), read_only=True),
        FieldSpec("balance", "money", Text("Balance", "残高"), read_only=True),
        FieldSpec("base_total", "money", Text("Total in base currency", "合計(基準通貨)"), read_only=True),
        FieldSpec("base_balance", "money", Text("Balance in base currency", "残高(基準通貨)"), read_only=True),
        party,
        FieldSpec("deal", "reference", Text("Deal", "商談"), references="crm.deal"),
        FieldSpec("reference", "text", Text("Reference", "参照番号")),
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
