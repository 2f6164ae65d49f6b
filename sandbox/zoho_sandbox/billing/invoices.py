"""Invoices: how they are priced, kept, moved through their states and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing import contact_persons, customers
from zoho_sandbox.billing.customers import Customer
from zoho_sandbox.billing.moments import Moment
from zoho_sandbox.books import organizations, rows, taxes
from zoho_sandbox.books.contacts import terms_label
from zoho_sandbox.books.currencies import Currency
from zoho_sandbox.books.errors import does_not_exist, in_use, invalid_value, not_allowed_now
from zoho_sandbox.books.line_items import ONE
from zoho_sandbox.books.money import LARGEST, converted, figure, rate_figure, scaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.states import invoice_status
from zoho_sandbox.books.totals import ZERO, Line, Terms, totals
from zoho_sandbox.wire import decode, encode

_ROW = (
    "invoice_id", "number", "invoice_number", "invoice_date", "date", "due_date", "customer_id", "email",
    "reference_number", "transaction_type", "subscriptions", "balance", "total", "bcy_total", "payment_made",
    "currency_id", "currency_code", "currency_symbol", "exchange_rate", "price_precision", "has_attachment",
    "is_emailed", "created_time", "updated_time",
)  # fmt: skip
SELECT = (
    "SELECT i.invoice_id, i.stage, i.document, c.display_name FROM billing_invoices i"
    " JOIN billing_customers c ON c.customer_id = i.customer_id"
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An invoice to be made."""

    customer: Customer
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


@dataclass(frozen=True, slots=True)
class Invoice:
    """A stored invoice; `content` is its JSON without what depends on the day or the customer."""

    invoice_id: str
    stage: str
    content: dict[str, Any]
    customer_name: str

    @property
    def number(self) -> str:
        return str(self.content["number"])

    @property
    def customer_id(self) -> str:
        return str(self.content["customer_id"])

    @property
    def total(self) -> Decimal:
        return Decimal(self.content["total"])

    @property
    def balance(self) -> Decimal:
        return Decimal(self.content["balance"])

    def status_on(self, day: date) -> str:
        return invoice_status(self.stage, self.total, self.balance, self.content["due_date"], day)


def find(books: BooksCall, invoice_id: str) -> Invoice:
    """Raises BooksError 1002."""
    row = books.db.one(
        f"{SELECT} WHERE i.invoice_id = ? AND i.organization_id = ?", (invoice_id, books.organization_id)
    )
    if row is None:
        raise does_not_exist("Invoice")
    return from_row(row)


def from_row(row: Any) -> Invoice:
    return Invoice(row["invoice_id"], row["stage"], decode(row["document"]), row["display_name"])


def due_after(day: date, payment_terms: int) -> date:
    return day + timedelta(days=max(payment_terms, 0))


def create(books: BooksCall, order: Order, moment: Moment) -> Invoice:
    """Number, price and store the invoice of `order`."""
    invoice_id = books.sandbox.new_id()
    number = f"INV-{books.db.count_up(f'billing/{books.organization_id}/invoice', 0):06d}"
    written = books.organization.written(moment.at)
    content = {
        "invoice_id": invoice_id,
        "number": number,
        "invoice_number": number,
        **_heading(books, order),
        **_priced(books, order),
        **_unpaid(order.currency.price_precision),
        "created_time": written,
        "updated_time": written,
        "last_modified_time": written,
    }
    content["balance"] = content["total"]
    columns = _columns(content, order.stage, moment.at) | {
        "invoice_id": invoice_id,
        "organization_id": books.organization_id,
        "subscription_id": order.subscription_id,
        "created_at": moment.at,
    }
    rows.insert(books.db, "billing_invoices", columns)
    organizations.note_use(books.sandbox, books.organization_id, books.service.name)
    return find(books, invoice_id)


def _heading(books: BooksCall, order: Order) -> dict[str, Any]:
    customer, currency = order.customer.document, order.currency
    people = contact_persons.of_customer(books, order.customer.customer_id)
    days = (order.due - order.day).days
    return {
        "invoice_date": order.day.isoformat(),
        "date": order.day.isoformat(),
        "due_date": order.due.isoformat(),
        "payment_terms": days,
        "payment_terms_label": terms_label(days),
        "transaction_type": order.transaction_type,
        "reference_number": order.reference_number,
        "customer_id": order.customer.customer_id,
        "email": customer["email"],
        "contact_persons": [{"contactperson_id": person.contactperson_id} for person in people[:1]],
        "billing_address": customer["billing_address"],
        "shipping_address": customer["shipping_address"],
        "subscriptions": [{"subscription_id": order.subscription_id}] if order.subscription_id else [],
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": currency.price_precision,
        "exchange_rate": rate_figure(order.exchange_rate),
        "notes": order.notes,
        "terms": "",
        "custom_fields": [],
        "coupons": [],
        "credits": [],
        "comments": [],
        "documents": [],
        "has_attachment": False,
        "is_emailed": False,
        "can_send_in_mail": False,
        "ach_payment_initiated": False,
        "salesperson_id": "",
        "salesperson_name": "",
    }


