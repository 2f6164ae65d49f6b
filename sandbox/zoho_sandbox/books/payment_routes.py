"""The operations on payments: by customers, and to vendors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from zoho_sandbox.books import payments
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    amount_filter,
    date_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.money import converted, unscaled
from zoho_sandbox.books.operations import BooksCall, Offer, offer, page_answer, resource_answer, success
from zoho_sandbox.books.payments import MADE, RECEIVED, PaymentKind
from zoho_sandbox.calls import Answer


def _listing(kind: PaymentKind) -> Listing:
    party = kind.settles.party
    return Listing(
        report_name=f"{party.capitalize()} Payments",
        filters=(
            identifier_filter(kind.settles.party_key, "p.contact_id"),
            text_filter(kind.settles.party_name_key, "c.contact_name"),
            text_filter("reference_number", "p.reference_number"),
            text_filter("payment_mode", "p.payment_mode"),
            date_filter("date", "p.date"),
            amount_filter("amount", "p.amount"),
            modified_filter("p.modified_at"),
            search_filter("p.reference_number", "c.contact_name", "p.description"),
        ),
        sort_columns={
            "date": "p.date",
            "amount": "p.amount",
            "created_time": "p.created_at",
            "last_modified_time": "p.modified_at",
            "reference_number": "p.reference_number",
            kind.settles.party_name_key: "c.contact_name",
        },
        key="p.payment_id",
        default_sort="created_time",
        default_order="D",
    )


_LISTINGS = {kind.kind: _listing(kind) for kind in (RECEIVED, MADE)}
_NUMBERS = (
    "(SELECT group_concat(d.number, ', ') FROM books_payment_shares s JOIN books_documents d USING (document_id)"
    " WHERE s.payment_id = p.payment_id)"
)
_WORDS = {
    RECEIVED.kind: ("The payment has been created.", "The payment has been deleted."),
    MADE.kind: ("The payment made to the vendor has been recorded.", "The payment has been deleted."),
}


def _create(books: BooksCall, kind: PaymentKind) -> Answer:
    payment_id = payments.create(books, kind)
    payment = payments.detail(books, kind, payment_id)
    return resource_answer(kind.resource, payment, _WORDS[kind.kind][0], status=201)


def _get(books: BooksCall, kind: PaymentKind) -> Answer:
    return resource_answer(kind.resource, payments.detail(books, kind, books.id("payment_id")))


def _remove(books: BooksCall, kind: PaymentKind) -> Answer:
    payments.remove(books, kind, books.id("payment_id"))
    return success(_WORDS[kind.kind][1])


def _list(books: BooksCall, kind: PaymentKind) -> Answer:
    base = Conditions()
    base.add("p.ledger = ?", books.ledger)
    base.add("p.kind = ?", kind.kind)
    page = page_of(_LISTINGS[kind.kind], books.query, base)
    found = books.db.query(
        f"SELECT p.*, c.contact_name, m.currency_code, m.price_precision, {_NUMBERS} AS numbers"  # noqa: S608  (columns are code)
        " FROM books_payments p JOIN books_contacts c ON c.contact_id = p.contact_id"
        f" JOIN books_currencies m ON m.currency_id = p.currency_id WHERE {page.where} {page.order_by} {page.limit}",
        page.parameters,
    )
    return page_answer(kind.resources, [_row(books, kind, row) for row in found], page)


def _row(books: BooksCall, kind: PaymentKind, row: Any) -> dict[str, Any]:
    amount = unscaled(row["amount"], row["price_precision"])
    rate = Decimal(row["exchange_rate"])
    return {
        "payment_id": row["payment_id"],
        "payment_number": row["payment_number"],
        f"{kind.settles.kind}_numbers": row["numbers"] or "",
        "date": row["date"],
        "payment_mode": row["payment_mode"],
        "reference_number": row["reference_number"],
        "description": row["description"],
        kind.settles.party_key: row["contact_id"],
        kind.settles.party_name_key: row["contact_name"],
        "currency_id": row["currency_id"],
        "currency_code": row["currency_code"],
        "amount": amount,
        "unused_amount" if kind is RECEIVED else "balance": unscaled(row["unused"], row["price_precision"]),
        "bcy_amount": converted(amount, rate, books.organization.price_precision),
        "exchange_rate": rate,
        "created_time": books.organization.written(row["created_at"]),
        "last_modified_time": books.organization.written(row["modified_at"]),
    }


def _offers(kind: PaymentKind) -> tuple[Offer, ...]:
    def of_kind(handler: Callable[[BooksCall, PaymentKind], Answer]) -> Callable[[BooksCall], Answer]:
        return lambda books: handler(books, kind)

    path = f"/{kind.resources}"
    return (
        offer("POST", path, of_kind(_create), scope=f"{kind.resources}.CREATE"),
        offer("GET", path, of_kind(_list), scope=f"{kind.resources}.READ"),
        offer("GET", f"{path}/{{payment_id}}", of_kind(_get), scope=f"{kind.resources}.READ"),
        offer("DELETE", f"{path}/{{payment_id}}", of_kind(_remove), scope=f"{kind.resources}.DELETE"),
    )


OFFERS = _offers(RECEIVED)
VENDOR_OFFERS = _offers(MADE)
