"""Payments: money received, shared out to invoices; what is left over is the customer's credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing import customers, invoices
from zoho_sandbox.billing.invoices import Invoice
from zoho_sandbox.billing.moments import Moment
from zoho_sandbox.books import organizations, rows
from zoho_sandbox.books.errors import PAYMENT_CODE, BooksError, does_not_exist, invalid_value
from zoho_sandbox.books.money import converted, figure, rate_figure, scaled, unscaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.totals import ZERO
from zoho_sandbox.wire import decode, encode


@dataclass(frozen=True, slots=True)
class Payment:
    payment_id: str
    customer_id: str
    unused: int
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment that settles an invoice."""

    invoice: Invoice
    amount: Decimal


def create(books: BooksCall, fields: Fields, moment: Moment) -> Payment:
    """Store the payment `fields` describe and settle its invoices; raises BooksError."""
    customer = customers.find(books, fields.identifier("customer_id") or _missing("customer_id"))
    currency = customers.currency_of(books, customer)
    amount = figure(fields.positive("amount", ZERO), currency.price_precision)
    shares = [_share(books, row, customer.customer_id) for row in fields.rows("invoices")]
    if len({share.invoice.invoice_id for share in shares}) < len(shares):
        raise invalid_value("invoices")
    unused = amount - sum((share.amount for share in shares), ZERO)
    if unused < 0:
        raise BooksError(400, PAYMENT_CODE, "The amounts applied to invoices exceed the amount received.")
    payment_id = books.sandbox.new_id()
    written = books.organization.written(moment.at)
    rate = Decimal(shares[0].invoice.content["exchange_rate"]) if shares else Decimal(1)
    document = {
        "payment_id": payment_id,
        "payment_number": str(books.db.count_up(f"billing/{books.organization_id}/payment", 0)),
        "customer_id": customer.customer_id,
        "customer_name": customer.name,
        "email": customer.document["email"],
        "payment_mode": fields.text("payment_mode", 100, "cash"),
        "amount": amount,
        "bcy_amount": converted(amount, rate, books.organization.price_precision),
        "amount_refunded": figure(ZERO, currency.price_precision),
        "bank_charges": figure(fields.number("bank_charges", ZERO), currency.price_precision),
        "exchange_rate": rate_figure(rate),
        "date": fields.day("date", moment.day.isoformat()),
        "status": "success",
        "reference_number": fields.text("reference_number", 100),
        "description": fields.text("description", 2000),
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": currency.price_precision,
        "custom_fields": [],
        "created_time": written,
        "updated_time": written,
    }
    rows.insert(
        books.db,
        "billing_payments",
        {
            "payment_id": payment_id,
            "organization_id": books.organization_id,
            "customer_id": customer.customer_id,
            "amount": scaled(amount),
            "unused": scaled(unused),
            "created_at": moment.at,
            "document": encode(document).decode(),
        },
    )
    for share in shares:
        _apply(books, payment_id, share, moment)
    organizations.note_use(books.sandbox, books.organization_id, books.service.name)
    return find(books, payment_id)


def _missing(name: str) -> str:
    raise invalid_value(name)


def _share(books: BooksCall, row: Fields, customer_id: str) -> Share:
    invoice = invoices.find(books, row.identifier("invoice_id"))
    if invoice.customer_id != customer_id:
        raise invalid_value("invoice_id")
    if invoice.stage == "void":
        raise BooksError(400, PAYMENT_CODE, "Payments cannot be recorded for void invoices.")
    amount = figure(row.positive("amount_applied", ZERO), invoice.content["price_precision"])
    if amount > invoice.balance:
        raise BooksError(400, PAYMENT_CODE, f"The amount applied exceeds the balance of the invoice {invoice.number}.")
    return Share(invoice, amount)


def _apply(books: BooksCall, payment_id: str, share: Share, moment: Moment) -> None:
    rows.insert(
        books.db,
        "billing_payment_shares",
        {
            "share_id": books.sandbox.new_id(),
            "payment_id": payment_id,
            "invoice_id": share.invoice.invoice_id,
            "amount": scaled(share.amount),
        },
    )
    invoices.settle(books, share.invoice, share.amount, moment)


