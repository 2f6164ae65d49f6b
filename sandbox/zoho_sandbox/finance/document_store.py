"""Documents in the database: indexed columns for the lists, the JSON for the answers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.errors import does_not_exist
from zoho_sandbox.finance.money import converted, scaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.wire import decode, encode

# Left out of list rows: what only the detail shows.
_DETAIL_ONLY = frozenset(
    {
        "line_items", "taxes", "contact_persons", "contact_persons_associated", "notes", "terms", "discount",
        "discount_type", "is_discount_before_tax", "is_inclusive_tax", "sub_total", "discount_total", "tax_total",
        "sub_total_inclusive_of_tax", "bcy_sub_total", "bcy_shipping_charge", "bcy_adjustment", "bcy_discount_total",
        "bcy_tax_total", "payment_made", "credits_applied", "tax_amount_withheld", "template_name",
        "payment_options", "created_by", "created_by_id",
        "allow_partial_payments", "payment_reminder_enabled", "can_send_in_mail",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document; `content` is the JSON without what depends on the day or the customer."""

    document_id: str
    kind: DocumentKind
    stage: str
    content: dict[str, Any]

    @property
    def number(self) -> str:
        return str(self.content[self.kind.number_key])

    @property
    def contact_id(self) -> str:
        """The customer's or vendor's id."""
        return str(self.content[self.kind.party_key])

    @property
    def end_date(self) -> str:
        return str(self.content.get(self.kind.end_date, ""))

    @property
    def total(self) -> Decimal:
        return _decimal(self.content["total"])

    @property
    def balance(self) -> Decimal:
        return _decimal(self.content.get("balance", 0))


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def find(call: FinanceCall, kind: DocumentKind, document_id: str) -> Document:
    """Raises FinanceError 1002."""
    row = call.db.one(
        "SELECT document_id, stage, document FROM finance_documents WHERE document_id = ? AND ledger = ? AND kind = ?",
        (document_id, call.ledger, kind.kind),
    )
    if row is None:
        raise does_not_exist(kind.label)
    return Document(row["document_id"], kind, row["stage"], decode(row["document"]))


def insert(call: FinanceCall, kind: DocumentKind, content: dict[str, Any], stage: str) -> Document:
    """Store a new document; its id and number are in `content` already."""
    now = call.now()
    written = call.organization.written(now)
    content = content | {"created_time": written, "last_modified_time": written}
    document = Document(content[kind.id_key], kind, stage, content)
    columns = _columns(call, document, now) | {
        "document_id": document.document_id,
        "ledger": call.ledger,
        "kind": kind.kind,
        "origin_id": content.get("subscription_id") or content.get("recurring_invoice_id", ""),
        "created_day": call.today.isoformat(),
        "created_at": now,
    }
    call.db.insert("finance_documents", columns)
    _index_items(call, document)
    return document


def save(call: FinanceCall, document: Document, content: dict[str, Any], stage: str) -> Document:
    """Replace the content and stage of a stored document; it was modified now."""
    now = call.now()
    content = content | {"last_modified_time": call.organization.written(now)}
    saved = Document(document.document_id, document.kind, stage, content)
    call.db.update("finance_documents", _columns(call, saved, now), "document_id", document.document_id)
    if content["line_items"] is not document.content["line_items"]:
        call.db.execute("DELETE FROM finance_document_items WHERE document_id = ?", (document.document_id,))
        _index_items(call, saved)
    return saved


def remove(call: FinanceCall, document: Document) -> None:
    for table in ("finance_document_items", "finance_documents"):
        call.db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document.document_id,))  # noqa: S608  (table is code)
    call.db.execute("DELETE FROM finance_comments WHERE owner_id = ?", (document.document_id,))


def _columns(call: FinanceCall, document: Document, now: int) -> dict[str, Any]:
    content = document.content
    owed = converted(document.balance, _decimal(content["exchange_rate"]), call.organization.price_precision)
    left_out = _DETAIL_ONLY | document.kind.unlisted
    summary = {name: _listed(value) for name, value in content.items() if name not in left_out}
    return {
        "number": document.number,
        "reference_number": content["reference_number"],
        "contact_id": document.contact_id,
        "currency_id": content["currency_id"],
        "zcrm_potential_id": content.get("zcrm_potential_id", ""),
        "stage": document.stage,
        "date": content["date"],
        "end_date": document.end_date,
        "total": scaled(document.total),
        "balance": scaled(document.balance),
        "bcy_balance": scaled(owed),
        "modified_at": now,
        "document": encode(content).decode(),
        "summary": encode(summary).decode(),
    }


def _listed(value: Any) -> Any:
    """Addresses in lists call the postal code by another name than those of the document itself."""
    if isinstance(value, dict) and "zip" in value:
        return {"zipcode" if name == "zip" else name: part for name, part in value.items()}
    return value


def _index_items(call: FinanceCall, document: Document) -> None:
    items = {line["item_id"] for line in document.content["line_items"] if line["item_id"]}
    call.db.executemany(
        "INSERT INTO finance_document_items VALUES (?, ?)",
        [(document.document_id, item) for item in sorted(items)],
    )
