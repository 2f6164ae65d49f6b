"""Payments, by customers or to vendors: money shared out to what is owed; what is not shared out is a credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.books import contacts, currencies, document_store, rows
from zoho_sandbox.books.currencies import Currency
from zoho_sandbox.books.document_kinds import BILL, INVOICE, DocumentKind
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.errors import PAYMENT_CODE, BooksError, does_not_exist, invalid_value
from zoho_sandbox.books.money import MAX_PRECISION, converted, figure, rate_figure, scaled, unscaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.totals import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentKind:
    """`settles` is the kind of document a payment is for; `resource` and `resources` are its keys in answers."""

    settles: DocumentKind
    resource: str
    resources: str

    @property
    def kind(self) -> str:
        return self.settles.party


RECEIVED = PaymentKind(settles=INVOICE, resource="payment", resources="customerpayments")
MADE = PaymentKind(settles=BILL, resource="vendorpayment", resources="vendorpayments")


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment that settles a document."""

    document: Document
    amount: Decimal


def create(books: BooksCall, kind: PaymentKind) -> str:
    """Store the payment a request describes and settle what it is for; returns its id."""
    fields = books.fields
    contact_id = fields.identifier(kind.settles.party_key)
    if not contact_id:
        raise invalid_value(kind.settles.party_key)
    party = contacts.find(books.db, books.ledger, contact_id)
    if party.contact_type != kind.settles.party:
        raise does_not_exist(kind.settles.party.capitalize())
    shares = _shares(books, kind, fields, contact_id)
    currency_id = shares[0].document.content["currency_id"] if shares else party.currency_id
    currency = currencies.find(books.db, books.organization_id, currency_id)
    amount = figure(fields.positive("amount", ZERO), currency.price_precision)
    _check(kind, shares, amount, currency_id)
    rate = _rate(books, fields, currency, shares)
    payment_id = books.sandbox.new_id()
    day = fields.day("date", books.today.isoformat())
    columns = {
        "payment_id": payment_id,
        "ledger": books.ledger,
        "kind": kind.kind,
        "payment_number": str(books.db.count_up(f"books/{books.ledger}/payment/{kind.kind}", 0)),
        "contact_id": contact_id,
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
        "modified_at": books.now(),
    }
    rows.insert(books.db, "books_payments", columns)
    for share in shares:
        _apply(books, payment_id, share, day)
    _recount(books, payment_id)
    return payment_id


def _shares(books: BooksCall, kind: PaymentKind, fields: Fields, contact_id: str) -> list[Share]:
    wanted = fields.rows(kind.settles.plural)
    if not wanted and fields.identifier(kind.settles.id_key):
        wanted = [fields]
    return [_share(books, kind.settles, row, contact_id) for row in wanted]


def _share(books: BooksCall, settles: DocumentKind, row: Fields, contact_id: str) -> Share:
    document = document_store.find(books, settles, row.identifier(settles.id_key))
    if document.contact_id != contact_id:
        raise invalid_value(settles.id_key)
    if document.stage == "void":
        raise BooksError(400, PAYMENT_CODE, f"Payments cannot be recorded for void {settles.word}s.")
    amount = figure(row.positive("amount_applied", ZERO), document.content["price_precision"])
    if amount > document.balance:
        raise BooksError(
            400, PAYMENT_CODE, f"The amount applied exceeds the balance of the {settles.word} {document.number}."
        )
    return Share(document, amount)


def _check(kind: PaymentKind, shares: list[Share], amount: Decimal, currency_id: str) -> None:
    if len({share.document.document_id for share in shares}) < len(shares):
        raise invalid_value(kind.settles.plural)
    if any(share.document.content["currency_id"] != currency_id for share in shares):
        raise invalid_value(kind.settles.plural)
    if sum((share.amount for share in shares), ZERO) > amount:
        raise BooksError(400, PAYMENT_CODE, f"The amounts applied to {kind.settles.plural} exceed the amount paid.")


def _rate(books: BooksCall, fields: Fields, currency: Currency, shares: list[Share]) -> Decimal:
    if currency.is_base:
        return Decimal(1)
    if fields.raw("exchange_rate") is None and shares:
        return Decimal(shares[0].document.content["exchange_rate"])
    stored = currencies.rate_on(books.db, currency, books.today.isoformat())
    return fields.positive("exchange_rate", stored.rate if stored else Decimal(1))


