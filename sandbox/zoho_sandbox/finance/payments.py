"""Payments, by customers or to vendors: money shared out to what is owed; what is not shared out is a credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.finance import contacts, currencies, document_store
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.document_kind import DocumentKind, with_article
from zoho_sandbox.finance.document_kinds import BILL, INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import PAYMENT_CODE, FinanceError, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.money import MAX_PRECISION, ZERO, converted, figure, scaled, unscaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentKind:
    """`settles` is the kind of document a payment is for; `resource` and `resources` are its keys in answers."""

    settles: DocumentKind
    resource: str
    resources: str

    @property
    def kind(self) -> str:
        return self.settles.party


RECEIVED = PaymentKind(settles=INVOICE, resource="payment", resources="customerpayments")
MADE = PaymentKind(settles=BILL, resource="vendorpayment", resources="vendorpayments")


# Payments with the names of their parties and currencies, and the numbers of the documents they settle.
SELECT = (
    "SELECT p.*, c.contact_name, m.currency_code, m.currency_symbol, m.price_precision,"
    " (SELECT group_concat(d.number, ', ') FROM finance_payment_shares s JOIN finance_documents d USING (document_id)"
    " WHERE s.payment_id = p.payment_id) AS numbers FROM finance_payments p"
    " JOIN finance_contacts c ON c.contact_id = p.contact_id JOIN finance_currencies m ON m.currency_id = p.currency_id"
)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment that settles a document."""

    document: Document
    amount: Decimal


def settled(document: Document) -> Decimal:
    """How much of a document's total has been paid, credited or used."""
    return sum((Decimal(document.content[name]) for name in document.kind.amounts), ZERO)


def check_paid(document: Document, content: dict[str, Any]) -> None:
    """What was paid was paid by (or to) this party, in this currency, and stays covered by the total."""
    paid, word = settled(document), document.kind.word
    if not paid:
        return
    for name in (document.kind.party_key, "currency_id"):
        if content[name] != document.content[name]:
            raise in_use(f"The {name} of {with_article(word).lower()} with payments cannot be changed.")
    if content["total"] < paid:
        raise FinanceError(400, PAYMENT_CODE, f"The amount paid exceeds the total of the {word}.")


def create(call: FinanceCall, kind: PaymentKind, fields: Fields | None = None) -> str:
    """Store the payment the fields, or the request, describe and settle what it is for; returns its id."""
    payment_id = call.sandbox.new_id()
    columns, shares = _described(call, kind, call.fields if fields is None else fields)
    number = call.db.count_up(f"finance/{call.ledger}/payment/{kind.kind}", 0)
    columns |= {
        "payment_id": payment_id,
        "ledger": call.ledger,
        "kind": kind.kind,
        "payment_number": str(number),
        "unused": 0,
        "bcy_unused": 0,
        "created_at": columns["modified_at"],
    }
    call.db.insert("finance_payments", columns)
    _settle(call, payment_id, shares, columns["date"])
    return payment_id


def change(call: FinanceCall, kind: PaymentKind, payment_id: str) -> None:
    """Apply what a request names to a payment; what it settles stays as it is unless the request lists it anew."""
    known = find(call, kind, payment_id)
    fields, names = call.fields, ("date", "payment_mode", "reference_number", "description")
    kept = {name: known[name] for name in names} | {kind.settles.party_key: known["contact_id"]}
    kept["amount"] = unscaled(known["amount"], MAX_PRECISION).normalize()
    if kind.settles.plural not in fields and kind.settles.id_key not in fields:
        kept[kind.settles.plural] = _applied(call, kind, payment_id)
    kept["exchange_rate"] = known["exchange_rate"]
    _release(call, kind, payment_id)
    columns, shares = _described(call, kind, fields.over(kept))
    call.db.update("finance_payments", columns, "payment_id", payment_id)
    _settle(call, payment_id, shares, columns["date"])


def _applied(call: FinanceCall, kind: PaymentKind, payment_id: str) -> list[dict[str, Any]]:
    found = call.db.query(
        "SELECT document_id, amount FROM finance_payment_shares WHERE payment_id = ? ORDER BY share_id", (payment_id,)
    )
    return [
        {kind.settles.id_key: row["document_id"], "amount_applied": unscaled(row["amount"], MAX_PRECISION)}
        for row in found
    ]


def _described(call: FinanceCall, kind: PaymentKind, fields: Fields) -> tuple[dict[str, Any], list[Share]]:
    """The columns and shares of the payment `fields` describe; raises FinanceError."""
    contact_id = fields.identifier(kind.settles.party_key)
    if not contact_id:
        raise invalid_value(kind.settles.party_key)
    party = contacts.find(call.db, call.ledger, contact_id)
    if party.contact_type != kind.settles.party:
        raise does_not_exist(kind.settles.party.capitalize())
    shares = _shares(call, kind, fields, contact_id)
    currency_id = shares[0].document.content["currency_id"] if shares else party.currency_id
    currency = currencies.find(call.db, call.organization_id, currency_id)
    amount = figure(fields.positive("amount", ZERO), currency.price_precision)
    _check(kind, shares, amount, currency_id)
    columns = {
        "contact_id": contact_id,
        "date": fields.day("date", call.today.isoformat()),
        "payment_mode": fields.text("payment_mode", 100, "cash"),
        "reference_number": fields.text("reference_number", 100),
        "description": fields.text("description", 2000),
        "amount": scaled(amount),
        "exchange_rate": format(_rate(call, fields, currency, shares), "f"),
        "currency_id": currency_id,
        "modified_at": call.now(),
    }
    return columns, shares


