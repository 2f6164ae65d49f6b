"""The kinds of document, each a declaration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from zoho_sandbox.finance.document_kind import DocumentKind, Source, StatusCall, with_approval


def estimate_status(stage: str, _total: Decimal, _balance: Decimal, expiry_date: str, today: date) -> str:
    """What the estimate is called today: a sent one is expired from the day after its expiry date."""
    if stage == "sent" and expiry_date and expiry_date < today.isoformat():
        return "expired"
    return stage


def invoice_status(stage: str, total: Decimal, balance: Decimal, due_date: str, today: date) -> str:
    """What the invoice is called today, from what is still owed and when it was due."""
    if stage != "sent":
        return stage
    if not balance:
        return "paid"
    if due_date < today.isoformat():
        return "overdue"
    return "partially_paid" if balance < total else "sent"


def bill_status(stage: str, total: Decimal, balance: Decimal, due_date: str, today: date) -> str:
    """What the bill is called today, from what is still owed and when it is due."""
    status = invoice_status("sent" if stage == "open" else stage, total, balance, due_date, today)
    return "open" if status == "sent" else status


def _credit_note(stage: str, _total: Decimal, balance: Decimal, _end_date: str, _today: date) -> str:
    """One that is used up is closed."""
    return "closed" if stage == "open" and not balance else stage


_ADDRESSES = frozenset({"billing_address", "shipping_address"})


def _stages(*stages: str) -> dict[str, str]:
    return {stage: f"d.stage = '{stage}'" for stage in stages}


def _owing(live: str) -> dict[str, str]:
    """The statuses of what is owed, by its balance and due date."""
    open_ones = f"d.stage = '{live}' AND d.balance > 0"
    return {
        **_stages("draft", "void"),
        "paid": f"d.stage = '{live}' AND d.balance = 0",
        "unpaid": open_ones,
        "overdue": f"{open_ones} AND d.end_date < :today",
        live: f"{open_ones} AND d.balance = d.total AND d.end_date >= :today",
        "partially_paid": f"{open_ones} AND d.balance < d.total AND d.end_date >= :today",
    }


_APPROVAL = _stages("pending_approval", "approved", "rejected")


def _approval(submitted: str, approved: str, rejected: str, rejected_status: int = 200) -> tuple[StatusCall, ...]:
    return (
        StatusCall("submit", "submit", submitted),
        StatusCall("approve", "approve", approved),
        StatusCall("reject", "reject", rejected, rejected_status),
    )


_ORDER = {
    "has_attachment": False,
    "template_name": "Standard Template",
    "template_type": "standard",
    "attachment_name": "",
    "can_send_in_mail": False,
}

ESTIMATE = DocumentKind(
    kind="estimate",
    word="quote",
    prefix="QT-",
    titles=("Estimate", "御見積書"),
    mailed="Your estimate has been sent.",
    in_bulk=True,
    end_date="expiry_date",
    live="sent",
    called=estimate_status,
    sendable=True,
    # Nothing leads back to draft, and only a sent estimate can be answered; a customer may change their mind between
    # accepted and declined.
    moves=with_approval(
        "sent",
        {
            "sent": {"draft": "sent", "sent": "sent"},
            "accepted": {"sent": "accepted", "declined": "accepted"},
            "declined": {"sent": "declined", "accepted": "declined"},
            "invoiced": {"sent": "invoiced", "accepted": "invoiced"},
        },
    ),
    calls=(
        StatusCall("status/sent", "sent", "Quote status has been changed to Sent."),
        StatusCall("status/accepted", "accepted", "Quote status has been changed to Accepted."),
        StatusCall("status/declined", "declined", "Quote status has been changed to Declined."),
        *_approval(
            "The estimate has been successfully submitted for approval",
            "You have approved the estimate.",
            "The estimate has been rejected.",
        )[:2],
    ),
    statuses={
        **_stages("draft", "accepted", "declined", "invoiced"),
        **_APPROVAL,
        "sent": "d.stage = 'sent' AND NOT (d.end_date <> '' AND d.end_date < :today)",
        "expired": "d.stage = 'sent' AND d.end_date <> '' AND d.end_date < :today",
    },
    said=("The quote has been created.", "Quote information has been updated.", "The quote has been deleted."),
    closed=frozenset({"invoiced"}),
    dated=("accepted", "declined"),
    blank={
        "is_viewed_by_client": False,
        "client_viewed_time": "",
        "has_attachment": False,
        "salesperson_id": "",
        "template_name": "Standard Template",
    },
    unlisted=_ADDRESSES | {"exchange_rate", "bcy_total", "price_precision"},
)
INVOICE = DocumentKind(
    kind="invoice",
    word="invoice",
    prefix="INV-",
    titles=("Invoice", "請求書"),
    mailed="Your invoice has been sent.",
    in_bulk=True,
    end_date="due_date",
    live="sent",
    owes=True,
    amounts=("payment_made", "credits_applied", "write_off_amount", "tax_amount_withheld"),
    called=invoice_status,
    sendable=True,
    # Marking a sent invoice as sent, or a void one as void, changes nothing and succeeds.
    moves=with_approval(
        "sent",
        {
            "sent": {"draft": "sent", "sent": "sent"},
            "void": {"draft": "void", "sent": "void", "void": "void"},
            "draft": {"void": "draft"},
        },
    ),
    calls=(
        StatusCall("status/sent", "sent", "Invoice status has been changed to Sent."),
        StatusCall("status/void", "void", "Invoice status has been changed to Void."),
        StatusCall("status/draft", "draft", "Status of invoice changed from void to draft"),
        *_approval(
            "The invoice has been submitted for approval successfully.",
            "You have approved the invoice.",
            "The invoice has been rejected.",
        ),
    ),
    statuses={**_owing("sent"), **_APPROVAL},
    said=("The invoice has been created.", "Invoice information has been updated.", "The invoice has been deleted."),
    closed=frozenset({"void"}),
    ids=("salesorder_id", "invoiced_estimate_id"),
    sources=(Source("invoiced_estimate_id", "estimate", "invoiced"),),
    unlisted=frozenset(),
    blank={
        "type": "invoice",
        "transaction_type": "renewal",
        "is_viewed_by_client": False,
        "has_attachment": False,
        "ach_payment_initiated": False,
        "is_pre_gst": False,
        "reminders_sent": 0,
        "payment_reminder_enabled": True,
        "allow_partial_payments": True,
        "can_send_in_mail": False,
        "payment_options": {"payment_gateways": []},
        "template_name": "Standard Template",
        "template_type": "standard",
        **dict.fromkeys(
            (
                "client_viewed_time", "payment_expected_date", "last_payment_date", "last_reminder_sent_date",
                "schedule_time", "documents", "color_code", "current_sub_status_id", "project_name",
                "salesperson_id", "attachment_name",
            ),
            "",
        ),
    },
)  # fmt: skip
SALES_ORDER = DocumentKind(
    kind="salesorder",
    word="sales order",
    prefix="SO-",
    titles=("Sales Order", "注文請書"),
    digits=5,
    mailed="Your Sales Order has been sent.",
    mailed_status=201,
    in_bulk=True,
    end_date="shipment_date",
    live="open",
    # Opening an open order changes nothing; opening a void one takes it back.
    moves=with_approval(
        "open",
        {
            "open": {"draft": "open", "open": "open", "void": "open"},
            "void": {"draft": "void", "open": "void", "void": "void"},
            "invoiced": {"open": "invoiced"},
        },
    ),
    calls=(
        StatusCall("status/open", "open", "Sales order status has been changed to Open.", 201),
        StatusCall("status/void", "void", "Sales order status has been changed to Void.", 201),
        *_approval(
            "The Sales Order has been successfully submitted for approval.", "You have approved the Sales Order.", ""
        )[:2],
    ),
    statuses={**_stages("draft", "open", "void", "invoiced"), **_APPROVAL},
    said=(
        "Sales Order has been created.",
        "Sales Order details have been updated.",
        "The sales order has been deleted.",
    ),
    closed=frozenset({"void", "invoiced"}),
    undeletable=frozenset({"invoiced"}),
    texts={"delivery_method": 100},
    ids=("estimate_id",),
    blank=_ORDER,
)
PURCHASE_ORDER = DocumentKind(
    kind="purchaseorder",
    word="purchase order",
    prefix="PO-",
    titles=("Purchase Order", "発注書"),
    digits=5,
    mailed="Your purchase order has been sent.",
    mailed_status=201,
    end_date="delivery_date",
    live="open",
    party="vendor",
    bare=True,
    moves=with_approval(
        "open",
        {
            "open": {"draft": "open", "open": "open", "cancelled": "open", "billed": "open"},
            "billed": {"open": "billed", "billed": "billed"},
            "cancelled": {"draft": "cancelled", "open": "cancelled", "cancelled": "cancelled"},
        },
    ),
    calls=(
        StatusCall("status/open", "open", "The purchase order has been marked as open.", 201),
        StatusCall("status/billed", "billed", "The purchase order has been marked as billed.", 201),
        StatusCall("status/cancelled", "cancelled", "The purchase order has been cancelled.", 201),
        *_approval(
            "The purchase order has been successfully submitted for approval.",
            "You have approved the Purchase Order.",
            "You have rejected the Purchase order successfully.",
            201,
        ),
    ),
    statuses={**_stages("draft", "open", "billed", "cancelled"), **_APPROVAL, "issued": "d.stage = 'open'"},
    said=("Purchase Order has been added.", "Purchase Order has been updated.", "The purchase order has been deleted."),
    closed=frozenset({"billed", "cancelled"}),
    undeletable=frozenset({"billed"}),
    texts={"ship_via": 100, "attention": 100},
    ids=("salesorder_id",),
    days=("expected_delivery_date",),
    unlisted=_ADDRESSES | {"exchange_rate", "bcy_total"},
    blank=_ORDER,
)
BILL = DocumentKind(
    kind="bill",
    word="bill",
    prefix="",
    titles=("Bill", "仕入請求書"),
    end_date="due_date",
    live="open",
    first="open",
    party="vendor",
    owes=True,
    amounts=("payment_made", "vendor_credits_applied"),
    called=bill_status,
    moves={
        "open": {"open": "open", "void": "open"},
        "void": {"open": "void", "void": "void"},
    },
    calls=(
        StatusCall("status/void", "void", "The bill has been marked as void.", 201),
        StatusCall("status/open", "open", "The status of the bill has been changed to open.", 201),
    ),
    statuses=_owing("open"),
    said=("The bill has been created.", "Bill information has been updated.", "The bill has been deleted."),
    id_lists=("purchaseorder_ids",),
    sources=(Source("purchaseorder_ids", "purchaseorder", "billed"),),
    blank={"has_attachment": False, "last_payment_date": ""},
)
CREDIT_NOTE = DocumentKind(
    kind="creditnote",
    word="credit note",
    prefix="CN-",
    titles=("Credit Note", "返金・値引通知書"),
    digits=5,
    mailed="Your creditnote has been sent.",
    end_date="",
    live="open",
    amounts=("total_credits_used", "total_refunded_amount"),
    called=_credit_note,
    moves=with_approval(
        "open",
        {
            "open": {"draft": "open", "open": "open", "void": "open"},
            "void": {"draft": "void", "open": "void", "void": "void"},
            "draft": {"void": "draft"},
        },
    ),
    calls=(
        StatusCall("status/open", "open", "Status of the credit note has been changed to open."),
        StatusCall("status/void", "void", "The credit note has been marked as void."),
        StatusCall("status/draft", "draft", "The credit note has been marked as Draft."),
        *_approval(
            "The Credit Note has been successfully submitted for approval.",
            "You have approved the Credit Note.",
            "The credit note has been rejected.",
        ),
    ),
    statuses={
        **_stages("draft", "void"),
        **_APPROVAL,
        "open": "d.stage = 'open' AND d.balance > 0",
        "closed": "d.stage = 'open' AND d.balance = 0",
    },
    said=(
        "The credit note has been created.",
        "The credit note has been updated.",
        "The credit note has been deleted.",
    ),
    closed=frozenset({"void"}),
    blank={"has_attachment": False, "template_name": "Standard Template"},
)
RECURRING_INVOICE = DocumentKind(
    kind="recurringinvoice",
    key="recurring_invoice",
    numbered_as="recurrence_name",
    word="recurring invoice",
    prefix="",
    titles=("Recurring Invoice", "定期請求書"),
    end_date="end_date",
    live="active",
    first="active",
    moves={
        "stop": {"active": "stopped"},
        "resume": {"stopped": "active"},
    },
    calls=(StatusCall("status/stop", "stop", "The recurring invoice has been stopped.", 201),),
    statuses=_stages("active", "stopped", "expired"),
    said=(
        "The recurring invoice has been created.",
        "The recurring invoice has been updated.",
        "The recurring invoice is deleted successfully.",
    ),
    closed=frozenset({"expired"}),
    blank={"payment_options": {"payment_gateways": []}, "has_attachment": False},
)
KINDS: Mapping[str, DocumentKind] = {
    kind.kind: kind for kind in (ESTIMATE, INVOICE, SALES_ORDER, PURCHASE_ORDER, BILL, CREDIT_NOTE, RECURRING_INVOICE)
}
