"""Invoices: documents of the store, made of orders, moved, and shown in Billing's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing.customers import shown_address
from zoho_sandbox.finance import document_store, document_views, document_writes, payment_views
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.document_kinds import INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import not_allowed_now
from zoho_sandbox.finance.line_items import ONE
from zoho_sandbox.finance.money import ZERO, figure
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import Moment
from zoho_sandbox.wire import decode

# What Billing and the store call by the same name, in lists and beyond them.
_SAME_IN_ROW = (
    "invoice_id", "invoice_number", "date", "due_date", "customer_id", "email", "reference_number",
    "transaction_type", "balance", "total", "bcy_total", "currency_id", "currency_code", "currency_symbol",
    "exchange_rate", "price_precision", "has_attachment", "is_emailed", "created_time",
)  # fmt: skip
_SAME = (
    *_SAME_IN_ROW, "payment_terms", "payment_terms_label", "notes", "terms", "custom_fields", "can_send_in_mail",
    "ach_payment_initiated", "salesperson_id", "salesperson_name", "sub_total", "tax_total", "taxes", "payment_made",
    "credits_applied", "write_off_amount", "adjustment", "last_modified_time",
)  # fmt: skip
_SAME_IN_LINE = ("item_order", "name", "description", "bcy_rate", "discount_amount", "tax_id", "tax_name",
                 "tax_percentage", "item_total", "tags", "code", "product_id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """What is charged: a plan, an addon, a fee or anything a request describes; prices are the invoice's currency."""

    name: str
    price: Decimal
    quantity: Decimal = ONE
    description: str = ""
    code: str = ""
    product_id: str = ""
    tax_id: str = ""

    def line(self) -> dict[str, Any]:
        """The item as a line of a document."""
        same = {name: getattr(self, name) for name in ("name", "quantity", "description", "code", "product_id")}
        return {**same, "rate": self.price, "tax_id": self.tax_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An invoice to be made."""

    customer: Contact
    currency: Currency
    exchange_rate: Decimal
    items: Sequence[Item]
    day: date
    due: date
    transaction_type: str = "new"
    subscription_id: str = ""
    reference_number: str = ""
    notes: str = ""
    stage: str = "sent"


def find(call: FinanceCall, invoice_id: str) -> Document:
    """Raises FinanceError 1002."""
    return document_store.find(call, INVOICE, invoice_id)


def unpaid(call: FinanceCall, customer_id: str, due_before: date) -> list[Document]:
    """A customer's open invoices that were due before a day, the earliest first."""
    found = call.db.query(
        "SELECT document_id FROM finance_documents WHERE contact_id = ? AND kind = 'invoice' AND balance > 0"
        " AND end_date < ? ORDER BY date",
        (customer_id, due_before.isoformat()),
    )
    return [find(call, row["document_id"]) for row in found]


def due_after(day: date, payment_terms: int) -> date:
    return day + timedelta(days=max(payment_terms, 0))


def create(call: FinanceCall, order: Order, moment: Moment) -> Document:
    """Number, price and store the invoice of `order`; raises FinanceError."""
    body = {
        "customer_id": order.customer.contact_id,
        "currency_id": order.currency.currency_id,
        "exchange_rate": order.exchange_rate,
        "date": order.day.isoformat(),
        "due_date": order.due.isoformat(),
        "payment_terms": (order.due - order.day).days,
        "reference_number": order.reference_number,
        "notes": order.notes,
        "line_items": [item.line() for item in order.items],
    }
    more = {"transaction_type": order.transaction_type, "subscription_id": order.subscription_id}
    return document_writes.create(
        call.at(moment), INVOICE, Fields(body), stage=order.stage, more=more, inactive_party=True
    )


def open_up(call: FinanceCall, invoice: Document, moment: Moment) -> Document:
    """Make a draft or void invoice an open one; an open one stays as it is."""
    call = call.at(moment)
    if invoice.stage == "sent":
        return invoice
    if invoice.stage == "void":
        invoice = document_writes.move(call, invoice, "draft")
    return document_writes.move(call, invoice, "sent")


def void(call: FinanceCall, invoice: Document, moment: Moment) -> Document:
    """Void it; its payments become the customer's credit."""
    return invoice if invoice.stage == "void" else document_writes.move(call.at(moment), invoice, "void")


def remove(call: FinanceCall, invoice: Document) -> None:
    if invoice.content["subscription_id"] and invoice.stage == "sent":
        raise not_allowed_now("Invoices of subscriptions can be voided, not deleted.")
    document_writes.remove(call, invoice)


def row(call: FinanceCall, listed: Any) -> dict[str, Any]:
    """A row of `GET /invoices` from one of the store's."""
    content = decode(listed["summary"])
    return {
        **{name: content[name] for name in _SAME_IN_ROW},
        **_named(content),
        "payment_made": content["total"] - content["balance"],
        "customer_name": listed["contact_name"],
        "status": document_views.row_status(INVOICE, listed, call.today),
    }


def detail(call: FinanceCall, invoice: Document) -> dict[str, Any]:
    """The answer of `GET /invoices/{id}`, with the payments that settle it."""
    shown = document_views.detail(call, invoice)
    nothing = {"amount_refunded": ZERO, "bank_charges": ZERO}
    return {
        **{name: shown[name] for name in _SAME},
        **_named(shown),
        "customer_name": shown["customer_name"],
        "status": shown["status"],
        "contact_persons": [{"contactperson_id": each} for each in shown["contact_persons"][:1]],
        **{name: shown_address(shown[name]) for name in ("billing_address", "shipping_address")},
        **{name: [] for name in ("coupons", "credits", "comments", "documents")},
        "invoice_items": [_line(line, shown["price_precision"]) for line in shown["line_items"]],
        "payments": [{**payment, **nothing} for payment in payment_views.of_invoice(call, invoice)],
    }


def _named(content: dict[str, Any]) -> dict[str, Any]:
    """What Billing calls otherwise than the store."""
    made_by = content["subscription_id"]
    return {
        "number": content["invoice_number"],
        "invoice_date": content["date"],
        "updated_time": content["last_modified_time"],
        "subscriptions": [{"subscription_id": made_by}] if made_by else [],
    }


def _line(line: dict[str, Any], precision: int) -> dict[str, Any]:
    quantity = Decimal(line["quantity"])
    return {
        **{name: line[name] for name in _SAME_IN_LINE},
        "item_id": line["line_item_id"],
        "price": figure(Decimal(line["rate"]), precision),
        "quantity": int(quantity) if quantity == quantity.to_integral_value() else quantity,
        "item_custom_fields": [],
    }