def collect(books: BooksCall, invoice: Invoice, moment: Moment, mode: str = "creditcard") -> Payment:
    """Pay an invoice in full, as a customer's card does on renewal."""
    share = {"invoice_id": invoice.invoice_id, "amount_applied": invoice.balance}
    body = {
        "customer_id": invoice.customer_id,
        "payment_mode": mode,
        "amount": invoice.balance,
        "description": f"Payment has been added to {invoice.number}",
        "invoices": [share],
    }
    return create(books, Fields(body), moment)


def find(books: BooksCall, payment_id: str) -> Payment:
    """Raises BooksError 1002."""
    row = books.db.one(
        "SELECT * FROM billing_payments WHERE payment_id = ? AND organization_id = ?",
        (payment_id, books.organization_id),
    )
    if row is None:
        raise does_not_exist("Payment")
    return Payment(row["payment_id"], row["customer_id"], row["unused"], decode(row["document"]))


def remove(books: BooksCall, payment: Payment, moment: Moment) -> list[Invoice]:
    """Take a payment back; returns the invoices that are owed again."""
    owed = []
    for row in books.db.query("SELECT * FROM billing_payment_shares WHERE payment_id = ?", (payment.payment_id,)):
        invoice = invoices.find(books, row["invoice_id"])
        amount = unscaled(row["amount"], invoice.content["price_precision"])
        owed.append(invoices.settle(books, invoice, -amount, moment))
    for table in ("billing_payment_shares", "billing_payments"):
        books.db.execute(f"DELETE FROM {table} WHERE payment_id = ?", (payment.payment_id,))  # noqa: S608  (table is code)
    return owed


def detach(books: BooksCall, invoice: Invoice, moment: Moment) -> Invoice:
    """Free the payments of an invoice: they become the customer's credit."""
    shares = books.db.query("SELECT * FROM billing_payment_shares WHERE invoice_id = ?", (invoice.invoice_id,))
    for row in shares:
        books.db.execute(
            "UPDATE billing_payments SET unused = unused + ? WHERE payment_id = ?", (row["amount"], row["payment_id"])
        )
    books.db.execute("DELETE FROM billing_payment_shares WHERE invoice_id = ?", (invoice.invoice_id,))
    paid = Decimal(invoice.content["payment_made"])
    return invoices.settle(books, invoice, -paid, moment) if paid else invoice


def of_invoice(books: BooksCall, invoice: Invoice) -> list[dict[str, Any]]:
    """The payments as the invoice's detail lists them."""
    found = books.db.query(
        "SELECT s.share_id, s.amount, p.document FROM billing_payment_shares s JOIN billing_payments p"
        " ON p.payment_id = s.payment_id WHERE s.invoice_id = ? ORDER BY s.share_id",
        (invoice.invoice_id,),
    )
    shown = []
    for row in found:
        payment = decode(row["document"])
        names = ("payment_id", "payment_mode", "date", "reference_number", "description", "amount_refunded",
                 "bank_charges", "exchange_rate")  # fmt: skip
        amount = unscaled(row["amount"], invoice.content["price_precision"])
        shown.append(
            {name: payment[name] for name in names} | {"invoice_payment_id": row["share_id"], "amount": amount}
        )
    return shown


def shown(books: BooksCall, payment: Payment) -> dict[str, Any]:
    """The answer of `GET /payments/{id}`."""
    found = books.db.query(
        "SELECT s.invoice_id, s.amount FROM billing_payment_shares s WHERE s.payment_id = ? ORDER BY s.share_id",
        (payment.payment_id,),
    )
    precision = payment.document["price_precision"]
    applied = []
    for row in found:
        invoice = invoices.find(books, row["invoice_id"])
        applied.append(
            {
                "invoice_id": invoice.invoice_id,
                "invoice_number": invoice.number,
                "date": invoice.content["date"],
                "invoice_amount": invoice.total,
                "amount_applied": unscaled(row["amount"], precision),
                "balance_amount": invoice.balance,
            }
        )
    return {**payment.document, "unused_amount": unscaled(payment.unused, precision), "invoices": applied}
