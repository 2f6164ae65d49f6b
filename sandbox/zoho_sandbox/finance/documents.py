"""Documents from requests: customer or vendor, currency, dates, lines and totals put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from zoho_sandbox.finance import contact_persons, contacts, currencies, custom_fields
from zoho_sandbox.finance.contacts import Contact, terms_label
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.errors import INACTIVE_CODE, FinanceError, does_not_exist, invalid_value
from zoho_sandbox.finance.line_items import read_lines, shown_discount, shown_lines
from zoho_sandbox.finance.money import LARGEST, ZERO, Terms, Totals, converted, figure, rate_figure, totals
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields

_TEXTS = {
    "reference_number": 100,
    "adjustment_description": 100,
    "notes": 5000,
    "terms": 10000,
    "template_id": 20,
    "crm_owner_id": 20,
    "crm_custom_reference_id": 100,
}
_CUSTOMER_TEXTS = {"salesperson_name": 200, "zcrm_potential_name": 200}
# What an update keeps of the stored document where the request does not say otherwise.
_KEPT = (
    "customer_id", "vendor_id", "currency_id", "exchange_rate", "date", "payment_terms", "payment_terms_label",
    "discount", "discount_type", "is_discount_before_tax", "is_inclusive_tax", "shipping_charge", "adjustment",
    "line_items", "contact_persons", "custom_fields", "zcrm_potential_id", *_TEXTS, *_CUSTOMER_TEXTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pricing:
    """The currency a document is written in and what it is worth in the base currency."""

    currency: Currency
    exchange_rate: Decimal

    @property
    def precision(self) -> int:
        return self.currency.price_precision


def compose(
    call: FinanceCall,
    kind: DocumentKind,
    fields: Fields,
    stored: dict[str, Any] | None,
    *,
    inactive_party: bool = False,
) -> dict[str, Any]:
    """The content of a document a request describes, over the stored one for an update; raises FinanceError.

    `inactive_party`: also for a party that is inactive, as renewals are.

    Content is all but its id, number, times, status and payments.
    """
    if stored is not None:
        fields = _over(call, kind, fields, stored)
    party = _party(call, kind, fields)
    known = stored is not None and stored[kind.party_key] == party.contact_id
    if party.status != "active" and not inactive_party and not known:
        raise FinanceError(400, INACTIVE_CODE, f'The {kind.party} "{party.name}" is inactive.')
    day = fields.day("date", call.today.isoformat())
    pricing = _pricing(call, fields, party, day)
    lines = read_lines(call, fields, pricing.exchange_rate, kind.rate_key)
    terms = _terms(fields, pricing.precision)
    priced = totals([line.priced for line in lines], terms)
    _check(priced, pricing)
    return {
        kind.party_key: party.contact_id,
        **_people(call, fields, party),
        **pricing.currency.shown(),
        "exchange_rate": rate_figure(pricing.exchange_rate),
        "date": day,
        **_end(kind, fields, party, day),
        **{name: fields.text(name, limit) for name, limit in _TEXTS.items()},
        **(_deal(fields) if kind.party == "customer" else {}),
        "custom_fields": custom_fields.given(fields),
        "discount": shown_discount(terms.discount, pricing.precision),
        "discount_type": fields.choice("discount_type", ("entity_level", "item_level"), "item_level"),
        "is_discount_before_tax": terms.discount_before_tax,
        "is_inclusive_tax": terms.inclusive,
        "line_items": shown_lines(call, lines, priced.lines, pricing.exchange_rate, pricing.precision),
        **_figures(priced, terms, pricing, call.organization.price_precision),
    }


def _deal(fields: Fields) -> dict[str, str]:
    """The CRM deal a document for a customer may name, and who sold it."""
    texts = {name: fields.text(name, limit) for name, limit in _CUSTOMER_TEXTS.items()}
    return {**texts, "zcrm_potential_id": fields.identifier("zcrm_potential_id")}


def _over(call: FinanceCall, kind: DocumentKind, fields: Fields, stored: dict[str, Any]) -> Fields:
    """The request completed from the stored document.

    A new customer or vendor brings their own people and currency, a new currency its own rate, new dates or terms a
    new end date.
    """
    kept = {name: stored[name] for name in _KEPT if name in stored}
    people = contact_persons.of_contact(call.db, stored[kind.party_key])
    # Somebody who left the customer since is no reason to refuse a change of something else.
    there = {person.contact_person_id for person in people}
    kept["contact_persons"] = [person_id for person_id in stored["contact_persons"] if person_id in there]
    if fields.identifier(kind.party_key) not in ("", stored[kind.party_key]):
        for name in ("contact_persons", "currency_id", "exchange_rate"):
            del kept[name]
    if fields.identifier("currency_id") not in ("", stored["currency_id"]):
        kept.pop("exchange_rate", None)
    if "payment_terms" in fields:
        kept.pop("payment_terms_label", None)
    if kind.end_date and not (kind.owes and any(name in fields for name in ("date", "payment_terms"))):
        kept[kind.end_date] = stored[kind.end_date]
    return fields.over(kept)


def _party(call: FinanceCall, kind: DocumentKind, fields: Fields) -> Contact:
    contact_id = fields.identifier(kind.party_key)
    if not contact_id:
        raise invalid_value(kind.party_key)
    try:
        party = contacts.find(call.db, call.ledger, contact_id)
    except FinanceError:
        raise does_not_exist(kind.party.capitalize()) from None
    if party.contact_type != kind.party:
        raise does_not_exist(kind.party.capitalize())
    return party


def _people(call: FinanceCall, fields: Fields, party: Contact) -> dict[str, Any]:
    people = {person.contact_person_id: person for person in contact_persons.of_contact(call.db, party.contact_id)}
    chosen = fields.identifiers("contact_persons")
    if "contact_persons_associated" in fields:
        chosen = [row.identifier("contact_person_id") for row in fields.rows("contact_persons_associated")]
    elif "contact_persons" not in fields:
        chosen = [person.contact_person_id for person in people.values() if person.is_primary]
    if unknown := [person_id for person_id in chosen if person_id not in people]:
        raise invalid_value(f"contact_persons ({unknown[0]})")
    associated = [people[person_id] for person_id in chosen]
    return {
        "contact_persons": chosen,
        "contact_persons_associated": [
            {"contact_person_id": person.contact_person_id}
            | {name: person.details[name] for name in ("first_name", "last_name", "email", "phone", "mobile")}
            for person in associated
        ],
        "email": associated[0].details["email"] if associated else "",
        "billing_address": party.document["billing_address"],
        "shipping_address": party.document["shipping_address"],
    }


def _pricing(call: FinanceCall, fields: Fields, party: Contact, day: str) -> Pricing:
    currency_id = fields.identifier("currency_id") or party.currency_id
    currency = currencies.find(call.db, call.organization_id, currency_id)
    return Pricing(currency, currencies.rate_for(call.db, currency, fields, day))


def _terms(fields: Fields, precision: int) -> Terms:
    return Terms(
        precision=precision,
        discount=fields.discount("discount"),
        discount_before_tax=fields.flag("is_discount_before_tax", default=True),
        inclusive=fields.flag("is_inclusive_tax"),
        shipping=fields.number("shipping_charge", ZERO),
        adjustment=fields.number("adjustment", ZERO),
    )


def _check(priced: Totals, pricing: Pricing) -> None:
    if any(line.gross < 0 for line in priced.lines) or priced.discount_total > _sum(priced):
        raise invalid_value("discount")
    if priced.total < 0:
        raise FinanceError(400, 9, "The total is less than zero.")
    if max(priced.total, priced.total * pricing.exchange_rate) > LARGEST:
        raise invalid_value("rate")


def _sum(priced: Totals) -> Decimal:
    return sum((line.gross for line in priced.lines), ZERO)


def _end(kind: DocumentKind, fields: Fields, party: Contact, day: str) -> dict[str, Any]:
    """What is owed is due after its payment terms; other documents end only where they say so."""
    if not kind.owes:
        return {kind.end_date: fields.day(kind.end_date)} if kind.end_date else {}
    days = fields.whole("payment_terms", party.document["payment_terms"])
    due = fields.day(kind.end_date) or _days_after(day, days)
    return {
        "payment_terms": days,
        "payment_terms_label": fields.text("payment_terms_label", 100) or terms_label(days),
        kind.end_date: due,
    }


def _days_after(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=max(0, days))).isoformat()
    except OverflowError:
        raise invalid_value("payment_terms") from None


def _figures(priced: Totals, terms: Terms, pricing: Pricing, base_precision: int) -> dict[str, Any]:
    amounts = {
        "sub_total": priced.sub_total,
        "shipping_charge": figure(terms.shipping, terms.precision),
        "adjustment": figure(terms.adjustment, terms.precision),
        "discount_total": priced.discount_total,
        "tax_total": priced.tax_total,
        "total": priced.total,
    }
    base = {f"bcy_{name}": converted(amount, pricing.exchange_rate, base_precision) for name, amount in amounts.items()}
    return {
        **amounts,
        "sub_total_inclusive_of_tax": priced.sub_total_inclusive,
        **base,
        "taxes": [
            {"tax_id": each.tax.tax_id, "tax_name": each.tax.name, "tax_amount": each.amount} for each in priced.taxes
        ],
    }
