"""Documents in the database: indexed columns for the lists, the JSON for the answers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.books import rows
from zoho_sandbox.books.document_kinds import DocumentKind
from zoho_sandbox.books.errors import does_not_exist
from zoho_sandbox.books.money import converted, scaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.wire import decode, encode

# Left out of list rows: what only the detail shows.
_DETAIL_ONLY = frozenset(
    {
        "line_items", "taxes", "contact_persons", "contact_persons_associated", "notes", "terms", "discount",
        "discount_type", "is_discount_before_tax", "is_inclusive_tax", "sub_total", "discount_total", "tax_total",
        "sub_total_inclusive_of_tax", "bcy_sub_total", "bcy_shipping_charge", "bcy_adjustment", "bcy_discount_total",
        "bcy_tax_total", "payment_made", "credits_applied", "tax_amount_withheld", "template_name",
        "payment_options", "allow_partial_payments", "payment_reminder_enabled", "can_send_in_mail",
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
        return str(self.content[self.kind.end_date])

    @property
    def total(self) -> Decimal:
        return _decimal(self.content["total"])

    @property
    def balance(self) -> Decimal:
        return _decimal(self.content.get("balance", 0))


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def find(books: BooksCall, kind: DocumentKind, document_id: str) -> Document:
    """Raises BooksError 1002."""
    row = books.db.one(
        "SELECT document_id, stage, document FROM books_documents WHERE document_id = ? AND ledger = ? AND kind = ?",
        (document_id, books.ledger, kind.kind),
    )
    if row is None:
        raise does_not_exist(kind.label)
    return Document(row["document_id"], kind, row["stage"], decode(row["document"]))


def insert(books: BooksCall, kind: DocumentKind, content: dict[str, Any], stage: str) -> Document:
    """Store a new document; its id and number are in `content` already."""
    now = books.now()
    written = books.organization.written(now)
    content = content | {"created_time": written, "last_modified_time": written}
    document = Document(content[kind.id_key], kind, stage, content)
    columns = _columns(books, document, now) | {
        "document_id": document.document_id,
        "ledger": books.ledger,
        "kind": kind.kind,
        "created_day": books.today.isoformat(),
        "created_at": now,
    }
    rows.insert(books.db, "books_documents", columns)
    _index_items(books, document)
    return document


def save(books: BooksCall, document: Document, content: dict[str, Any], stage: str) -> Document:
    """Replace the content and stage of a stored document; it was modified now."""
    now = books.now()
    content = content | {"last_modified_time": books.organization.written(now)}
    saved = Document(document.document_id, document.kind, stage, content)
    rows.update(books.db, "books_documents", _columns(books, saved, now), "document_id", document.document_id)
    if content["line_items"] is not document.content["line_items"]:
        books.db.execute("DELETE FROM books_document_items WHERE document_id = ?", (document.document_id,))
        _index_items(books, saved)
    return saved


def remove(books: BooksCall, document: Document) -> None:
    for table in ("books_document_items", "books_documents"):
        books.db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document.document_id,))  # noqa: S608  (table is code)


def _columns(books: BooksCall, document: Document, now: int) -> dict[str, Any]:
    content = document.content
    owed = converted(document.balance, _decimal(content["exchange_rate"]), books.organization.price_precision)
    summary = {name: value for name, value in content.items() if name not in _DETAIL_ONLY}
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


def _index_items(books: BooksCall, document: Document) -> None:
    items = {line["item_id"] for line in document.content["line_items"] if line["item_id"]}
    books.db.executemany(
        "INSERT INTO books_document_items VALUES (?, ?)",
        [(document.document_id, item) for item in sorted(items)],
    )
