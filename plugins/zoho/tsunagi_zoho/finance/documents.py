"""Estimates, invoices and orders, translated both ways."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import cast

from tsunagi import EntityType, Fields, Money, NewRecord, RecordRef, RecordRejected, StatusLabel, Text, Value
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.document_types import (
    ESTIMATE_STATUSES,
    ESTIMATE_VERBS,
    INVOICE_STATUSES,
    INVOICE_VERBS,
    PURCHASE_ORDER_STATUSES,
    PURCHASE_ORDER_VERBS,
    SALES_ORDER_STATUSES,
    SALES_ORDER_VERBS,
    document_form,
    estimate_type,
    invoice_type,
    purchase_order_type,
    sales_order_type,
)
from tsunagi_zoho.finance.kinds import Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger, amounts, tells_base
from tsunagi_zoho.finance.wire import Row, check_lengths

_LIMITS = {"reference": 100, "notes": 5000}
# A longer line name is complete in the description below it.
LONGEST_LINE_NAME = 100

# New documents come first, so that those made while we read push others to later pages, never past us.
_LISTING = Listing({"sort_column": "created_time", "sort_order": "D"}, filtered=True)


@dataclass(frozen=True, slots=True)
class Wording:
    """How the wire calls what documents differ in.

    `one` begins the keys of the document itself, `end` is the date it runs to, `party` whom it is for (our entity),
    `owes`: whether it has a balance.
    """

    one: str
    end: str
    party: str = "customer"
    owes: bool = False

    @property
    def party_key(self) -> str:
        return f"{self.party}_id"


_INVOICE = Wording("invoice", "due_date", owes=True)
_ESTIMATE = Wording("estimate", "expiry_date")
_SALES_ORDER = Wording("salesorder", "shipment_date")
_PURCHASE_ORDER = Wording("purchaseorder", "delivery_date", party="vendor")


# The CRM's ids are 15 to 20 digits; nobody numbers orders like that.
_CRM_ID = re.compile(r"\d{15,20}")


def _read(wording: Wording, row: Row, ledger: Ledger) -> dict[str, Value]:
    """Nothing is owed on an estimate, an order, or an invoice that is void: its balance is zero."""
    status = row.text("status")
    nothing: dict[str, Value] = {"balance": Money.zero(row.currency()), "base_balance": Money.zero(ledger.base)}
    fields: dict[str, Value] = {
        "number": row.text(f"{wording.one}_number"),
        "status": status,
        "date": row.date("date"),
        "due_date": row.date(wording.end),
        "currency": row.currency(),
        **amounts(row, "total", "total", ledger),
        **(amounts(row, "balance", "balance", ledger) if wording.owes and status != "void" else nothing),
        "customer": RecordRef(ledger.service, wording.party, row.required_text(wording.party_key)),
        "reference": row.text("reference_number"),
    }
    if row.has("zcrm_potential_id"):
        deal = row.text("zcrm_potential_id")
        fields["deal"] = RecordRef("crm", "deal", deal) if deal else None
    elif _CRM_ID.fullmatch(row.text("reference_number")):
        # Orders to vendors have no place for the deal they are placed for but their reference number.
        fields["deal"] = RecordRef("crm", "deal", row.text("reference_number"))
    return fields


def _tells_base(wording: Wording, row: Row, ledger: Ledger) -> bool:
    """Rows of some lists leave out what a foreign document needs to be understood."""
    return tells_base(row, ledger, *(("total", "balance") if wording.owes else ("total",)))


def _write(wording: Wording, fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    """A document with all its lines: a new one, or replacing those of a draft."""
    check_lengths(ledger.service, "document", fields, _LIMITS)
    body: Json = {wording.party_key: _party_id(wording, fields, ledger), "line_items": _lines(fields, ledger)}
    body |= _pricing(fields, ledger)
    body |= {key: str(fields[name] or "") for name, key in _TEXTS.items() if name in fields}
    if fields.get("adjustment") or (current is not None and "adjustment" in fields):
        body |= {
            "adjustment": _number(fields["adjustment"], "adjustment", ledger),
            "adjustment_description": "Adjusted to the agreed amount / 合意金額への調整",
        }
    if isinstance(deal := fields.get("deal"), RecordRef):
        body["zcrm_potential_id"] = deal.id
    days = {"date": fields.get("date"), wording.end: fields.get("due_date")}
    body |= {key: day.isoformat() for key, day in days.items() if isinstance(day, dt.date)}
    if isinstance(terms := fields.get("terms_days"), int):
        body |= {"payment_terms": terms, "payment_terms_label": f"Net {terms}" if terms else "Due on Receipt"}
    return body


_TEXTS = {"reference": "reference_number", "notes": "notes"}


def _party_id(wording: Wording, fields: Fields, ledger: Ledger) -> str:
    party = fields.get("customer")
    if isinstance(party, RecordRef) and party.entity == wording.party:
        return party.id
    raise _rejected(ledger, "customer", f"must be a {wording.party}, got {party!r}")


def _pricing(fields: Fields, ledger: Ledger) -> Json:
    code = fields.get("currency")
    if not code:
        return {}
    currency = ledger.currency(str(code))
    body: Json = {"currency_id": currency.id}
    rate = fields.get("exchange_rate") or currency.rate
    if not currency.is_base and rate is not None:
        body["exchange_rate"] = _number(rate, "exchange_rate", ledger)
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
    quantity = _number(line.get("quantity", Decimal(1)), f"lines[{position}].quantity", ledger)
    body: Json = {"name": name, "quantity": quantity, **_of_item(position, line, ledger)}
    body |= {key: str(line[field]) for field, key in _LINE_TEXTS.items() if line.get(field) is not None}
    return {**body, "description": description} if description else body


# `tax` is "" for a line without any, though its item has one.
_LINE_TEXTS = {"id": "line_item_id", "discount": "discount", "tax": "tax_id"}


def _of_item(position: int, line: Fields, ledger: Ledger) -> Json:
    """A line without a rate has its item's, which the service knows."""
    item, rate = line.get("item"), line.get("rate")
    known: Json = {"item_id": item.id} if isinstance(item, RecordRef) else {}
    if known and rate is None:
        return known
    return {**known, "rate": _number(rate, f"lines[{position}].rate", ledger)}


