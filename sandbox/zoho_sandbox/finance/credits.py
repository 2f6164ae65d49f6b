"""Credit notes applied to invoices: what they settle, and taking it back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.finance import document_store
from zoho_sandbox.finance.document_kinds import CREDIT_NOTE, INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import PAYMENT_CODE, FinanceError, does_not_exist, invalid_value
from zoho_sandbox.finance.money import ZERO, figure, scaled, unscaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields

_SHARES = (
    "SELECT s.share_id, s.payment_id AS creditnote_id, s.document_id AS invoice_id, s.amount, s.date,"
    " n.number AS creditnote_number, i.number AS invoice_number, i.total FROM finance_payment_shares s"
    " JOIN finance_documents n ON n.document_id = s.payment_id AND n.kind = 'creditnote'"
    " JOIN finance_documents i ON i.document_id = s.document_id"
)


def apply(call: FinanceCall, creditnote_id: str, invoice_id: str, wanted: Fields) -> None:
    """Let a credit note settle `amount_applied` of an invoice of its customer and currency; raises FinanceError."""
    note = document_store.find(call, CREDIT_NOTE, creditnote_id)
    invoice = document_store.find(call, INVOICE, invoice_id)
    if note.stage != "open":
        raise FinanceError(400, PAYMENT_CODE, f"The credit note {note.number} is {note.stage}, not open.")
    if invoice.stage == "void":
        raise FinanceError(400, PAYMENT_CODE, "Credits cannot be applied to void invoices.")
    for name in ("customer_id", "currency_id"):
        if note.content[name] != invoice.content[name]:
            raise invalid_value("invoice_id")
    amount = figure(wanted.positive("amount_applied", ZERO), invoice.content["price_precision"])
    if amount > min(note.balance, invoice.balance):
        raise FinanceError(400, PAYMENT_CODE, "The amount applied exceeds the balance of the credit note or invoice.")
    call.db.insert(
        "finance_payment_shares",
        {
            "share_id": call.sandbox.new_id(),
            "payment_id": creditnote_id,
            "document_id": invoice_id,
            "amount": scaled(amount),
            "date": call.today.isoformat(),
        },
    )
    _settle(call, note, invoice, amount)


def take_back(call: FinanceCall, document_id: str, share_id: str) -> None:
    """Undo one application to, or of, the document; raises FinanceError 1002."""
    found = call.db.one(
        f"{_SHARES} WHERE s.share_id = ? AND ? IN (s.payment_id, s.document_id)", (share_id, document_id)
    )
    if found is None:
        raise does_not_exist("Applied credit")
    _undo(call, found)


def take_all_back(call: FinanceCall, invoice: Document) -> None:
    """Undo what was applied to an invoice that becomes void."""
    for found in call.db.query(f"{_SHARES} WHERE s.document_id = ?", (invoice.document_id,)):
        _undo(call, found)


def _undo(call: FinanceCall, found: Any) -> None:
    note = document_store.find(call, CREDIT_NOTE, found["creditnote_id"])
    invoice = document_store.find(call, INVOICE, found["invoice_id"])
    call.db.execute("DELETE FROM finance_payment_shares WHERE share_id = ?", (found["share_id"],))
    _settle(call, note, invoice, -unscaled(found["amount"], invoice.content["price_precision"]))


def _settle(call: FinanceCall, note: Document, invoice: Document, amount: Decimal) -> None:
    """A draft invoice that is settled has been sent."""
    credited = {
        "total_credits_used": note.content["total_credits_used"] + amount,
        "balance": note.balance - amount,
    }
    document_store.save(call, note, note.content | credited, note.stage)
    settled = {
        "credits_applied": invoice.content["credits_applied"] + amount,
        "balance": invoice.balance - amount,
    }
    document_store.save(call, invoice, invoice.content | settled, INVOICE.live)


def of_note(call: FinanceCall, note: Document) -> list[dict[str, Any]]:
    """The answer of `GET /creditnotes/{id}/invoices`."""
    precision = note.content["price_precision"]
    return [
        {
            "creditnote_id": each["creditnote_id"],
            "creditnote_number": each["creditnote_number"],
            "creditnote_invoice_id": each["share_id"],
            "invoice_id": each["invoice_id"],
            "invoice_number": each["invoice_number"],
            "date": each["date"],
            "credited_amount": unscaled(each["amount"], precision),
        }
        for each in call.db.query(f"{_SHARES} WHERE s.payment_id = ? ORDER BY s.share_id", (note.document_id,))
    ]


def of_invoice(call: FinanceCall, invoice: Document) -> list[dict[str, Any]]:
    """The answer of `GET /invoices/{id}/creditsapplied`."""
    precision = invoice.content["price_precision"]
    return [
        {
            "creditnote_id": each["creditnote_id"],
            "creditnotes_invoice_id": each["share_id"],
            "creditnotes_number": each["creditnote_number"],
            "credited_date": each["date"],
            "amount_applied": unscaled(each["amount"], precision),
        }
        for each in call.db.query(f"{_SHARES} WHERE s.document_id = ? ORDER BY s.share_id", (invoice.document_id,))
    ]
