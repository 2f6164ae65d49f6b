"""The operations on payments by customers and to vendors, and on credit notes applied to invoices."""

from __future__ import annotations

from collections.abc import Callable

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import credits, document_store, payment_views, payments
from zoho_sandbox.finance.document_kinds import CREDIT_NOTE, INVOICE
from zoho_sandbox.finance.errors import invalid_element
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, resource_answer, success
from zoho_sandbox.finance.payments import MADE, RECEIVED, PaymentKind

_WORDS = {
    RECEIVED.kind: (
        "The payment from the customer has been recorded",
        "The payment details have been updated.",
        "The payment has been deleted.",
    ),
    MADE.kind: (
        "The payment made to the vendor has been recorded.",
        "The details of the payment made to the vendor has been updated",
        "The payment has been deleted.",
    ),
}


def _create(call: FinanceCall, kind: PaymentKind) -> Answer:
    payment_id = payments.create(call, kind)
    payment = payment_views.detail(call, kind, payment_id)
    return resource_answer(kind.resource, payment, _WORDS[kind.kind][0], status=201)


def _get(call: FinanceCall, kind: PaymentKind) -> Answer:
    return resource_answer(kind.resource, payment_views.detail(call, kind, call.id("payment_id")))


def _change(call: FinanceCall, kind: PaymentKind) -> Answer:
    payment_id = call.id("payment_id")
    payments.change(call, kind, payment_id)
    return resource_answer(kind.resource, payment_views.detail(call, kind, payment_id), _WORDS[kind.kind][1])


def _remove(call: FinanceCall, kind: PaymentKind) -> Answer:
    payments.remove(call, kind, call.id("payment_id"))
    return success(_WORDS[kind.kind][2])


def _list(call: FinanceCall, kind: PaymentKind) -> Answer:
    return payment_views.list_answer(call, kind, kind.resources)


def _offers(kind: PaymentKind) -> tuple[Offer, ...]:
    def of_kind(handler: Callable[[FinanceCall, PaymentKind], Answer]) -> Callable[[FinanceCall], Answer]:
        return lambda call: handler(call, kind)

    path = f"/{kind.resources}"
    return (
        offer("POST", path, of_kind(_create), scope=f"{kind.resources}.CREATE"),
        offer("GET", path, of_kind(_list), scope=f"{kind.resources}.READ"),
        offer("GET", f"{path}/{{payment_id}}", of_kind(_get), scope=f"{kind.resources}.READ"),
        offer("PUT", f"{path}/{{payment_id}}", of_kind(_change), scope=f"{kind.resources}.UPDATE"),
        offer("DELETE", f"{path}/{{payment_id}}", of_kind(_remove), scope=f"{kind.resources}.DELETE"),
    )


OFFERS = _offers(RECEIVED)
VENDOR_OFFERS = _offers(MADE)

_APPLIED = "Credits have been applied to the invoice(s)."
_TAKEN_BACK = "Credits applied to an invoice have been deleted."


def _of_note(call: FinanceCall) -> Answer:
    note = document_store.find(call, CREDIT_NOTE, call.id("creditnote_id"))
    return success(invoices_credited=credits.of_note(call, note))


def _apply_note(call: FinanceCall) -> Answer:
    wanted = call.fields.rows("invoices")
    if not wanted:
        raise invalid_element("invoices")
    for each in wanted:
        credits.apply(call, call.id("creditnote_id"), each.identifier("invoice_id"), each)
    return success(_APPLIED)


def _take_back_note(call: FinanceCall) -> Answer:
    credits.take_back(call, call.id("creditnote_id"), call.id("creditnote_invoice_id"))
    return success(_TAKEN_BACK)


def _of_invoice(call: FinanceCall) -> Answer:
    invoice = document_store.find(call, INVOICE, call.id("invoice_id"))
    return success(credits=credits.of_invoice(call, invoice))


def _apply_to_invoice(call: FinanceCall) -> Answer:
    wanted = call.fields.rows("apply_creditnotes")
    if not wanted:
        raise invalid_element("apply_creditnotes")
    for each in wanted:
        credits.apply(call, each.identifier("creditnote_id"), call.id("invoice_id"), each)
    return success(_APPLIED)


def _take_back_from_invoice(call: FinanceCall) -> Answer:
    credits.take_back(call, call.id("invoice_id"), call.id("creditnotes_invoice_id"))
    return success(_TAKEN_BACK)


_NOTE, _INVOICE = "/creditnotes/{creditnote_id}/invoices", "/invoices/{invoice_id}"
CREDIT_OFFERS = (
    offer("GET", _NOTE, _of_note, scope="creditnotes.READ"),
    offer("POST", _NOTE, _apply_note, scope="creditnotes.CREATE"),
    offer("DELETE", f"{_NOTE}/{{creditnote_invoice_id}}", _take_back_note, scope="creditnotes.DELETE"),
    offer("GET", f"{_INVOICE}/creditsapplied", _of_invoice, scope="invoices.READ"),
    offer("POST", f"{_INVOICE}/credits", _apply_to_invoice, scope="invoices.CREATE"),
    offer(
        "DELETE",
        f"{_INVOICE}/creditsapplied/{{creditnotes_invoice_id}}",
        _take_back_from_invoice,
        scope="invoices.DELETE",
    ),
)
