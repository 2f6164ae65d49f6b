"""The operations that apply credit notes to invoices, from either side."""

from __future__ import annotations

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import credits, document_store
from zoho_sandbox.finance.document_kinds import CREDIT_NOTE, INVOICE
from zoho_sandbox.finance.errors import invalid_element
from zoho_sandbox.finance.operations import FinanceCall, offer, success

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
OFFERS = (
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
