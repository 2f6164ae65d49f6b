"""What estimates, invoices and orders are for people: their fields, how statuses read, what verbs have reached."""

from dataclasses import replace

from tsunagi import EntityType, FieldSpec, Moment, StatusLabel, Text

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
