"""Documents made, changed, moved through their state machine, and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho_sandbox.finance import credits, document_store, payments, states
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.document_kinds import INVOICE, KINDS
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.documents import compose
from zoho_sandbox.finance.errors import in_use, invalid_value, not_allowed_now
from zoho_sandbox.finance.money import figure
from zoho_sandbox.finance.numbering import number_for
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.totals import ZERO

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
        raise not_allowed_now(f"{states.with_article(kind.word)} in {document.stage} status cannot be edited.")
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
    stage = states.moved(kind.word, kind.moves, document.stage, change)
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
    """The request for an invoice of all that a document says."""
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
