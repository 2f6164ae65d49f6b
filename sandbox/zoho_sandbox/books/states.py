"""The state machines of documents: which move is allowed from which status, and what a document is called then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from zoho_sandbox.books.errors import not_allowed_now

EstimateStage = Literal["draft", "sent", "accepted", "declined", "invoiced"]
InvoiceStage = Literal["draft", "sent", "void"]
Moves = Mapping[str, Mapping[str, str]]

# A move that is missing here is refused. Nothing leads back to draft, and an answer needs a sent estimate;
# a customer may change their mind between accepted and declined.
ESTIMATE_MOVES: Mapping[str, Mapping[str, EstimateStage]] = {
    "sent": {"draft": "sent", "sent": "sent"},
    "accepted": {"sent": "accepted", "declined": "accepted"},
    "declined": {"sent": "declined", "accepted": "declined"},
    "invoiced": {"sent": "invoiced", "accepted": "invoiced"},
}
# Marking a sent invoice as sent, or a void one as void, changes nothing and succeeds.
INVOICE_MOVES: Mapping[str, Mapping[str, InvoiceStage]] = {
    "sent": {"draft": "sent", "sent": "sent"},
    "void": {"draft": "void", "sent": "void", "void": "void"},
    "draft": {"void": "draft"},
}
# Orders that are open stay open when told so again; an order is taken back from void or cancelled by opening it.
SALES_ORDER_MOVES: Moves = {
    "open": {"draft": "open", "open": "open", "void": "open"},
    "void": {"draft": "void", "open": "void", "void": "void"},
    "invoiced": {"open": "invoiced"},
}
PURCHASE_ORDER_MOVES: Moves = {
    "open": {"draft": "open", "open": "open", "cancelled": "open", "billed": "open"},
    "billed": {"open": "billed", "billed": "billed"},
    "cancelled": {"draft": "cancelled", "open": "cancelled", "cancelled": "cancelled"},
}
BILL_MOVES: Moves = {
    "open": {"open": "open", "void": "open"},
    "void": {"open": "void", "void": "void"},
}
ESTIMATE_STATUSES = ("draft", "sent", "accepted", "declined", "expired", "invoiced")
INVOICE_STATUSES = ("draft", "sent", "overdue", "paid", "partially_paid", "void")


def move_estimate(stage: str, move: str) -> EstimateStage:
    """The stage an estimate is in after `move`; raises BooksError where the move is not allowed."""
    after = ESTIMATE_MOVES[move].get(stage)
    if after is None:
        raise not_allowed_now(_estimate_refusal(stage, move))
    return after


def move_invoice(stage: str, move: str) -> InvoiceStage:
    """The stage an invoice is in after `move`; raises BooksError where the move is not allowed."""
    after = INVOICE_MOVES[move].get(stage)
    if after is None:
        raise not_allowed_now(_invoice_refusal(stage, move))
    return after


def move_order(moves: Moves, word: str, stage: str, move: str) -> str:
    """The stage an order or bill is in after `move`; raises BooksError, which calls it `word`."""
    after = moves[move].get(stage)
    if after is None:
        raise not_allowed_now(f"A {word} in {stage} status cannot be marked as {move}.")
    return after


def estimate_status(stage: str, expiry_date: str, today: date) -> str:
    """What the estimate is called today: a sent one is expired from the day after its expiry date."""
    if stage == "sent" and expiry_date and expiry_date < today.isoformat():
        return "expired"
    return stage


def invoice_status(stage: str, total: Decimal, balance: Decimal, due_date: str, today: date) -> str:
    """What the invoice is called today, from what is still owed and when it was due."""
    if stage != "sent":
        return stage
    if not balance:
        return "paid"
    if due_date < today.isoformat():
        return "overdue"
    return "partially_paid" if balance < total else "sent"


def bill_status(stage: str, total: Decimal, balance: Decimal, due_date: str, today: date) -> str:
    """What the bill is called today, from what is still owed and when it is due."""
    status = invoice_status("sent" if stage == "open" else stage, total, balance, due_date, today)
    return "open" if status == "sent" else status


def _estimate_refusal(stage: str, move: str) -> str:
    if stage == move:
        return f"The quote has already been {move}."
    if stage == "draft":
        return f"A quote in draft status cannot be {move}. Mark it as sent first."
    return f"A quote that has been {stage} cannot be marked as {move}."


def _invoice_refusal(stage: str, move: str) -> str:
    if move == "draft":
        return "Only void invoices can be changed to draft."
    return f"An invoice in {stage} status cannot be marked as {move}."
