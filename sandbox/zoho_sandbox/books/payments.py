"""Customer payments: money received, shared out to invoices; what is not shared out is the customer's credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.books import contacts, currencies, document_store, rows
from zoho_sandbox.books.currencies import Currency
from zoho_sandbox.books.document_kinds import INVOICE
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.errors import PAYMENT_CODE, BooksError, does_not_exist, invalid_value
from zoho_sandbox.books.money import MAX_PRECISION, converted, figure, rate_figure, scaled, unscaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.totals import ZERO


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment that settles an invoice."""

    invoice: Document
    amount: Decimal


def create(books: BooksCall) -> str:
    """Store the payment a `POST /customerpayments` describes and settle its invoices; returns its id."""
    fields = books.fields
    customer_id = fields.identifier("customer_id")
    if not customer_id:
        raise invalid_value("customer_id")
    customer = contacts.find(books.db, books.ledger, customer_id)
    shares = _shares(books, fields, customer_id)
    currency_id = shares[0].invoice.content["currency_id"] if shares else customer.currency_id
    currency = currencies.find(books.db, books.organization_id, currency_id)
    amount = figure(fields.positive("amount", ZERO), currency.price_precision)
    _check(shares, amount, currency_id)
    rate = _rate(books, fields, currency, shares)
    payment_id = books.sandbox.new_id()
    day = fields.day("date", books.today.isoformat())
    columns = {
        "payment_id": payment_id,
        "ledger": books.ledger,
        "payment_number": str(books.db.count_up(f"books/{books.ledger}/payment", 0)),
        "customer_id": customer_id,
        "date": day,
        "payment_mode": fields.text("payment_mode", 100, "cash"),
        "reference_number": fields.text("reference_number", 100),
        "description": fields.text("description", 2000),
        "amount": scaled(amount),
        "exchange_rate": format(rate, "f"),
        "currency_id": currency_id,
        "unused": 0,
        "bcy_unused": 0,
        "created_at": books.now(),
    }
    rows.insert(books.db, "books_payments", columns)
    for share in shares:
        _apply(books, payment_id, share, day)
    _recount(books, payment_id)
    return payment_id


def _shares(books: BooksCall, fields: Fields, customer_id: str) -> list[Share]:
    wanted = fields.rows("invoices")
    if not wanted and fields.identifier("invoice_id"):
        wanted = [fields]
    return [_share(books, row, customer_id) for row in wanted]


def _share(books: BooksCall, row: Fields, customer_id: str) -> Share:
    invoice = document_store.find(books, INVOICE, row.identifier("invoice_id"))
    if invoice.customer_id != customer_id:
        raise invalid_value("invoice_id")
    if invoice.stage == "void":
        raise BooksError(400, PAYMENT_CODE, "Payments cannot be recorded for void invoices.")
    amount = figure(row.positive("amount_applied", ZERO), invoice.content["price_precision"])
    if amount > invoice.balance:
        raise BooksError(400, PAYMENT_CODE, f"The amount applied exceeds the balance of the invoice {invoice.number}.")
    return Share(invoice, amount)


def _check(shares: list[Share], amount: Decimal, currency_id: str) -> None:
    if len({share.invoice.document_id for share in shares}) < len(shares):
        raise invalid_value("invoices")
    if any(share.invoice.content["currency_id"] != currency_id for share in shares):
        raise invalid_value("invoices")
    if sum((share.amount for share in shares), ZERO) > amount:
        raise BooksError(400, PAYMENT_CODE, "The amounts applied to invoices exceed the amount received.")


def _rate(books: BooksCall, fields: Fields, currency: Currency, shares: list[Share]) -> Decimal:
    if currency.is_base:
        return Decimal(1)
    if fields.raw("exchange_rate") is None and shares:
        return Decimal(shares[0].invoice.content["exchange_rate"])
    stored = currencies.rate_on(books.db, currency, books.today.isoformat())
    return fields.positive("exchange_rate", stored.rate if stored else Decimal(1))


def _apply(books: BooksCall, payment_id: str, share: Share, day: str) -> None:
    """A draft that is paid has been sent."""
    rows.insert(
        books.db,
        "books_payment_shares",
        {
            "share_id": books.sandbox.new_id(),
            "payment_id": payment_id,
            "document_id": share.invoice.document_id,
            "amount": scaled(share.amount),
        },
    )
    content = share.invoice.content | {
        "payment_made": share.invoice.content["payment_made"] + share.amount,
        "balance": share.invoice.balance - share.amount,
        "last_payment_date": day,
    }
    document_store.save(books, share.invoice, content, "sent")


