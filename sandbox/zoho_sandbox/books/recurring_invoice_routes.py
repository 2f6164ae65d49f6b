"""The operations on recurring invoices."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import document_store, document_views, document_writes, recurring_invoices
from zoho_sandbox.finance.comments import comment_offers
from zoho_sandbox.finance.document_kinds import RECURRING_INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.operations import FinanceCall, offer, success


def _profile(call: FinanceCall) -> Document:
    return document_store.find(call, RECURRING_INVOICE, call.id("recurring_invoice_id"))


def _create(call: FinanceCall) -> Answer:
    shown = document_views.detail(call, recurring_invoices.create(call))
    return success(RECURRING_INVOICE.said[0], status=201, recurring_invoice=shown)


def _list(call: FinanceCall) -> Answer:
    return document_views.list_answer(call, RECURRING_INVOICE)


def _get(call: FinanceCall) -> Answer:
    return success(recurring_invoice=document_views.detail(call, _profile(call)))


def _change(call: FinanceCall) -> Answer:
    shown = document_views.detail(call, recurring_invoices.change(call, _profile(call)))
    return success(RECURRING_INVOICE.said[1], recurring_invoice=shown)


def _remove(call: FinanceCall) -> Answer:
    document_writes.remove(call, _profile(call))
    return success(RECURRING_INVOICE.said[2])


def _stop(call: FinanceCall) -> Answer:
    recurring_invoices.stop(call, _profile(call))
    return success("The recurring invoice has been stopped.", status=201)


def _resume(call: FinanceCall) -> Answer:
    recurring_invoices.resume(call, _profile(call))
    return success("The recurring invoice has been resumed.", status=201)


def _children(call: FinanceCall) -> Answer:
    history = [_child(call, invoice) for invoice in recurring_invoices.children(call, _profile(call))]
    return success(invoice_history=history)


def _child(call: FinanceCall, invoice: Document) -> dict[str, Any]:
    shown = document_views.detail(call, invoice)
    names = ("invoice_id", "invoice_number", "reference_number", "customer_name", "date", "due_date", "total",
             "balance", "status")  # fmt: skip
    return {**{name: shown[name] for name in names}, "source": "recurring"}


_ALL, _ONE = "/recurringinvoices", "/recurringinvoices/{recurring_invoice_id}"
OFFERS = (
    offer("POST", _ALL, _create, scope="invoices.CREATE"),
    offer("GET", _ALL, _list, scope="invoices.READ"),
    offer("GET", _ONE, _get, scope="invoices.READ"),
    offer("PUT", _ONE, _change, scope="invoices.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="invoices.DELETE"),
    offer("POST", f"{_ONE}/status/stop", _stop, scope="invoices.CREATE"),
    offer("POST", f"{_ONE}/status/resume", _resume, scope="invoices.CREATE"),
    offer("GET", f"{_ONE}/invoices", _children, scope="invoices.READ"),
    *comment_offers(_ONE, "recurring_invoice_id", "recurringinvoice", "invoices", _profile),
)
