"""Payments: those of the store, taken from customers, in Billing's words."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.finance import contacts, payments
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.payments import RECEIVED
from zoho_sandbox.finance.times import Moment


def collect(call: FinanceCall, invoice: Document, moment: Moment, mode: str = "creditcard") -> str:
    """Pay an invoice in full, as a customer's card does on renewal; returns the payment's id."""
    share = {"invoice_id": invoice.document_id, "amount_applied": invoice.balance}
    body = {
        "customer_id": invoice.contact_id,
        "payment_mode": mode,
        "amount": invoice.balance,
        "description": f"Payment has been added to {invoice.number}",
        "invoices": [share],
    }
    return payments.create(call.at(moment), RECEIVED, Fields(body))


def shown(call: FinanceCall, payment_id: str) -> dict[str, Any]:
    """The answer of `GET /payments/{id}`; raises FinanceError 1002."""
    payment = payments.detail(call, RECEIVED, payment_id)
    people = contacts.find(call.db, call.ledger, payment["customer_id"])
    return {**payment, "email": people.email, "updated_time": payment["last_modified_time"]}
