"""Numbers of documents: counted up by themselves, or given by hand where the request says so."""

from __future__ import annotations

from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.errors import NUMBERING_CODE, FinanceError, already_exists
from zoho_sandbox.finance.operations import FinanceCall


def number_for(call: FinanceCall, kind: DocumentKind, document_id: str, current: str = "") -> str:
    """The number a new or changed document gets; raises FinanceError.

    A number of one's own needs `ignore_auto_number_generation=true`, which in turn needs the number.
    """
    if not kind.prefix:
        return _by_hand(call, kind, document_id, current)
    given = call.fields.text(kind.number_key, 100)
    by_hand = call.wants("ignore_auto_number_generation")
    if given and given == current:
        return current
    if given and not by_hand:
        raise FinanceError(
            400,
            NUMBERING_CODE,
            f"{kind.label} numbers are generated automatically. To use your own, pass"
            " ignore_auto_number_generation as true.",
        )
    if given:
        if _taken(call, kind, given, document_id):
            raise already_exists(f"{kind.label} number", given)
        return given
    if by_hand and not current:
        raise FinanceError(400, 2, f"Invalid value passed for {kind.number_key}")
    return current or _next(call, kind, document_id)


def _by_hand(call: FinanceCall, kind: DocumentKind, document_id: str, current: str) -> str:
    """The vendor's own number: given, and known once."""
    given = call.fields.text(kind.number_key, 100, current) or call.fields.required_text(kind.number_key)
    if _taken(call, kind, given, document_id):
        raise already_exists(f"{kind.label} number", given)
    return given


def _next(call: FinanceCall, kind: DocumentKind, document_id: str) -> str:
    while True:
        count = call.db.count_up(f"finance/{call.ledger}/{kind.kind}", 0)
        number = f"{kind.prefix}{count:0{kind.digits}d}"
        if not _taken(call, kind, number, document_id):
            return number


def _taken(call: FinanceCall, kind: DocumentKind, number: str, document_id: str) -> bool:
    return bool(
        call.db.value(
            "SELECT 1 FROM finance_documents WHERE ledger = ? AND kind = ? AND number = ? AND document_id <> ?",
            (call.ledger, kind.kind, number, document_id),
        )
    )
