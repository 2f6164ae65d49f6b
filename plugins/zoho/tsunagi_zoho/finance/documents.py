"""Estimates and invoices, translated both ways."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from tsunagi import Fields, Money, NewRecord, RecordRef, RecordRejected, Text, Value

from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.kinds import Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.lengths import check_lengths
from tsunagi_zoho.finance.row import Row
from tsunagi_zoho.finance.statuses import ESTIMATE_VERBS, INVOICE_VERBS

_LIMITS = {"reference": 100, "notes": 5000}
# A longer line name stays whole in the description below it.
LONGEST_LINE_NAME = 100

# New documents come first, so that those made while we read push others to later pages, never past us.
_LISTING = Listing({"sort_column": "created_time", "sort_order": "D"}, filtered=True)


def read_invoice(row: Row, ledger: Ledger) -> dict[str, Value]:
    amounts = _amounts(row, "total", ledger) | _amounts(row, "balance", ledger)
    return _read(row, ledger, "invoice", "due_date") | amounts


def read_estimate(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Nothing is owed on an estimate: its balance is zero."""
    amounts = _amounts(row, "total", ledger)
    amounts |= {"balance": Money.zero(row.currency()), "base_balance": Money.zero(ledger.base)}
    return _read(row, ledger, "estimate", "expiry_date") | amounts


def _read(row: Row, ledger: Ledger, one: str, end_date: str) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "number": row.text(f"{one}_number"),
        "status": row.text("status"),
        "date": row.date("date"),
        "due_date": row.date(end_date),
        "currency": row.currency(),
        "customer": RecordRef(ledger.service, "customer", row.required_text("customer_id")),
        "reference": row.text("reference_number"),
    }
    if row.has("zcrm_potential_id"):
        deal = row.text("zcrm_potential_id")
        fields["deal"] = RecordRef("crm", "deal", deal) if deal else None
    return fields


def _amounts(row: Row, key: str, ledger: Ledger) -> dict[str, Value]:
    amount = row.money(key, row.currency())
    return {key: amount, f"base_{key}": _in_base(row, key, amount, ledger)}


def _in_base(row: Row, key: str, amount: Money, ledger: Ledger) -> Money:
    """At the document's own rate: the service's figure where it gives one."""
    if amount.currency == ledger.base:
        return amount
    if row.number(f"bcy_{key}") is not None:
        return row.money(f"bcy_{key}", ledger.base)
    rate = row.number("exchange_rate")
    if not rate:
        raise row.broken("exchange_rate", row.data.get("exchange_rate"), "the rate of a foreign document")
    return Money(amount.amount * rate, ledger.base).rounded()


def says_its_rate(row: Row, ledger: Ledger) -> bool:
    """Rows of some lists leave out the rate that a foreign document needs to be understood."""
    return row.currency() == ledger.base or bool(row.number("exchange_rate"))


def write_document(fields: Fields, _current: Row | None, ledger: Ledger) -> Json:
    """A new document; documents that exist are moved through their life, not rewritten."""
    check_lengths(ledger.service, "document", fields, _LIMITS)
    body: Json = {"customer_id": _customer_id(fields, ledger), "line_items": _lines(fields, ledger)}
    body |= _pricing(fields, ledger)
    body |= {key: str(fields[name] or "") for name, key in _TEXTS.items() if name in fields}
    if fields.get("adjustment"):
        body |= {
            "adjustment": _number(fields["adjustment"], "adjustment", ledger),
            "adjustment_description": "Adjusted to the agreed amount / 合意金額への調整",
        }
    if isinstance(deal := fields.get("deal"), RecordRef):
        body["zcrm_potential_id"] = deal.id
    if isinstance(date := fields.get("date"), dt.date):
        body["date"] = date.isoformat()
    if isinstance(days := fields.get("terms_days"), int):
        body |= {"payment_terms": days, "payment_terms_label": f"Net {days}" if days else "Due on Receipt"}
    return body


_TEXTS = {"reference": "reference_number", "notes": "notes"}


def _customer_id(fields: Fields, ledger: Ledger) -> str:
    customer = fields.get("customer")
    if isinstance(customer, RecordRef):
        return customer.id
    raise _rejected(ledger, "customer", f"must be a customer, got {customer!r}")


def _pricing(fields: Fields, ledger: Ledger) -> Json:
    code = fields.get("currency")
    if not code:
        return {}
    currency = ledger.currency(str(code))
    body: Json = {"currency_id": currency.id}
    if not currency.is_base and currency.rate is not None:
        body["exchange_rate"] = currency.rate
    return body


def _lines(fields: Fields, ledger: Ledger) -> list[Json]:
    lines = fields.get("lines")
    if not isinstance(lines, tuple) or not lines:
        raise _rejected(ledger, "lines", f"must have at least one line, got {lines!r}")
    return [_line(position, cast("Fields", line), ledger) for position, line in enumerate(lines, 1)]


def _line(position: int, line: Fields, ledger: Ledger) -> Json:
    if not isinstance(line, Mapping):
        raise _rejected(ledger, f"lines[{position}]", f"must be a line with name, quantity and rate, got {line!r}")
    name, description = (str(line.get(key) or "").strip() for key in ("name", "description"))
    if len(name) > LONGEST_LINE_NAME:
        description = "\n".join(part for part in (name, description) if part)
        name = name[: LONGEST_LINE_NAME - 1] + "…"
    body: Json = {
        "name": name,
        "rate": _number(line.get("rate"), f"lines[{position}].rate", ledger),
        "quantity": _number(line.get("quantity", Decimal(1)), f"lines[{position}].quantity", ledger),
    }
    return {**body, "description": description} if description else body


def _number(value: Value, field: str, ledger: Ledger) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise _rejected(ledger, field, f"must be a Decimal, got {value!r}")


def _rejected(ledger: Ledger, field: str, problem: str) -> RecordRejected:
    return RecordRejected(
        Text(
            en=f"{ledger.service} cannot take this document: {field} {problem}.",
            ja=f"{ledger.service} に登録できない文書です: {field} {problem}",
        ),
        service=ledger.service,
        problems={field: problem},
    )


def _search(path: str) -> Callable[[NewRecord, Ledger], Search]:
    def search(new: NewRecord, _ledger: Ledger) -> Search:
        return Search(path, {"reference_number": new.key}, lambda row: row.text("reference_number") == new.key)

    return search


def _wanted_status(fields: Fields) -> str:
    """New documents are drafts; marking one as sent mails nothing to anybody."""
    return "sent" if fields.get("status") == "sent" else ""


INVOICE = Kind(
    entity="invoice",
    path="invoices",
    one="invoice",
    many="invoices",
    read=read_invoice,
    write=write_document,
    search=_search("invoices"),
    listing=_LISTING,
    whole_keys=("zcrm_potential_id",),
    key_field="reference",
    uncertain=("deal",),
    verbs=INVOICE_VERBS,
    settled=_wanted_status,
    complete=says_its_rate,
)
ESTIMATE = Kind(
    entity="estimate",
    path="estimates",
    one="estimate",
    many="estimates",
    read=read_estimate,
    write=write_document,
    search=_search("estimates"),
    listing=_LISTING,
    whole_keys=("zcrm_potential_id",),
    key_field="reference",
    uncertain=("deal",),
    verbs=ESTIMATE_VERBS,
    settled=_wanted_status,
    complete=says_its_rate,
)
