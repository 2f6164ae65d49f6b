"""Documents: creating, numbering, changing, moving through the state machine, and deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho_sandbox.finance import credits, document_store, payments
from zoho_sandbox.finance.document_kind import DocumentKind, moved, with_article
from zoho_sandbox.finance.document_kinds import INVOICE, KINDS
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.documents import compose
from zoho_sandbox.finance.errors import (
    NUMBERING_CODE,
    FinanceError,
    already_exists,
    in_use,
    invalid_value,
    not_allowed_now,
)
from zoho_sandbox.finance.money import ZERO, figure
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields

# What an invoice takes over from what it is made of.
_TAKEN_OVER = (
    "customer_id", "currency_id", "exchange_rate", "contact_persons", "reference_number", "discount", "discount_type",
    "is_discount_before_tax", "is_inclusive_tax", "shipping_charge", "adjustment", "adjustment_description", "notes",
    "terms", "salesperson_name", "zcrm_potential_id", "zcrm_potential_name", "custom_fields",
)  # fmt: skip


def create(
    call: FinanceCall,
    kind: DocumentKind,
    fields: Fields,
    *,
    stage: str = "",
    more: Mapping[str, Any] | None = None,
    inactive_party: bool = False,
) -> Document:
    """Store the document the fields describe; what it is made from is moved with it. Raises FinanceError.

    `stage`: another than that of new ones. `more`: content no request says. `inactive_party`: see compose.
    """
    content = compose(call, kind, fields, None, inactive_party=inactive_party)
    _take_over(call, kind, fields, content[kind.party_key])
    document_id = call.sandbox.new_id()
    sent = kind.sendable and call.wants("send")
    content = {
        kind.id_key: document_id,
        kind.number_key: number_for(call, kind, document_id),
        **content,
        **(_unpaid(kind, content) if kind.amounts else {}),
        **kind.blank,
        **dict.fromkeys((f"{move}_date" for move in kind.dated), ""),
        **_own(kind, fields, {}),
        "is_emailed": sent,
        "created_by": call.user.name,
        "created_by_id": call.user.user_id,
        **(more or {}),
    }
    return document_store.insert(call, kind, content, stage or (kind.live if sent else kind.first))


def change(call: FinanceCall, document: Document) -> Document:
    """Apply what a request names, unless the document is closed; raises FinanceError."""
    kind = document.kind
    if document.stage in kind.closed:
        raise not_allowed_now(f"{with_article(kind.word)} in {document.stage} status cannot be edited.")
    content = document.content | compose(call, kind, call.fields, document.content)
    content |= _own(kind, call.fields, document.content)
    if kind.amounts:
        payments.check_paid(document, content)
        content["balance"] = content["total"] - payments.settled(document)
    content[kind.number_key] = number_for(call, kind, document.document_id, document.number)
    return document_store.save(call, document, content, document.stage)


def move(call: FinanceCall, document: Document, change: str) -> Document:
    """Take a document through its state machine; raises FinanceError where the move is not allowed."""
    kind = document.kind
    stage = moved(kind, document.stage, change)
    content = document.content
    if change in kind.dated:
        # A customer who changed their mind has answered once only.
        content = content | dict.fromkeys((f"{each}_date" for each in kind.dated), "")
        content[f"{change}_date"] = call.today.isoformat()
    if change == "void" and kind.amounts:
        content = content | _let_go(call, document)
    return document_store.save(call, document, content, stage)


def remove(call: FinanceCall, document: Document) -> None:
    """Raises FinanceError where something hangs on the document."""
    kind = document.kind
    if document.stage in kind.undeletable:
        raise in_use(f"{kind.label}s that have been {document.stage} cannot be deleted.")
    if payments.settled(document):
        raise in_use(f"{kind.label}s which have payments applied to them cannot be deleted.")
    document_store.remove(call, document)


def copied(document: Document) -> dict[str, Any]:
    """The request for an invoice with everything a document has."""
    lines = [{**line, "line_item_id": ""} for line in document.content["line_items"]]
    return {name: document.content[name] for name in _TAKEN_OVER} | {"line_items": lines}


def _take_over(call: FinanceCall, kind: DocumentKind, fields: Fields, party_id: str) -> None:
    for source in kind.sources:
        several = source.key in kind.id_lists
        ids = fields.identifiers(source.key) if several else [fields.identifier(source.key)]
        for document_id in filter(None, ids):
            made_from = document_store.find(call, KINDS[source.kind], document_id)
            if made_from.contact_id != party_id:
                raise invalid_value(source.key)
            move(call, made_from, source.move)


def _unpaid(kind: DocumentKind, content: dict[str, Any]) -> dict[str, Any]:
    nothing = figure(ZERO, content["price_precision"])
    return {"balance": content["total"], **dict.fromkeys(kind.amounts, nothing)}


def _own(kind: DocumentKind, fields: Fields, known: dict[str, Any]) -> dict[str, Any]:
    """The fields only this kind has; what a document was made from stays."""
    return {
        **{name: fields.text(name, limit, known.get(name, "")) for name, limit in kind.texts.items()},
        **{name: fields.day(name, known.get(name, "")) for name in kind.days},
        **{name: known.get(name) or fields.identifier(name) for name in kind.ids},
        **{name: known[name] if known else fields.identifiers(name) for name in kind.id_lists},
    }


def _let_go(call: FinanceCall, document: Document) -> dict[str, Any]:
    """Payments and credits go back to the customer; what else was settled cannot be had back this way."""
    if document.kind is INVOICE:
        credits.take_all_back(call, document)
        return payments.detach(call, document)
    if payments.settled(document):
        raise in_use(f"{document.kind.label}s which have payments applied to them cannot be voided.")
    return {}


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
