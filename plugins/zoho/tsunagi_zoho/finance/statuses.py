"""What estimates, invoices and orders go through: how each status reads, and which statuses a verb has reached."""

from tsunagi import StatusLabel, Text

INVOICE_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("sent", Text("Sent", "送信済み"), "info"),
    StatusLabel("viewed", Text("Viewed", "閲覧済み"), "info"),
    StatusLabel("unpaid", Text("Unpaid", "未払い"), "warning"),
    StatusLabel("partially_paid", Text("Partially paid", "一部支払い済み"), "warning"),
    StatusLabel("overdue", Text("Overdue", "支払期限超過"), "danger"),
    StatusLabel("paid", Text("Paid", "支払い済み"), "success"),
    StatusLabel("void", Text("Void", "無効"), "secondary"),
)
ESTIMATE_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary"),
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
    StatusLabel("draft", Text("Draft", "下書き"), "secondary"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("open", Text("Confirmed", "確定済み"), "info"),
    StatusLabel("onhold", Text("On hold", "保留中"), "warning"),
    StatusLabel("overdue", Text("Overdue", "納期超過"), "danger"),
    StatusLabel("partially_invoiced", Text("Partially invoiced", "一部請求済み"), "warning"),
    StatusLabel("invoiced", Text("Invoiced", "請求済み"), "success"),
    StatusLabel("closed", Text("Closed", "完了"), "success"),
    StatusLabel("void", Text("Void", "無効"), "secondary"),
)
PURCHASE_ORDER_STATUSES = (
    StatusLabel("draft", Text("Draft", "下書き"), "secondary"),
    StatusLabel("pending_approval", Text("Pending approval", "承認待ち"), "warning"),
    StatusLabel("approved", Text("Approved", "承認済み"), "info"),
    StatusLabel("open", Text("Issued", "発注済み"), "info"),
    StatusLabel("partially_billed", Text("Partially billed", "一部請求受領"), "warning"),
    StatusLabel("billed", Text("Billed", "請求受領済み"), "success"),
    StatusLabel("closed", Text("Closed", "完了"), "success"),
    StatusLabel("cancelled", Text("Cancelled", "キャンセル"), "secondary"),
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