def remove(books: BooksCall, payment_id: str) -> None:
    """Take a payment back: its invoices are owed again."""
    _find(books, payment_id)
    for row in books.db.query(
        "SELECT document_id, amount FROM books_payment_shares WHERE payment_id = ?", (payment_id,)
    ):
        invoice = document_store.find(books, INVOICE, row["document_id"])
        amount = unscaled(row["amount"], invoice.content["price_precision"])
        content = invoice.content | {
            "payment_made": invoice.content["payment_made"] - amount,
            "balance": invoice.balance + amount,
        }
        document_store.save(books, invoice, content, invoice.stage)
    books.db.execute("DELETE FROM books_payment_shares WHERE payment_id = ?", (payment_id,))
    books.db.execute("DELETE FROM books_payments WHERE payment_id = ?", (payment_id,))


def detach(books: BooksCall, invoice: Document) -> dict[str, Any]:
    """Free the payments of an invoice that becomes void; returns what changes in its content."""
    paid = books.db.query(
        "SELECT DISTINCT payment_id FROM books_payment_shares WHERE document_id = ?", (invoice.document_id,)
    )
    books.db.execute("DELETE FROM books_payment_shares WHERE document_id = ?", (invoice.document_id,))
    for row in paid:
        _recount(books, row["payment_id"])
    nothing = figure(ZERO, invoice.content["price_precision"])
    return {"payment_made": nothing, "balance": invoice.content["total"], "last_payment_date": ""}


def _recount(books: BooksCall, payment_id: str) -> None:
    """Keep what is left of a payment in step with its shares."""
    payment = _find(books, payment_id)
    shared = books.db.value(
        "SELECT COALESCE(SUM(amount), 0) FROM books_payment_shares WHERE payment_id = ?", (payment_id,)
    )
    left = payment["amount"] - shared
    base = converted(
        unscaled(left, MAX_PRECISION), Decimal(payment["exchange_rate"]), books.organization.price_precision
    )
    rows.update(books.db, "books_payments", {"unused": left, "bcy_unused": scaled(base)}, "payment_id", payment_id)


def _find(books: BooksCall, payment_id: str) -> Any:
    row = books.db.one(
        "SELECT * FROM books_payments WHERE payment_id = ? AND ledger = ?",
        (payment_id, books.ledger),
    )
    if row is None:
        raise does_not_exist("Payment")
    return row


def of_invoice(books: BooksCall, invoice: Document) -> list[dict[str, Any]]:
    """The answer of `GET /invoices/{id}/payments`."""
    found = books.db.query(
        "SELECT s.share_id, s.amount AS applied, p.* FROM books_payment_shares s"
        " JOIN books_payments p USING (payment_id) WHERE s.document_id = ? ORDER BY s.share_id",
        (invoice.document_id,),
    )
    precision = invoice.content["price_precision"]
    return [
        {
            "payment_id": row["payment_id"],
            "payment_number": int(row["payment_number"]),
            "invoice_id": invoice.document_id,
            "invoice_payment_id": row["share_id"],
            "payment_mode": row["payment_mode"],
            "description": row["description"],
            "date": row["date"],
            "reference_number": row["reference_number"],
            "exchange_rate": rate_figure(Decimal(row["exchange_rate"])),
            "amount": unscaled(row["applied"], precision),
            "tax_amount_withheld": unscaled(0, precision),
            "online_transaction_id": "",
            "is_single_invoice_payment": row["applied"] == row["amount"],
        }
        for row in found
    ]


def detail(books: BooksCall, payment_id: str) -> dict[str, Any]:
    """The answer of `GET /customerpayments/{id}`."""
    payment = _find(books, payment_id)
    customer = contacts.find(books.db, books.ledger, payment["customer_id"])
    currency = currencies.find(books.db, books.organization_id, payment["currency_id"])
    precision = currency.price_precision
    base_precision = books.organization.price_precision
    shares = books.db.query(
        "SELECT s.share_id, s.amount, d.document_id, d.number, d.date, d.total, d.balance"
        " FROM books_payment_shares s JOIN books_documents d USING (document_id) WHERE s.payment_id = ?"
        " ORDER BY s.share_id",
        (payment_id,),
    )
    amount = unscaled(payment["amount"], precision)
    rate = Decimal(payment["exchange_rate"])
    return {
        "payment_id": payment_id,
        "payment_number": payment["payment_number"],
        "payment_mode": payment["payment_mode"],
        "amount": amount,
        "amount_refunded": unscaled(0, precision),
        "unused_amount": unscaled(payment["unused"], precision),
        "bcy_amount": converted(amount, rate, base_precision),
        "bank_charges": unscaled(0, precision),
        "date": payment["date"],
        "status": "success",
        "reference_number": payment["reference_number"],
        "description": payment["description"],
        "customer_id": customer.contact_id,
        "customer_name": customer.name,
        "exchange_rate": rate_figure(rate),
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": precision,
        "invoices": [
            {
                "invoice_payment_id": share["share_id"],
                "invoice_id": share["document_id"],
                "invoice_number": share["number"],
                "date": share["date"],
                "invoice_amount": unscaled(share["total"], precision),
                "amount_applied": unscaled(share["amount"], precision),
                "balance_amount": unscaled(share["balance"], precision),
            }
            for share in shares
        ],
        "custom_fields": [],
        "tags": [],
    }
