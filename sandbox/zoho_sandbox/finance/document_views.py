"""How documents look in answers: what depends on the day and the customer is put in front of what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.document_kinds import KINDS
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.listing import (
    Conditions,
    Filter,
    Listing,
    Page,
    Query,
    amount_filter,
    date_filter,
    equal,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.operations import FinanceCall, spliced, spliced_row

# Known to the service for some kind of document, reached by no call on that kind: signatures, shipping, portal views.
_NEVER = (
    "pending", "pending_approval", "approved", "viewed", "signed", "rejected", "partially_invoiced",
    "pending_signature", "partially_billed", "received", "closed", "onhold", "confirmed", "accepted",
)  # fmt: skip
_ITEM = "EXISTS (SELECT 1 FROM finance_document_items i WHERE i.item_id = ? AND i.document_id = d.document_id)"


_PARTY_NAME = "(SELECT contact_name FROM finance_contacts c WHERE c.contact_id = d.contact_id)"
_PARTY_EMAIL = "(SELECT email FROM finance_contacts c WHERE c.contact_id = d.contact_id)"
# SQLite would rather read a whole list in its order than trust an index to be narrow; these are.
_NARROW = {
    "reference_number": "finance_documents_reference",
    "zcrm_potential_id": "finance_documents_deal",
    "customer_id": "finance_documents_of_contact",
    "vendor_id": "finance_documents_of_contact",
}


def _item_filter(query: Query, conditions: Conditions) -> None:
    if item_id := query.get("item_id"):
        conditions.add(_ITEM, item_id)


def _made_from(key: str) -> Filter:
    """Documents made from another: `purchaseorder_id` finds the bills whose `purchaseorder_ids` name it."""

    def apply(query: Query, conditions: Conditions) -> None:
        if document_id := query.get(key.removesuffix("s")):
            conditions.add("? IN (SELECT value FROM json_each(d.document, ?))", document_id, f"$.{key}")

    return apply


def _listing(kind: DocumentKind) -> Listing:
    return Listing(
        report_name=f"{kind.kind.capitalize()}s",
        filters=(
            text_filter(kind.number_key, "d.number"),
            text_filter("reference_number", "d.reference_number"),
            text_filter(kind.party_name_key, _PARTY_NAME),
            identifier_filter(kind.party_key, "d.contact_id"),
            identifier_filter("zcrm_potential_id", "d.zcrm_potential_id"),
            identifier_filter("subscription_id", "d.origin_id"),
            date_filter("date", "d.date"),
            *((date_filter(kind.end_date, "d.end_date"),) if kind.end_date else ()),
            amount_filter("total", "d.total"),
            modified_filter("d.modified_at"),
            search_filter("d.number", "d.reference_number", _PARTY_NAME),
            date_filter("created_date", "d.created_day"),
            text_filter("email", _PARTY_EMAIL),
            _item_filter,
            *((amount_filter("balance", "d.balance"),) if kind.amounts else ()),
            *(_made_from(key) for key in kind.id_lists),
        ),
        sort_columns={
            kind.party_name_key: _PARTY_NAME,
            kind.number_key: "d.number",
            "reference_number": "d.reference_number",
            "date": "d.date",
            **({kind.end_date: "d.end_date"} if kind.end_date else {}),
            "total": "d.total",
            "balance": "d.balance",
            "created_time": "d.created_at",
            "updated_time": "d.modified_at",
            "last_modified_time": "d.modified_at",
        },
        key="d.rowid",
        default_sort="created_time",
        default_order="D",
    )


_LISTINGS = {kind.kind: _listing(kind) for kind in KINDS.values()}


def listed(call: FinanceCall, kind: DocumentKind) -> tuple[list[Any], Page]:
    """Up to one row more than the page of documents a query asks for, with the names of their parties."""
    base = equal({"d.ledger": call.ledger, "d.kind": kind.kind})
    for name in ("status", "filter_by"):
        if condition := _status_condition(name, call.query.get(name, ""), kind.statuses):
            base.add(condition.replace(":today", f"'{call.today.isoformat()}'"))
    page = page_of(_LISTINGS[kind.kind], call.query, base)
    index = next((f"INDEXED BY {index}" for name, index in _NARROW.items() if call.query.get(name)), "")
    # The page is found by index alone; only its own rows are read.
    found = call.db.query(
        "SELECT d.stage, d.total, d.balance, d.end_date, d.summary, c.contact_name, c.company_name FROM"  # noqa: S608  (columns are code)
        f" (SELECT d.rowid AS place FROM finance_documents d {index} WHERE {page.where} {page.order_by} {page.limit})"
        " JOIN finance_documents d ON d.rowid = place JOIN finance_contacts c ON c.contact_id = d.contact_id"
        f" {page.order_by}",
        page.parameters,
    )
    return found, page


def list_answer(call: FinanceCall, kind: DocumentKind) -> Answer:
    """The page of documents a query asks for."""
    found, page = listed(call, kind)
    today = call.today
    rows = [_row(kind, row, today) for row in found[: page.per_page]]
    return spliced(f"{kind.one}s", rows, page.described(len(found)))


def _status_condition(name: str, written: str, statuses: Mapping[str, str]) -> str:
    """`status=partially_paid` and `filter_by=Status.PartiallyPaid` name the same status; "" where all are wanted."""
    wanted = written.rpartition(".")[2].lower().replace("_", "")
    if wanted in ("", "all"):
        return ""
    conditions = {status.replace("_", ""): condition for status, condition in statuses.items()}
    if wanted in conditions:
        return conditions[wanted]
    if wanted in {status.replace("_", "") for status in _NEVER}:
        return "0"
    raise invalid_value(name)


def row_status(kind: DocumentKind, row: Any, today: date) -> str:
    """What a listed document is called today."""
    return kind.called(row["stage"], Decimal(row["total"]), Decimal(row["balance"]), row["end_date"], today)


def _row(kind: DocumentKind, row: Any, today: date) -> bytes:
    status = row_status(kind, row, today)
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


def status_of(call: FinanceCall, document: Document) -> str:
    """What the document is called today."""
    return document.kind.called(document.stage, document.total, document.balance, document.end_date, call.today)


def detail(call: FinanceCall, document: Document) -> dict[str, Any]:
    """The answer of `GET /invoices/{id}` and its like."""
    party = call.db.one(
        "SELECT contact_name, company_name FROM finance_contacts WHERE contact_id = ?", (document.contact_id,)
    )
    status = status_of(call, document)
    shown = {
        **document.content,
        "documents": [],
        "contact_persons_details": [],
        "status": status,
        document.kind.party_name_key: "" if party is None else party["contact_name"],
        "company_name": "" if party is None else party["company_name"],
    }
    if document.kind.bare:
        return {name: value for name, value in shown.items() if not name.startswith("bcy_")}
    return shown | {"current_sub_status": status} if document.kind.owes else shown
