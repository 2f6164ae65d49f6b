"""Lists of payments: by customers, and to vendors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.listing import (
    Conditions,
    Listing,
    amount_filter,
    date_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import converted, unscaled
from zoho_sandbox.finance.operations import FinanceCall, page_answer
from zoho_sandbox.finance.payments import MADE, RECEIVED, PaymentKind


def _listing(kind: PaymentKind) -> Listing:
    party = kind.settles.party
    return Listing(
        report_name=f"{party.capitalize()} Payments",
        filters=(
            identifier_filter(kind.settles.party_key, "p.contact_id"),
            text_filter(kind.settles.party_name_key, "c.contact_name"),
            text_filter("reference_number", "p.reference_number"),
            text_filter("payment_mode", "p.payment_mode"),
            date_filter("date", "p.date"),
            amount_filter("amount", "p.amount"),
            modified_filter("p.modified_at"),
            search_filter("p.reference_number", "c.contact_name", "p.description"),
        ),
        sort_columns={
            "date": "p.date",
            "amount": "p.amount",
            "created_time": "p.created_at",
            "last_modified_time": "p.modified_at",
            "reference_number": "p.reference_number",
            kind.settles.party_name_key: "c.contact_name",
        },
        key="p.payment_id",
        default_sort="created_time",
        default_order="D",
    )


_LISTINGS = {kind.kind: _listing(kind) for kind in (RECEIVED, MADE)}
_NUMBERS = (
    "(SELECT group_concat(d.number, ', ') FROM finance_payment_shares s JOIN finance_documents d USING (document_id)"
    " WHERE s.payment_id = p.payment_id)"
)


def list_answer(call: FinanceCall, kind: PaymentKind, plural: str) -> Answer:
    """The page of payments a query asks for."""
    base = Conditions()
    base.add("p.ledger = ?", call.ledger)
    base.add("p.kind = ?", kind.kind)
    page = page_of(_LISTINGS[kind.kind], call.query, base)
    found = call.db.query(
        f"SELECT p.*, c.contact_name, m.currency_code, m.price_precision, {_NUMBERS} AS numbers"  # noqa: S608  (columns are code)
        " FROM finance_payments p JOIN finance_contacts c ON c.contact_id = p.contact_id"
        f" JOIN finance_currencies m ON m.currency_id = p.currency_id WHERE {page.where} {page.order_by} {page.limit}",
        page.parameters,
    )
    return page_answer(plural, [_row(call, kind, row) for row in found], page)


def _row(call: FinanceCall, kind: PaymentKind, row: Any) -> dict[str, Any]:
    amount = unscaled(row["amount"], row["price_precision"])
    rate = Decimal(row["exchange_rate"])
    return {
        "payment_id": row["payment_id"],
        "payment_number": row["payment_number"],
        f"{kind.settles.kind}_numbers": row["numbers"] or "",
        "date": row["date"],
        "payment_mode": row["payment_mode"],
        "reference_number": row["reference_number"],
        "description": row["description"],
        kind.settles.party_key: row["contact_id"],
        kind.settles.party_name_key: row["contact_name"],
        "currency_id": row["currency_id"],
        "currency_code": row["currency_code"],
        "amount": amount,
        "unused_amount" if kind is RECEIVED else "balance": unscaled(row["unused"], row["price_precision"]),
        "bcy_amount": converted(amount, rate, call.organization.price_precision),
        "exchange_rate": rate,
        "created_time": call.organization.written(row["created_at"]),
        "last_modified_time": call.organization.written(row["modified_at"]),
    }