def _number(value: Value, field: str, ledger: Ledger) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise _rejected(ledger, field, f"must be a Decimal, got {value!r}")


def _rejected(ledger: Ledger, field: str, problem: str) -> RecordRejected:
    return RecordRejected(
        Text(
            en=f"{ledger.service} cannot take this document: {field} {problem}.",
            ja=f"{ledger.service} に登録できない書類です: {field} {problem}",
        ),
        service=ledger.service,
        problems={field: problem},
    )


def _search(path: str, new: NewRecord, _ledger: Ledger) -> Search:
    return Search(path, {"reference_number": new.key}, lambda row: row.text("reference_number") == new.key)


def _settled(verb: str, fields: Fields) -> str:
    """New documents are drafts; issuing one mails nothing to anybody."""
    return verb if fields.get("status") == verb else ""


def _kind(
    entity: str,
    path: str,
    wording: Wording,
    described: tuple[Callable[[str], EntityType], tuple[StatusLabel, ...]],
    verbs: Mapping[str, frozenset[str]],
    issued: str,
) -> Kind:
    describe, statuses = described

    def with_form(service: str) -> EntityType:
        return replace(describe(service), form=document_form(service, entity, statuses, issued))

    return Kind(
        entity=entity,
        path=path,
        one=wording.one,
        many=path,
        read=partial(_read, wording),
        describe=with_form,
        write=partial(_write, wording),
        search=partial(_search, path),
        listing=_LISTING,
        complete_keys=("zcrm_potential_id",),
        key_field="reference",
        uncertain=("deal",),
        verbs=verbs,
        settled=partial(_settled, issued),
        complete=partial(_tells_base, wording),
        prints=True,
        revisable=True,
        statuses=statuses,
    )


INVOICE = replace(
    _kind("invoice", "invoices", _INVOICE, (invoice_type, INVOICE_STATUSES), INVOICE_VERBS, "sent"), owed="receivable"
)
ESTIMATE = _kind("estimate", "estimates", _ESTIMATE, (estimate_type, ESTIMATE_STATUSES), ESTIMATE_VERBS, "sent")
SALES_ORDER = _kind(
    "sales_order", "salesorders", _SALES_ORDER, (sales_order_type, SALES_ORDER_STATUSES), SALES_ORDER_VERBS, "open"
)
# They are for vendors, who are kept for their sake: an account's page has those that name one of its deals, or a vendor
# it is linked to.
PURCHASE_ORDER = replace(
    _kind(
        "purchase_order",
        "purchaseorders",
        _PURCHASE_ORDER,
        (purchase_order_type, PURCHASE_ORDER_STATUSES),
        PURCHASE_ORDER_VERBS,
        "open",
    ),
    through_deals=True,
    kept_for=("vendor",),
)
