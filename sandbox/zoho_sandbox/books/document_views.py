"""How documents look in answers: what depends on the day and the customer is put in front of what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from zoho_sandbox.books.document_kinds import DocumentKind
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.errors import invalid_value
from zoho_sandbox.books.listing import (
    Conditions,
    Filter,
    Listing,
    Query,
    amount_filter,
    date_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, spliced, spliced_row
from zoho_sandbox.calls import Answer

# Statuses as conditions; `:today` stands for the organisation's date.
_ESTIMATE_STATUSES = {
    "draft": "d.stage = 'draft'",
    "sent": "d.stage = 'sent' AND NOT (d.end_date <> '' AND d.end_date < :today)",
    "expired": "d.stage = 'sent' AND d.end_date <> '' AND d.end_date < :today",
    "accepted": "d.stage = 'accepted'",
    "declined": "d.stage = 'declined'",
    "invoiced": "d.stage = 'invoiced'",
}
_INVOICE_STATUSES = {
    "draft": "d.stage = 'draft'",
    "void": "d.stage = 'void'",
    "paid": "d.stage = 'sent' AND d.balance = 0",
    "unpaid": "d.stage = 'sent' AND d.balance > 0",
    "overdue": "d.stage = 'sent' AND d.balance > 0 AND d.end_date < :today",
    "sent": "d.stage = 'sent' AND d.balance > 0 AND d.balance = d.total AND d.end_date >= :today",
    "partially_paid": "d.stage = 'sent' AND d.balance > 0 AND d.balance < d.total AND d.end_date >= :today",
}
_SALES_ORDER_STATUSES = {stage: f"d.stage = '{stage}'" for stage in ("draft", "open", "void", "invoiced")}
_PURCHASE_ORDER_STATUSES = {stage: f"d.stage = '{stage}'" for stage in ("draft", "open", "billed", "cancelled")} | {
    "issued": "d.stage = 'open'"
}
_BILL_STATUSES = {
    "draft": "d.stage = 'draft'",
    "void": "d.stage = 'void'",
    "paid": "d.stage = 'open' AND d.balance = 0",
    "unpaid": "d.stage = 'open' AND d.balance > 0",
    "overdue": "d.stage = 'open' AND d.balance > 0 AND d.end_date < :today",
    "open": "d.stage = 'open' AND d.balance > 0 AND d.balance = d.total AND d.end_date >= :today",
    "partially_paid": "d.stage = 'open' AND d.balance > 0 AND d.balance < d.total AND d.end_date >= :today",
}
# Known to the service, reached by no call the sandbox answers: approvals, signatures, shipping and portal views.
_NEVER = (
    "pending", "pending_approval", "approved", "viewed", "signed", "rejected", "partially_invoiced",
    "pending_signature", "partially_billed", "received", "closed", "onhold", "confirmed", "accepted",
)  # fmt: skip
_ITEM = "EXISTS (SELECT 1 FROM books_document_items i WHERE i.item_id = ? AND i.document_id = d.document_id)"


_PARTY_NAME = "(SELECT contact_name FROM books_contacts c WHERE c.contact_id = d.contact_id)"
_PARTY_EMAIL = "(SELECT email FROM books_contacts c WHERE c.contact_id = d.contact_id)"
# SQLite would rather read a whole list in its order than trust an index to be narrow; these are.
_NARROW = {
    "reference_number": "books_documents_reference",
    "zcrm_potential_id": "books_documents_deal",
    "customer_id": "books_documents_of_contact",
    "vendor_id": "books_documents_of_contact",
}


def _item_filter(query: Query, conditions: Conditions) -> None:
    if item_id := query.get("item_id"):
        conditions.add(_ITEM, item_id)


def _purchase_order_filter(query: Query, conditions: Conditions) -> None:
    if order_id := query.get("purchaseorder_id"):
        conditions.add("? IN (SELECT value FROM json_each(d.document, '$.purchaseorder_ids'))", order_id)


_OWED = (amount_filter("balance", "d.balance"), date_filter("created_date", "d.created_day"))


@dataclass(frozen=True, slots=True)
class DocumentList:
    """The list of one kind of document: its statuses by condition and what it can be asked for."""

    kind: DocumentKind
    statuses: Mapping[str, str]
    listing: Listing


def _listing(kind: DocumentKind, *more: Filter) -> Listing:
    return Listing(
        report_name=f"{kind.kind.capitalize()}s",
        filters=(
            text_filter(kind.number_key, "d.number"),
            text_filter("reference_number", "d.reference_number"),
            text_filter(kind.party_name_key, _PARTY_NAME),
            identifier_filter(kind.party_key, "d.contact_id"),
            identifier_filter("zcrm_potential_id", "d.zcrm_potential_id"),
            date_filter("date", "d.date"),
            date_filter(kind.end_date, "d.end_date"),
            amount_filter("total", "d.total"),
            modified_filter("d.modified_at"),
            search_filter("d.number", "d.reference_number", _PARTY_NAME),
            _item_filter,
            *more,
        ),
        sort_columns={
            kind.party_name_key: _PARTY_NAME,
            kind.number_key: "d.number",
            "reference_number": "d.reference_number",
            "date": "d.date",
            kind.end_date: "d.end_date",
            "total": "d.total",
            "balance": "d.balance",
            "created_time": "d.created_at",
            "last_modified_time": "d.modified_at",
        },
        key="d.rowid",
        default_sort="created_time",
        default_order="D",
    )


def estimate_list(kind: DocumentKind) -> DocumentList:
    return DocumentList(kind, _ESTIMATE_STATUSES, _listing(kind))


def invoice_list(kind: DocumentKind) -> DocumentList:
    return DocumentList(kind, _INVOICE_STATUSES, _listing(kind, *_OWED, text_filter("email", _PARTY_EMAIL)))


def sales_order_list(kind: DocumentKind) -> DocumentList:
    more = (date_filter("created_date", "d.created_day"), text_filter("email", _PARTY_EMAIL))
    return DocumentList(kind, _SALES_ORDER_STATUSES, _listing(kind, *more))


def purchase_order_list(kind: DocumentKind) -> DocumentList:
    return DocumentList(kind, _PURCHASE_ORDER_STATUSES, _listing(kind, date_filter("created_date", "d.created_day")))


def bill_list(kind: DocumentKind) -> DocumentList:
    return DocumentList(kind, _BILL_STATUSES, _listing(kind, *_OWED, _purchase_order_filter))


def list_answer(books: BooksCall, wanted: DocumentList) -> Answer:
    """The page of documents a query asks for."""
    base = Conditions()
    base.add("d.ledger = ?", books.ledger)
    base.add("d.kind = ?", wanted.kind.kind)
    today = books.today
    for condition in _status_conditions(books.query, wanted.statuses):
        base.add(condition.replace(":today", f"'{today.isoformat()}'"))
    page = page_of(wanted.listing, books.query, base)
    index = next((f"INDEXED BY {index}" for name, index in _NARROW.items() if books.query.get(name)), "")
    # The page is found by index alone; only its own rows are read.
    found = books.db.query(
        "SELECT d.stage, d.total, d.balance, d.end_date, d.summary, c.contact_name, c.company_name FROM"  # noqa: S608  (columns are code)
        f" (SELECT d.rowid AS place FROM books_documents d {index} WHERE {page.where} {page.order_by} {page.limit})"
        " JOIN books_documents d ON d.rowid = place JOIN books_contacts c ON c.contact_id = d.contact_id"
        f" {page.order_by}",
        page.parameters,
    )
    rows = [_row(wanted.kind, row, today) for row in found[: page.per_page]]
    return spliced(wanted.kind.plural, rows, page.described(len(found)))


def _status_conditions(query: Query, statuses: Mapping[str, str]) -> Sequence[str]:
    """`status` and `filter_by=Status.…` name the same statuses, in different spellings."""
    wanted = []
    if status := query.get("status"):
        wanted.append(("status", status))
    filter_by = query.get("filter_by", "Status.All")
    if filter_by not in ("", "Status.All"):
        wanted.append(("filter_by", _snake(filter_by.removeprefix("Status."))))
    return [_condition(name, status, statuses) for name, status in wanted]


def _condition(name: str, status: str, statuses: Mapping[str, str]) -> str:
    if status in statuses:
        return statuses[status]
    if status in _NEVER:
        return "0"
    raise invalid_value(name)


def _snake(status: str) -> str:
    """ "PartiallyPaid" as "partially_paid"; "OverDue" is one word."""
    if status == "OverDue":
        return "overdue"
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in status).lstrip("_")


def _row(kind: DocumentKind, row: Any, today: date) -> bytes:
    status = kind.called(row["stage"], Decimal(row["total"]), Decimal(row["balance"]), row["end_date"], today)
    head = {kind.party_name_key: row["contact_name"], "company_name": row["company_name"], "status": status}
    if kind.owes:
        head |= {"current_sub_status": status, "due_days": due_days(status, row["end_date"], today)}
    return spliced_row(head, row["summary"])


def due_days(status: str, due_date: str, today: date) -> str:
    """How long until, or since, an unpaid invoice or bill is due, in words."""
    if status not in ("sent", "open", "overdue", "partially_paid"):
        return ""
    days = (date.fromisoformat(due_date) - today).days
    if days < 0:
        return f"Overdue by {-days} day(s)"
    return f"Due in {days} day(s)" if days else "Due Today"


def status_of(books: BooksCall, document: Document) -> str:
    """What the document is called today."""
    return document.kind.called(document.stage, document.total, document.balance, document.end_date, books.today)


def detail(books: BooksCall, document: Document) -> dict[str, Any]:
    """The answer of `GET /invoices/{id}` and its like."""
    party = books.db.one(
        "SELECT contact_name, company_name FROM books_contacts WHERE contact_id = ?", (document.contact_id,)
    )
    status = status_of(books, document)
    shown = {
        **document.content,
        "status": status,
        document.kind.party_name_key: "" if party is None else party["contact_name"],
        "company_name": "" if party is None else party["company_name"],
    }
    return shown | {"current_sub_status": status} if document.kind.owes else shown
