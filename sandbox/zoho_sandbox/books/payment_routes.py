"""The operations on customer payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.books import payments
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    amount_filter,
    date_filter,
    identifier_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.money import converted, unscaled
from zoho_sandbox.books.operations import BooksCall, offer, page_answer, success
from zoho_sandbox.calls import Answer

_LISTING = Listing(
    report_name="Customer Payments",
    filters=(
        identifier_filter("customer_id", "p.customer_id"),
        text_filter("customer_name", "c.contact_name"),
        text_filter("reference_number", "p.reference_number"),
        text_filter("payment_mode", "p.payment_mode"),
        date_filter("date", "p.date"),
        amount_filter("amount", "p.amount"),
        search_filter("p.reference_number", "c.contact_name", "p.description"),
    ),
    sort_columns={
        "date": "p.date",
        "amount": "p.amount",
        "created_time": "p.created_at",
        "reference_number": "p.reference_number",
        "customer_name": "c.contact_name",
    },
    key="p.payment_id",
    default_sort="created_time",
    default_order="D",
)
_NUMBERS = (
    "(SELECT group_concat(d.number, ', ') FROM books_payment_shares s JOIN books_documents d USING (document_id)"
    " WHERE s.payment_id = p.payment_id)"
)


def _create(books: BooksCall) -> Answer:
    payment_id = payments.create(books)
    return success("The payment has been created.", status=201, payment=payments.detail(books, payment_id))


def _get(books: BooksCall) -> Answer:
    return success(payment=payments.detail(books, books.id("payment_id")))


def _remove(books: BooksCall) -> Answer:
    payments.remove(books, books.id("payment_id"))
    return success("The payment has been deleted.")


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("p.ledger = ?", books.ledger)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(
        f"SELECT p.*, c.contact_name, m.currency_code, m.price_precision, {_NUMBERS} AS numbers"  # noqa: S608  (columns are code)
        " FROM books_payments p JOIN books_contacts c ON c.contact_id = p.customer_id"
        f" JOIN books_currencies m ON m.currency_id = p.currency_id WHERE {page.where} {page.order_by} {page.limit}",
        page.parameters,
    )
    return page_answer("customerpayments", [_row(books, row) for row in found], page)


def _row(books: BooksCall, row: Any) -> dict[str, Any]:
    amount = unscaled(row["amount"], row["price_precision"])
    rate = Decimal(row["exchange_rate"])
    return {
        "payment_id": row["payment_id"],
        "payment_number": row["payment_number"],
        "invoice_numbers": row["numbers"] or "",
        "date": row["date"],
        "payment_mode": row["payment_mode"],
        "reference_number": row["reference_number"],
        "description": row["description"],
        "customer_id": row["customer_id"],
        "customer_name": row["contact_name"],
        "currency_id": row["currency_id"],
        "currency_code": row["currency_code"],
        "amount": amount,
        "unused_amount": unscaled(row["unused"], row["price_precision"]),
        "bcy_amount": converted(amount, rate, books.organization.price_precision),
        "exchange_rate": rate,
    }


OFFERS = (
    offer("POST", "/customerpayments", _create, scope="customerpayments.CREATE"),
    offer("GET", "/customerpayments", _list, scope="customerpayments.READ"),
    offer("GET", "/customerpayments/{payment_id}", _get, scope="customerpayments.READ"),
    offer("DELETE", "/customerpayments/{payment_id}", _remove, scope="customerpayments.DELETE"),
)