def _priced(books: BooksCall, order: Order) -> dict[str, Any]:
    precision, base = order.currency.price_precision, books.organization.price_precision
    lines = [
        Line(rate=item.price, quantity=item.quantity, tax=_tax(books, item.tax_id) if item.tax_id else None)
        for item in order.items
    ]
    priced = totals(lines, Terms(precision=precision))
    if not 0 <= priced.total <= LARGEST or priced.total * order.exchange_rate > LARGEST:
        raise invalid_value("price")
    ids = books.sandbox.new_ids(len(lines))
    shown: list[dict[str, Any]] = [
        {
            "item_id": item_id,
            "item_order": position,
            "product_id": item.product_id,
            "code": item.code,
            "name": item.name,
            "description": item.description,
            "price": figure(item.price, precision),
            "bcy_rate": converted(item.price, order.exchange_rate, base),
            "quantity": _quantity(item.quantity),
            "discount_amount": figure(ZERO, precision),
            "tax_id": item.tax_id,
            "tax_name": line.tax.name if line.tax else "",
            "tax_percentage": line.tax.percentage if line.tax else ZERO,
            "item_total": own.item_total,
            "tags": [],
            "item_custom_fields": [],
        }
        for position, (item_id, item, line, own) in enumerate(
            zip(ids, order.items, lines, priced.lines, strict=True), 1
        )
    ]
    return {
        "invoice_items": shown,
        "sub_total": priced.sub_total,
        "tax_total": priced.tax_total,
        "taxes": [
            {"tax_id": each.tax.tax_id, "tax_name": each.tax.name, "tax_amount": each.amount} for each in priced.taxes
        ],
        "total": priced.total,
        "bcy_total": converted(priced.total, order.exchange_rate, base),
    }


def _tax(books: BooksCall, tax_id: str) -> Any:
    return taxes.find(books.db, books.organization_id, tax_id)


def _quantity(quantity: Decimal) -> int | Decimal:
    return int(quantity) if quantity == quantity.to_integral_value() else quantity


def _unpaid(precision: int) -> dict[str, Decimal]:
    nothing = figure(ZERO, precision)
    return {"payment_made": nothing, "credits_applied": nothing, "write_off_amount": nothing, "adjustment": nothing}


def _columns(content: dict[str, Any], stage: str, at: int) -> dict[str, Any]:
    return {
        **{name: content[name] for name in ("number", "customer_id", "reference_number", "date", "due_date")},
        "stage": stage,
        "total": scaled(Decimal(content["total"])),
        "balance": scaled(Decimal(content["balance"])),
        "modified_at": at,
        "document": encode(content).decode(),
    }


def save(books: BooksCall, invoice: Invoice, content: dict[str, Any], stage: str, moment: Moment) -> Invoice:
    """Replace content and stage; the invoice was modified at `moment`."""
    written = books.organization.written(moment.at)
    content = content | {"updated_time": written, "last_modified_time": written}
    rows.update(books.db, "billing_invoices", _columns(content, stage, moment.at), "invoice_id", invoice.invoice_id)
    return replace(invoice, stage=stage, content=content)


def settle(books: BooksCall, invoice: Invoice, amount: Decimal, moment: Moment) -> Invoice:
    """Take `amount` (negative to give back) off what is owed; a draft that is paid has been sent."""
    content = invoice.content | {
        "payment_made": Decimal(invoice.content["payment_made"]) + amount,
        "balance": invoice.balance - amount,
    }
    return save(books, invoice, content, "sent" if invoice.stage == "draft" else invoice.stage, moment)


def open_up(books: BooksCall, invoice: Invoice, moment: Moment) -> Invoice:
    """Make a draft or void invoice an open one; an open one stays as it is."""
    if invoice.stage == "sent":
        return invoice
    return save(books, invoice, invoice.content, "sent", moment)


def void(books: BooksCall, invoice: Invoice, moment: Moment) -> Invoice:
    """Void it; its payments are to be let go of by the caller first."""
    if invoice.stage == "void":
        return invoice
    return save(books, invoice, invoice.content, "void", moment)


def remove(books: BooksCall, invoice: Invoice) -> None:
    if Decimal(invoice.content["payment_made"]):
        raise in_use("Invoices which have payments applied to them cannot be deleted.")
    if invoice.content["subscriptions"] and invoice.stage == "sent":
        raise not_allowed_now("Invoices of subscriptions can be voided, not deleted.")
    books.db.execute("DELETE FROM billing_invoices WHERE invoice_id = ?", (invoice.invoice_id,))


def row(books: BooksCall, invoice: Invoice) -> dict[str, Any]:
    """A row of `GET /invoices`."""
    kept = {name: invoice.content[name] for name in _ROW}
    return {**kept, "customer_name": invoice.customer_name, "status": invoice.status_on(books.today)}


def detail(books: BooksCall, invoice: Invoice, payments: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of `GET /invoices/{id}`, with the payments that settle it."""
    return {
        **invoice.content,
        "customer_name": invoice.customer_name,
        "status": invoice.status_on(books.today),
        "payments": payments,
    }


def customer_of(books: BooksCall, invoice: Invoice) -> Customer:
    return customers.find(books, invoice.customer_id)
