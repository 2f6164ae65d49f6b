"""Payments in answers: lists, details and what settled an invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.document_kinds import INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.listing import (
    Listing,
    amount_filter,
    date_filter,
    equal,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import converted, rate_figure, unscaled
from zoho_sandbox.finance.operations import FinanceCall, page_answer
from zoho_sandbox.finance.payments import MADE, RECEIVED, SELECT, PaymentKind, find


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


def list_answer(call: FinanceCall, kind: PaymentKind, plural: str) -> Answer:
    """The page of payments a query asks for."""
    page = page_of(_LISTINGS[kind.kind], call.query, equal({"p.ledger": call.ledger, "p.kind": kind.kind}))
    rows = [
        {**_shown(call, kind, row), f"{kind.settles.kind}_numbers": row["numbers"] or ""}
        for row in page.rows(call.db, SELECT)
    ]
    return page_answer(plural, rows, page)


def detail(call: FinanceCall, kind: PaymentKind, payment_id: str) -> dict[str, Any]:
    """The answer of `GET /customerpayments/{id}` and `GET /vendorpayments/{id}`."""
    payment = find(call, kind, payment_id)
    precision = payment["price_precision"]
    nothing = unscaled(0, precision)
    received = {"amount_refunded": nothing, "bank_charges": nothing, "status": "success"}
    return {
        **_shown(call, kind, payment),
        **(received if kind is RECEIVED else {}),
        "currency_symbol": payment["currency_symbol"],
        "price_precision": precision,
        kind.settles.plural: _shared_out(call, kind.settles, payment_id, precision),
        "custom_fields": [],
        "tags": [],
    }


def _shown(call: FinanceCall, kind: PaymentKind, row: Any) -> dict[str, Any]:
    """What lists and details have in common."""
    amount = unscaled(row["amount"], row["price_precision"])
    rate = Decimal(row["exchange_rate"])
    names = ("payment_id", "payment_number", "date", "payment_mode", "reference_number", "description", "currency_id",
             "currency_code")  # fmt: skip
    return {
        **{name: row[name] for name in names},
        kind.settles.party_key: row["contact_id"],
        kind.settles.party_name_key: row["contact_name"],
        "amount": amount,
        "unused_amount" if kind is RECEIVED else "balance": unscaled(row["unused"], row["price_precision"]),
        "bcy_amount": converted(amount, rate, call.organization.price_precision),
        "exchange_rate": rate_figure(rate),
        "created_time": call.organization.written(row["created_at"]),
        "last_modified_time": call.organization.written(row["modified_at"]),
    }


def of_invoice(call: FinanceCall, invoice: Document) -> list[dict[str, Any]]:
    """The answer of `GET /invoices/{id}/payments`."""
    found = call.db.query(
        "SELECT s.share_id, s.amount AS applied, p.* FROM finance_payment_shares s"
        " JOIN finance_payments p USING (payment_id) WHERE s.document_id = ? ORDER BY s.share_id",
        (invoice.document_id,),
    )
    precision = invoice.content["price_precision"]
    return [
        {
            "payment_id": row["payment_id"],
            "payment_number": int(row["payment_number"]),
            "invoice_id": invoice.document_id,
            "invoice_payment_id": row["share_id"],
            "payment_mode": row["payment_mode"],
            "description": row["description"],
            "date": row["date"],
            "reference_number": row["reference_number"],
            "exchange_rate": rate_figure(Decimal(row["exchange_rate"])),
            "amount": unscaled(row["applied"], precision),
            "tax_amount_withheld": unscaled(0, precision),
            "online_transaction_id": "",
            "is_single_invoice_payment": row["applied"] == row["amount"],
        }
        for row in found
    ]


def _shared_out(call: FinanceCall, settles: DocumentKind, payment_id: str, precision: int) -> list[dict[str, Any]]:
    shares = call.db.query(
        "SELECT s.share_id, s.amount, d.document_id, d.number, d.date, d.end_date, d.total, d.balance"
        " FROM finance_payment_shares s JOIN finance_documents d USING (document_id) WHERE s.payment_id = ?"
        " ORDER BY s.share_id",
        (payment_id,),
    )
    total, balance = ("invoice_amount", "balance_amount") if settles is INVOICE else ("total", "balance")
    return [
        {
            f"{settles.kind}_payment_id": share["share_id"],
            settles.id_key: share["document_id"],
            settles.number_key: share["number"],
            "date": share["date"],
            settles.end_date: share["end_date"],
            total: unscaled(share["total"], precision),
            "amount_applied": unscaled(share["amount"], precision),
            balance: unscaled(share["balance"], precision),
        }
        for share in shares
    ]
