"""The state machines of documents: which move is allowed from which stage, and what a document is called then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from zoho_sandbox.finance.errors import not_allowed_now

# Move -> stage before -> stage after; a move that is missing is refused.
Moves = Mapping[str, Mapping[str, str]]


def with_approval(live: str, moves: Moves) -> Moves:
    """The moves of a kind that may be submitted and approved before it leaves for `live`."""
    return {
        **moves,
        live: {**moves[live], "approved": live},
        "submit": {"draft": "pending_approval", "rejected": "pending_approval"},
        "approve": {"pending_approval": "approved"},
        "reject": {"pending_approval": "rejected"},
    }


# Nothing leads back to draft, and an answer needs a sent estimate; a customer may change their mind between accepted
# and declined.
ESTIMATE_MOVES = with_approval(
    "sent",
    {
        "sent": {"draft": "sent", "sent": "sent"},
        "accepted": {"sent": "accepted", "declined": "accepted"},
        "declined": {"sent": "declined", "accepted": "declined"},
        "invoiced": {"sent": "invoiced", "accepted": "invoiced"},
    },
)
# Marking a sent invoice as sent, or a void one as void, changes nothing and succeeds.
INVOICE_MOVES = with_approval(
    "sent",
    {
        "sent": {"draft": "sent", "sent": "sent"},
        "void": {"draft": "void", "sent": "void", "void": "void"},
        "draft": {"void": "draft"},
    },
)
# Orders that are open stay open when told so again; an order is taken back from void or cancelled by opening it.
SALES_ORDER_MOVES = with_approval(
    "open",
    {
        "open": {"draft": "open", "open": "open", "void": "open"},
        "void": {"draft": "void", "open": "void", "void": "void"},
        "invoiced": {"open": "invoiced"},
    },
)
PURCHASE_ORDER_MOVES = with_approval(
    "open",
    {
        "open": {"draft": "open", "open": "open", "cancelled": "open", "billed": "open"},
        "billed": {"open": "billed", "billed": "billed"},
        "cancelled": {"draft": "cancelled", "open": "cancelled", "cancelled": "cancelled"},
    },
)
CREDIT_NOTE_MOVES = with_approval(
    "open",
    {
        "open": {"draft": "open", "open": "open", "void": "open"},
        "void": {"draft": "void", "open": "void", "void": "void"},
        "draft": {"void": "draft"},
    },
)
RECURRING_INVOICE_MOVES: Moves = {
    "stop": {"active": "stopped"},
    "resume": {"stopped": "active"},
}
BILL_MOVES: Moves = {
    "open": {"open": "open", "void": "open"},
    "void": {"open": "void", "void": "void"},
}


def moved(word: str, moves: Moves, stage: str, move: str) -> str:
    """The stage a document is in after `move`; raises FinanceError, which calls it `word`."""
    after = moves[move].get(stage)
    if after is None:
        raise not_allowed_now(_refusal(word, stage, move))
    return after


def _refusal(word: str, stage: str, move: str) -> str:
    if move == "draft":
        return f"Only void {word}s can be changed to draft."
    if stage == move:
        return f"The {word} has already been {move}."
    if stage == "draft" and move in ("accepted", "declined"):
        return f"A {word} in draft status cannot be {move}. Mark it as sent first."
    return f"{with_article(word)} in {stage} status cannot be marked as {move}."


def with_article(word: str) -> str:
    """ "An invoice", "A bill"."""
    return f"{'An' if word[0] in 'aeiou' else 'A'} {word}"


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
