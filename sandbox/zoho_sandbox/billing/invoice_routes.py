"""The operations on invoices and payments."""

from __future__ import annotations

from datetime import date
from typing import Any

from zoho_sandbox.billing import customers, invoices, renewals
from zoho_sandbox.billing.invoices import Item, Order
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contacts, currencies, document_views, payment_views, payments
from zoho_sandbox.finance.document_answers import printed, send, wants_pdf
from zoho_sandbox.finance.document_kinds import INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import invalid_value, not_allowed_now
from zoho_sandbox.finance.line_items import ONE
from zoho_sandbox.finance.money import ZERO
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.payments import RECEIVED
from zoho_sandbox.finance.times import MOST_DAYS


def _invoice(call: FinanceCall) -> Document:
    return invoices.find(call, call.id("invoice_id"))


def _list(call: FinanceCall) -> Answer:
    found, page = document_views.listed(call, INVOICE)
    return page_answer("invoices", [invoices.row(call, row) for row in found], page)


def _create(call: FinanceCall) -> Answer:
    fields = call.fields
    customer = customers.find(call, fields.identifier("customer_id"))
    currency = customers.currency_of(call, customer)
    day = fields.day("date", call.today.isoformat())
    terms = fields.between("payment_terms", customer.document["payment_terms"], 0, MOST_DAYS)
    due = fields.day("due_date", invoices.due_after(date.fromisoformat(day), terms).isoformat())
    items = [_item(row) for row in fields.rows("invoice_items")]
    if not items or due < day:
        raise invalid_value("due_date" if items else "invoice_items")
    order = Order(
        customer=customer,
        currency=currency,
        exchange_rate=currencies.rate_for(call.db, currency, fields, day),
        items=items,
        day=date.fromisoformat(day),
        due=date.fromisoformat(due),
        reference_number=fields.text("reference_number", 100),
        notes=fields.text("notes", 5000),
        stage="sent" if call.wants("send") else "draft",
    )
    invoice = invoices.create(call, order, call.present)
    return success("The invoice has been created.", status=201, invoice=invoices.detail(call, invoice))


def _item(row: Fields) -> Item:
    if row.raw("price") is None:
        raise invalid_value("price")
    return Item(
        name=row.text("name", 100) or row.required_text("description", 2000),
        price=row.not_negative("price", ZERO),
        quantity=row.positive("quantity", ONE),
        description=row.text("description", 2000),
        code=row.text("code", 100),
        product_id=row.identifier("product_id"),
        tax_id=row.identifier("tax_id"),
    )


def _get(call: FinanceCall) -> Answer:
    invoice = _invoice(call)
    if wants_pdf(call):
        return printed(call, [invoice])
    return success(invoice=invoices.detail(call, invoice))


def _remove(call: FinanceCall) -> Answer:
    invoices.remove(call, _invoice(call))
    return success("The invoice has been deleted.")


def _open(call: FinanceCall) -> Answer:
    moment = call.present
    renewals.invoice_changed(call, invoices.open_up(call, _invoice(call), moment), moment)
    return success("Status of the invoice has been changed to open.")


def _void(call: FinanceCall) -> Answer:
    moment = call.present
    renewals.invoice_changed(call, invoices.void(call, _invoice(call), moment), moment)
    return success("Invoice has been marked as void.")


def _email(call: FinanceCall) -> Answer:
    """The first letter opens a draft; a void invoice is not sent to anybody."""
    invoice = _invoice(call)
    if invoice.stage == "void":
        raise not_allowed_now("A void invoice cannot be sent.")
    return send(call, invoice)


_ONE = "/invoices/{invoice_id}"
OFFERS = (
    offer("POST", "/invoices", _create, scope="invoices.CREATE"),
    offer("GET", "/invoices", _list, scope="invoices.READ"),
    offer("GET", _ONE, _get, scope="invoices.READ"),
    offer("DELETE", _ONE, _remove, scope="invoices.DELETE"),
    offer("POST", f"{_ONE}/converttoopen", _open, scope="invoices.CREATE"),
    offer("POST", f"{_ONE}/void", _void, scope="invoices.CREATE"),
    offer("POST", f"{_ONE}/email", _email, scope="invoices.CREATE"),
)


def _shown_payment(call: FinanceCall, payment_id: str) -> dict[str, Any]:
    """The answer of `GET /payments/{id}`; raises FinanceError 1002."""
    payment = payment_views.detail(call, RECEIVED, payment_id)
    people = contacts.find(call.db, call.ledger, payment["customer_id"])
    return {**payment, "email": people.email, "updated_time": payment["last_modified_time"]}


def _create_payment(call: FinanceCall) -> Answer:
    payment = _shown_payment(call, payments.create(call, RECEIVED))
    _look_again(call, payment)
    return success("The payment has been created.", status=201, payment=payment)


def _list_payments(call: FinanceCall) -> Answer:
    return payment_views.list_answer(call, RECEIVED, "payments")


def _get_payment(call: FinanceCall) -> Answer:
    return success(payment=_shown_payment(call, call.id("payment_id")))


def _remove_payment(call: FinanceCall) -> Answer:
    payment = _shown_payment(call, call.id("payment_id"))
    payments.remove(call, RECEIVED, payment["payment_id"])
    _look_again(call, payment)
    return success("The payment has been deleted.")


def _look_again(call: FinanceCall, payment: dict[str, Any]) -> None:
    """What was paid, or is owed again, decides whether a subscription is unpaid."""
    moment = call.present
    for each in payment["invoices"]:
        renewals.invoice_changed(call, invoices.find(call, each["invoice_id"]), moment)


PAYMENT_OFFERS = (
    offer("POST", "/payments", _create_payment, scope="payments.CREATE"),
    offer("GET", "/payments", _list_payments, scope="payments.READ"),
    offer("GET", "/payments/{payment_id}", _get_payment, scope="payments.READ"),
    offer("DELETE", "/payments/{payment_id}", _remove_payment, scope="payments.DELETE"),
)
