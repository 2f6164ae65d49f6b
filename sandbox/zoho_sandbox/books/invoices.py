"""Invoices: their operations."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import document_store, document_views, estimates, payments
from zoho_sandbox.books.document_answers import answer, mail_offers, several_as_pdf
from zoho_sandbox.books.document_kinds import ESTIMATE, INVOICE
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.documents import compose
from zoho_sandbox.books.errors import PAYMENT_CODE, BooksError, in_use, invalid_value, not_allowed_now
from zoho_sandbox.books.money import figure
from zoho_sandbox.books.numbering import number_for
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.states import move_invoice
from zoho_sandbox.books.totals import ZERO
from zoho_sandbox.calls import Answer

_LIST = document_views.invoice_list(INVOICE)
_TEXTS = (
    "client_viewed_time", "payment_expected_date", "last_payment_date", "last_reminder_sent_date", "schedule_time",
    "documents", "color_code", "current_sub_status_id", "project_name", "salesperson_id", "attachment_name",
)  # fmt: skip


def find(books: BooksCall, invoice_id: str) -> Document:
    return document_store.find(books, INVOICE, invoice_id)


def _invoice(books: BooksCall) -> Document:
    return find(books, books.id("invoice_id"))


def create(books: BooksCall, fields: Fields) -> Document:
    """Store the invoice the fields describe; a quote it names is invoiced from then on."""
    content = compose(books, INVOICE, fields, None)
    estimate_id = fields.identifier("invoiced_estimate_id")
    if estimate_id:
        estimates.move(books, document_store.find(books, ESTIMATE, estimate_id), "invoiced")
    invoice_id = books.sandbox.new_id()
    sent = books.wants("send")
    nothing = figure(ZERO, content["price_precision"])
    content = {
        "invoice_id": invoice_id,
        "invoice_number": number_for(books, INVOICE, invoice_id),
        **content,
        "balance": content["total"],
        "payment_made": nothing,
        "credits_applied": nothing,
        "write_off_amount": nothing,
        "tax_amount_withheld": nothing,
        "type": "invoice",
        "transaction_type": "renewal",
        "invoiced_estimate_id": estimate_id,
        "salesorder_id": fields.identifier("salesorder_id"),
        "is_emailed": sent,
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
        "created_by": books.user.name,
        **dict.fromkeys(_TEXTS, ""),
    }
    return document_store.insert(books, INVOICE, content, "sent" if sent else "draft")


def _create(books: BooksCall) -> Answer:
    invoice = create(books, books.fields)
    return success("The invoice has been created.", status=201, invoice=document_views.detail(books, invoice))


def _list(books: BooksCall) -> Answer:
    return document_views.list_answer(books, _LIST)


def _get(books: BooksCall) -> Answer:
    return answer(books, _invoice(books))


def _change(books: BooksCall) -> Answer:
    invoice = _invoice(books)
    if invoice.stage == "void":
        raise not_allowed_now("Void invoices cannot be edited.")
    content = invoice.content | compose(books, INVOICE, books.fields, invoice.content)
    _check_paid(invoice, content)
    content["balance"] = content["total"] - content["payment_made"]
    content["invoice_number"] = number_for(books, INVOICE, invoice.document_id, invoice.number)
    saved = document_store.save(books, invoice, content, invoice.stage)
    return success("Invoice information has been updated.", invoice=document_views.detail(books, saved))


def _check_paid(invoice: Document, content: dict[str, Any]) -> None:
    """What was paid was paid by this customer, in this currency, and stays covered by the total."""
    if not invoice.content["payment_made"]:
        return
    for name in ("customer_id", "currency_id"):
        if content[name] != invoice.content[name]:
            raise in_use(f"The {name} of an invoice with payments cannot be changed.")
    if content["total"] < invoice.content["payment_made"]:
        raise BooksError(400, PAYMENT_CODE, "The amount paid exceeds the total of the invoice.")


def _remove(books: BooksCall) -> Answer:
    invoice = _invoice(books)
    if invoice.content["payment_made"]:
        raise in_use("Invoices which have payments applied to them cannot be deleted.")
    document_store.remove(books, invoice)
    return success("The invoice has been deleted.")


def _move(books: BooksCall, invoice: Document, change: str) -> None:
    """Voiding lets go of payments, which become the customer's credit."""
    stage = move_invoice(invoice.stage, change)
    content = invoice.content
    if change == "void":
        content = content | payments.detach(books, invoice)
    document_store.save(books, invoice, content, stage)


def _send(books: BooksCall) -> Answer:
    _move(books, _invoice(books), "sent")
    return success("Invoice status has been changed to Sent.")


def _void(books: BooksCall) -> Answer:
    _move(books, _invoice(books), "void")
    return success("Invoice status has been changed to Void.")


def _draft(books: BooksCall) -> Answer:
    _move(books, _invoice(books), "draft")
    return success("Status of invoice changed from void to draft")


def _several(books: BooksCall) -> list[Document]:
    """The invoices of a call on many: all are there, or none is touched."""
    ids = [part.strip() for part in books.query.get("invoice_ids", "").split(",") if part.strip()]
    if not ids:
        raise invalid_value("invoice_ids")
    return [find(books, invoice_id) for invoice_id in dict.fromkeys(ids)]


def _send_several(books: BooksCall) -> Answer:
    for invoice in _several(books):
        _move(books, invoice, "sent")
    return success("The invoices have been marked as sent.")


def _void_several(books: BooksCall) -> Answer:
    for invoice in _several(books):
        _move(books, invoice, "void")
    return success("The selected invoices have been marked as void.")


def _list_payments(books: BooksCall) -> Answer:
    return success(payments=payments.of_invoice(books, _invoice(books)))


_ONE = "/invoices/{invoice_id}"
OFFERS = (
    offer("GET", "/invoices/pdf", several_as_pdf(INVOICE), scope="invoices.READ"),
    offer("POST", "/invoices/status/sent", _send_several, scope="invoices.CREATE"),
    offer("POST", "/invoices/status/void", _void_several, scope="invoices.CREATE"),
    offer("POST", "/invoices", _create, scope="invoices.CREATE"),
    offer("GET", "/invoices", _list, scope="invoices.READ"),
    offer("GET", _ONE, _get, scope="invoices.READ"),
    offer("PUT", _ONE, _change, scope="invoices.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="invoices.DELETE"),
    offer("POST", f"{_ONE}/status/sent", _send, scope="invoices.CREATE"),
    offer("POST", f"{_ONE}/status/void", _void, scope="invoices.CREATE"),
    offer("POST", f"{_ONE}/status/draft", _draft, scope="invoices.CREATE"),
    offer("GET", f"{_ONE}/payments", _list_payments, scope="invoices.READ"),
    *mail_offers(INVOICE),
)