def _apply(books: BooksCall, payment_id: str, share: Share, day: str) -> None:
    """A draft that is paid has been sent."""
    document = share.document
    rows.insert(
        books.db,
        "books_payment_shares",
        {
            "share_id": books.sandbox.new_id(),
            "payment_id": payment_id,
            "document_id": document.document_id,
            "amount": scaled(share.amount),
        },
    )
    content = document.content | {
        "payment_made": document.content["payment_made"] + share.amount,
        "balance": document.balance - share.amount,
        "last_payment_date": day,
    }
    document_store.save(books, document, content, document.kind.live)


def remove(books: BooksCall, kind: PaymentKind, payment_id: str) -> None:
    """Take a payment back: what it settled is owed again."""
    _find(books, kind, payment_id)
    for row in books.db.query(
        "SELECT document_id, amount FROM books_payment_shares WHERE payment_id = ?", (payment_id,)
    ):
        document = document_store.find(books, kind.settles, row["document_id"])
        amount = unscaled(row["amount"], document.content["price_precision"])
        content = document.content | {
            "payment_made": document.content["payment_made"] - amount,
            "balance": document.balance + amount,
        }
        document_store.save(books, document, content, document.stage)
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
    payment = books.db.one("SELECT amount, exchange_rate FROM books_payments WHERE payment_id = ?", (payment_id,))
    if payment is None:
        raise does_not_exist("Payment")
    shared = books.db.value(
        "SELECT COALESCE(SUM(amount), 0) FROM books_payment_shares WHERE payment_id = ?", (payment_id,)
    )
    left = payment["amount"] - shared
    base = converted(
        unscaled(left, MAX_PRECISION), Decimal(payment["exchange_rate"]), books.organization.price_precision
    )
    rows.update(books.db, "books_payments", {"unused": left, "bcy_unused": scaled(base)}, "payment_id", payment_id)


def _find(books: BooksCall, kind: PaymentKind, payment_id: str) -> Any:
    row = books.db.one(
        "SELECT * FROM books_payments WHERE payment_id = ? AND ledger = ? AND kind = ?",
        (payment_id, books.ledger, kind.kind),
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


def detail(books: BooksCall, kind: PaymentKind, payment_id: str) -> dict[str, Any]:
    """The answer of `GET /customerpayments/{id}` and `GET /vendorpayments/{id}`."""
    payment = _find(books, kind, payment_id)
    party = contacts.find(books.db, books.ledger, payment["contact_id"])
    currency = currencies.find(books.db, books.organization_id, payment["currency_id"])
    precision = currency.price_precision
    amount = unscaled(payment["amount"], precision)
    rate = Decimal(payment["exchange_rate"])
    unused = unscaled(payment["unused"], precision)
    left = (
        {
            "amount_refunded": unscaled(0, precision),
            "unused_amount": unused,
            "bank_charges": unscaled(0, precision),
            "status": "success",
        }
        if kind is RECEIVED
        else {"balance": unused}
    )
    return {
        "payment_id": payment_id,
        "payment_number": payment["payment_number"],
        "payment_mode": payment["payment_mode"],
        "amount": amount,
        **left,
        "bcy_amount": converted(amount, rate, books.organization.price_precision),
        "date": payment["date"],
        "reference_number": payment["reference_number"],
        "description": payment["description"],
        kind.settles.party_key: party.contact_id,
        kind.settles.party_name_key: party.name,
        "exchange_rate": rate_figure(rate),
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": precision,
        "created_time": books.organization.written(payment["created_at"]),
        "last_modified_time": books.organization.written(payment["modified_at"]),
        kind.settles.plural: _shared_out(books, kind.settles, payment_id, precision),
        "custom_fields": [],
        "tags": [],
    }


def _shared_out(books: BooksCall, settles: DocumentKind, payment_id: str, precision: int) -> list[dict[str, Any]]:
    shares = books.db.query(
        "SELECT s.share_id, s.amount, d.document_id, d.number, d.date, d.end_date, d.total, d.balance"
        " FROM books_payment_shares s JOIN books_documents d USING (document_id) WHERE s.payment_id = ?"
        " ORDER BY s.share_id",
        (payment_id,),
    )
    total, balance = ("invoice_amount", "balance_amount") if settles is INVOICE else ("total", "balance")
    return [
        {
            f"{settles.kind}_payment_id": share["share_id"],
            settles.id_key: share["document_id"],
            settles.number_key: share["number"],
            "date": share["date"],
            settles.end_date: share["end_date"],
            total: unscaled(share["total"], precision),
            "amount_applied": unscaled(share["amount"], precision),
            balance: unscaled(share["balance"], precision),
        }
        for share in shares
    ]
