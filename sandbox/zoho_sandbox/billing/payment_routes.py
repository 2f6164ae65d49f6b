"""The operations on payments."""

from __future__ import annotations

from zoho_sandbox.billing import invoices, payments, renewals
from zoho_sandbox.billing.moments import Moment, present
from zoho_sandbox.billing.operations import operation
from zoho_sandbox.books.operations import BooksCall, success
from zoho_sandbox.calls import Answer


def _create(books: BooksCall) -> Answer:
    moment = present(books)
    payment = payments.create(books, books.fields, moment)
    shown = payments.shown(books, payment)
    _look_again(books, [each["invoice_id"] for each in shown["invoices"]], moment)
    return success("The payment has been created.", status=201, payment=shown)


def _get(books: BooksCall) -> Answer:
    return success(payment=payments.shown(books, payments.find(books, books.id("payment_id"))))


def _remove(books: BooksCall) -> Answer:
    moment = present(books)
    owed = payments.remove(books, payments.find(books, books.id("payment_id")), moment)
    _look_again(books, [invoice.invoice_id for invoice in owed], moment)
    return success("The payment has been deleted.")


def _look_again(books: BooksCall, invoice_ids: list[str], moment: Moment) -> None:
    """What was paid, or is owed again, decides whether a subscription is unpaid."""
    for invoice_id in invoice_ids:
        renewals.invoice_changed(books, invoices.find(books, invoice_id), moment)


OPERATIONS = (
    operation("POST", "/payments", _create, scope="payments.CREATE"),
    operation("GET", "/payments/{payment_id}", _get, scope="payments.READ"),
    operation("DELETE", "/payments/{payment_id}", _remove, scope="payments.DELETE"),
)
