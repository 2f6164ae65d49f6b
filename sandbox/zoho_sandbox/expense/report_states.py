"""The life of an expense report: which move is allowed from which status, and who may make it."""

from __future__ import annotations

from collections.abc import Mapping

from zoho_sandbox.finance.errors import not_allowed_now, not_authorized

STATUSES = ("draft", "submitted", "approved", "rejected", "reimbursed", "recalled")
UNREPORTED = "unreported"
# Statuses in which its owner still works on a report.
OPEN = frozenset({"draft", "rejected", "recalled"})
MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "submit": (OPEN, "submitted"),
    "recall": (frozenset({"submitted"}), "recalled"),
    "approve": (frozenset({"submitted"}), "approved"),
    "reject": (frozenset({"submitted", "approved"}), "rejected"),
    "reimburse": (frozenset({"approved"}), "reimbursed"),
}
_APPROVERS_ONLY = frozenset({"approve", "reject", "reimburse"})
_DONE = {
    "submit": "submitted",
    "recall": "taken back",
    "approve": "approved",
    "reject": "rejected",
    "reimburse": "reimbursed",
}


def move(status: str, name: str, *, approver: bool) -> str:
    """The status after the move `name`, by somebody who may approve or not; raises FinanceError where it is not
    allowed."""
    allowed, after = MOVES[name]
    if name in _APPROVERS_ONLY and not approver:
        raise not_authorized()
    if status not in allowed:
        raise not_allowed_now(f"A report in {status} status cannot be {done(name)}.")
    return after


def done(name: str) -> str:
    """The move as a past participle, for messages."""
    return _DONE[name]


def check_open(status: str) -> None:
    """Raises FinanceError once the report has left its owner's hands."""
    if status not in OPEN:
        raise not_allowed_now(f"A report in {status} status, and its expenses, cannot be changed.")