def _settle(call: FinanceCall, payment_id: str, shares: list[Share], day: str) -> None:
    for share in shares:
        _apply(call, payment_id, share, day)
    _recount(call, payment_id)


def _shares(call: FinanceCall, kind: PaymentKind, fields: Fields, contact_id: str) -> list[Share]:
    wanted = fields.rows(kind.settles.plural)
    if not wanted and fields.identifier(kind.settles.id_key):
        wanted = [fields]
    return [_share(call, kind.settles, row, contact_id) for row in wanted]


def _share(call: FinanceCall, settles: DocumentKind, row: Fields, contact_id: str) -> Share:
    document = document_store.find(call, settles, row.identifier(settles.id_key))
    if document.contact_id != contact_id:
        raise invalid_value(settles.id_key)
    if document.stage == "void":
        raise FinanceError(400, PAYMENT_CODE, f"Payments cannot be recorded for void {settles.word}s.")
    amount = figure(row.positive("amount_applied", ZERO), document.content["price_precision"])
    if amount > document.balance:
        raise FinanceError(
            400, PAYMENT_CODE, f"The amount applied exceeds the balance of the {settles.word} {document.number}."
        )
    return Share(document, amount)


def _check(kind: PaymentKind, shares: list[Share], amount: Decimal, currency_id: str) -> None:
    if len({share.document.document_id for share in shares}) < len(shares):
        raise invalid_value(kind.settles.plural)
    if any(share.document.content["currency_id"] != currency_id for share in shares):
        raise invalid_value(kind.settles.plural)
    if sum((share.amount for share in shares), ZERO) > amount:
        raise FinanceError(400, PAYMENT_CODE, f"The amounts applied to {kind.settles.plural} exceed the amount paid.")


def _rate(call: FinanceCall, fields: Fields, currency: Currency, shares: list[Share]) -> Decimal:
    """A payment without a rate has that of the document it settles."""
    if fields.raw("exchange_rate") is None and shares and not currency.is_base:
        return Decimal(shares[0].document.content["exchange_rate"])
    return currencies.rate_for(call.db, currency, fields, call.today.isoformat())


def _apply(call: FinanceCall, payment_id: str, share: Share, day: str) -> None:
    """A draft that is paid has been sent."""
    document = share.document
    call.db.insert(
        "finance_payment_shares",
        {
            "share_id": call.sandbox.new_id(),
            "payment_id": payment_id,
            "document_id": document.document_id,
            "amount": scaled(share.amount),
            "date": day,
        },
    )
    content = document.content | {
        "payment_made": document.content["payment_made"] + share.amount,
        "balance": document.balance - share.amount,
        "last_payment_date": day,
    }
    document_store.save(call, document, content, document.kind.live)


def remove(call: FinanceCall, kind: PaymentKind, payment_id: str) -> None:
    """Take a payment back: what it settled is owed again."""
    find(call, kind, payment_id)
    _release(call, kind, payment_id)
    call.db.execute("DELETE FROM finance_payments WHERE payment_id = ?", (payment_id,))


def _release(call: FinanceCall, kind: PaymentKind, payment_id: str) -> None:
    for row in call.db.query(
        "SELECT document_id, amount FROM finance_payment_shares WHERE payment_id = ?", (payment_id,)
    ):
        document = document_store.find(call, kind.settles, row["document_id"])
        amount = unscaled(row["amount"], document.content["price_precision"])
        content = document.content | {
            "payment_made": document.content["payment_made"] - amount,
            "balance": document.balance + amount,
        }
        document_store.save(call, document, content, document.stage)
    call.db.execute("DELETE FROM finance_payment_shares WHERE payment_id = ?", (payment_id,))


def detach(call: FinanceCall, invoice: Document) -> dict[str, Any]:
    """Free the payments of an invoice that becomes void; returns what changes in its content."""
    paid = call.db.query(
        "SELECT DISTINCT payment_id FROM finance_payment_shares WHERE document_id = ?", (invoice.document_id,)
    )
    call.db.execute("DELETE FROM finance_payment_shares WHERE document_id = ?", (invoice.document_id,))
    for row in paid:
        _recount(call, row["payment_id"])
    nothing = figure(ZERO, invoice.content["price_precision"])
    back = {"payment_made": nothing, "credits_applied": nothing, "last_payment_date": ""}
    return {**back, "balance": invoice.content["total"]}


def _recount(call: FinanceCall, payment_id: str) -> None:
    """Keep what is left of a payment in step with its shares."""
    payment = call.db.one("SELECT amount, exchange_rate FROM finance_payments WHERE payment_id = ?", (payment_id,))
    if payment is None:
        raise does_not_exist("Payment")
    shared = call.db.value(
        "SELECT COALESCE(SUM(amount), 0) FROM finance_payment_shares WHERE payment_id = ?", (payment_id,)
    )
    left = payment["amount"] - shared
    base = converted(
        unscaled(left, MAX_PRECISION), Decimal(payment["exchange_rate"]), call.organization.price_precision
    )
    call.db.update("finance_payments", {"unused": left, "bcy_unused": scaled(base)}, "payment_id", payment_id)


def find(call: FinanceCall, kind: PaymentKind, payment_id: str) -> Any:
    """The payment's row of `SELECT`; raises FinanceError 1002."""
    row = call.db.one(
        f"{SELECT} WHERE p.payment_id = ? AND p.ledger = ? AND p.kind = ?", (payment_id, call.ledger, kind.kind)
    )
    if row is None:
        raise does_not_exist("Payment")
    return row
