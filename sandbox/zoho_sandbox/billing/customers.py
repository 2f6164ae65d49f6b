"""Customers: what a request may say of them, how they are kept and shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing import contact_persons
from zoho_sandbox.billing.catalogue import bounded
from zoho_sandbox.billing.terms import MOST_DAYS
from zoho_sandbox.books import currencies, rows
from zoho_sandbox.books.contacts import custom_fields, name_key, terms_label
from zoho_sandbox.books.currencies import Currency
from zoho_sandbox.books.errors import contact_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.books.money import unscaled
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.wire import decode, encode

_TEXTS = {
    "salutation": 25,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "company_name": 200,
    "phone": 50,
    "mobile": 50,
    "website": 255,
    "department": 50,
    "designation": 50,
    "notes": 5000,
    "twitter": 100,
    "facebook": 100,
    "skype": 50,
}
_ADDRESS = ("attention", "street", "street2", "city", "state", "state_code", "zip", "country", "phone", "fax")
_CRM_IDS = ("zcrm_account_id", "zcrm_contact_id")
_ROW = (
    "customer_id", "display_name", "salutation", "first_name", "last_name", "email", "tags", "company_name", "phone",
    "mobile", "website", "department", "designation", "currency_code", "currency_id", "currency_symbol",
    "zcrm_account_id", "zcrm_contact_id", "is_linked_with_zohocrm", "created_time", "updated_time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """A stored customer; `document` is all but its status and what it owes."""

    customer_id: str
    name: str
    status: str
    document: dict[str, Any]


def find(books: BooksCall, customer_id: str) -> Customer:
    """Raises BooksError 1002."""
    row = books.db.one(
        "SELECT * FROM billing_customers WHERE customer_id = ? AND organization_id = ?",
        (customer_id, books.organization_id),
    )
    if row is None:
        raise does_not_exist("Customer")
    return from_row(row)


def of_crm(books: BooksCall, reference_id: str, id_type: str) -> Customer:
    """The customer linked with a CRM account or contact; raises BooksError 1002."""
    if id_type not in _CRM_IDS:
        raise invalid_value("reference_id_type")
    row = books.db.one(
        f"SELECT * FROM billing_customers WHERE organization_id = ? AND {id_type} = ? ORDER BY customer_id LIMIT 1",  # noqa: S608  (one of two names)
        (books.organization_id, reference_id),
    )
    if row is None:
        raise does_not_exist("Customer")
    return from_row(row)


def from_row(row: Any) -> Customer:
    return Customer(row["customer_id"], row["display_name"], row["status"], decode(row["document"]))


def create(books: BooksCall, fields: Fields) -> Customer:
    """Store the customer `fields` describe, and its primary person where they name one."""
    now = books.now()
    fields.required_text("display_name", 200)
    customer_id = books.sandbox.new_id()
    blank = {
        "customer_id": customer_id,
        "display_name": "",
        **dict.fromkeys((*_TEXTS, *_CRM_IDS), ""),
        "currency_id": books.organization.currency_id,
        "payment_terms": 0,
        "billing_address": dict.fromkeys(_ADDRESS, ""),
        "shipping_address": dict.fromkeys(_ADDRESS, ""),
        "custom_fields": [],
        "tags": [],
        "documents": [],
        "source": "api",
        "is_portal_enabled": False,
        "ach_supported": False,
        "can_add_card": True,
        "can_add_bank_account": False,
        "is_gapps_customer": False,
        "default_templates": {"invoice_template_id": "", "creditnote_template_id": ""},
        "created_time": books.organization.written(now),
    }
    document = _changed(books, blank, fields)
    columns = _columns(books, document, now) | {
        "customer_id": customer_id,
        "organization_id": books.organization_id,
        "status": "active",
        "created_at": now,
    }
    rows.insert(books.db, "billing_customers", columns)
    _keep_primary(books, document)
    return find(books, customer_id)


def change(books: BooksCall, customer: Customer, fields: Fields) -> Customer:
    """Apply what `fields` name; raises BooksError."""
    document = _changed(books, customer.document, fields)
    if document["currency_id"] != customer.document["currency_id"] and has_transaction(books, customer.customer_id):
        raise in_use("The currency of a customer involved in transactions cannot be changed.")
    _keep_primary(books, document)
    return _save(books, document, customer.status)


def set_status(books: BooksCall, customer: Customer, status: str) -> None:
    _save(books, customer.document, status)


def remove(books: BooksCall, customer: Customer) -> None:
    if has_transaction(books, customer.customer_id):
        raise in_use("Customers involved in transactions cannot be deleted. However, you can make them inactive.")
    for table in ("billing_contact_persons", "billing_customers"):
        books.db.execute(f"DELETE FROM {table} WHERE customer_id = ?", (customer.customer_id,))  # noqa: S608  (table is code)


def has_transaction(books: BooksCall, customer_id: str) -> bool:
    """Whether a subscription, invoice or payment names the customer."""
    return bool(
        books.db.value(
            "SELECT EXISTS (SELECT 1 FROM billing_subscriptions WHERE customer_id = :id)"
            " OR EXISTS (SELECT 1 FROM billing_invoices WHERE customer_id = :id)"
            " OR EXISTS (SELECT 1 FROM billing_payments WHERE customer_id = :id)",
            {"id": customer_id},
        )
    )


def currency_of(books: BooksCall, customer: Customer) -> Currency:
    return currencies.find(books.db, books.organization_id, customer.document["currency_id"])


def _changed(books: BooksCall, known: dict[str, Any], fields: Fields) -> dict[str, Any]:
    changed = known | {name: fields.text(name, limit) for name, limit in _TEXTS.items() if name in fields}
    changed |= {name: fields.identifier(name) for name in _CRM_IDS if name in fields}
    changed["display_name"] = fields.text("display_name", 200, known["display_name"])
    _check_name(books, changed)
    if changed["email"] and "@" not in changed["email"]:
        raise invalid_value("email")
    for name in ("billing_address", "shipping_address"):
        given = fields.part(name)
        changed[name] = known[name] | {part: given.text(part, 500) for part in _ADDRESS if part in given}
    if "custom_fields" in fields:
        changed["custom_fields"] = custom_fields(fields)
    days = bounded(fields, "payment_terms", known["payment_terms"], 0, MOST_DAYS)
    currency = _currency(books, fields, known)
    return changed | {
        "payment_terms": days,
        "payment_terms_label": fields.text("payment_terms_label", 200) or terms_label(days),
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "currency_symbol": currency.currency_symbol,
        "price_precision": currency.price_precision,
        "is_linked_with_zohocrm": any(changed[name] for name in _CRM_IDS),
    }


def _currency(books: BooksCall, fields: Fields, known: dict[str, Any]) -> Currency:
    """Customers are created with the currency's code; its id is understood as well."""
    code = fields.text("currency_code", 3)
    if code:
        currency = currencies.of_code(books.db, books.organization_id, code)
        if currency is None:
            raise invalid_value("currency_code")
        return currency
    currency_id = fields.identifier("currency_id") or known["currency_id"]
    return currencies.find(books.db, books.organization_id, currency_id)


def _check_name(books: BooksCall, document: dict[str, Any]) -> None:
    taken = books.db.value(
        "SELECT 1 FROM billing_customers WHERE organization_id = ? AND name_key = ? AND customer_id <> ?",
        (books.organization_id, name_key(document["display_name"]), document["customer_id"]),
    )
    if taken:
        raise contact_exists("customer", document["display_name"])


def _keep_primary(books: BooksCall, document: dict[str, Any]) -> None:
    """The customer's own name and addresses are those of its primary person."""
    details = {name: document[name] for name in contact_persons.LIMITS if name in document}
    if not any(details[name] for name in ("first_name", "last_name", "email")):
        return
    people = contact_persons.of_customer(books, document["customer_id"])
    primary = next((person for person in people if person.is_primary), None)
    if primary is None:
        details = {"fax": ""} | details
        contact_persons.add(books, document["customer_id"], details, primary=True)
    elif any(primary.details.get(name) != value for name, value in details.items()):
        contact_persons.save(books, primary, primary.details | details)


def _columns(books: BooksCall, document: dict[str, Any], now: int) -> dict[str, Any]:
    document = document | {"updated_time": books.organization.written(now)}
    return {
        "display_name": document["display_name"],
        "name_key": name_key(document["display_name"]),
        **{name: document[name] for name in ("company_name", "email", *_CRM_IDS)},
        "modified_at": now,
        "document": encode(document).decode(),
    }


def _save(books: BooksCall, document: dict[str, Any], status: str) -> Customer:
    columns = _columns(books, document, books.now()) | {"status": status}
    rows.update(books.db, "billing_customers", columns, "customer_id", document["customer_id"])
    return find(books, document["customer_id"])


def _owed(books: BooksCall, customer: Customer) -> dict[str, Decimal]:
    precision = customer.document["price_precision"]
    owed = books.db.value(
        "SELECT COALESCE(SUM(balance), 0) FROM billing_invoices WHERE customer_id = ? AND stage = 'sent'",
        (customer.customer_id,),
    )
    unused = books.db.value(
        "SELECT COALESCE(SUM(unused), 0) FROM billing_payments WHERE customer_id = ?", (customer.customer_id,)
    )
    return {"outstanding": unscaled(owed, precision), "unused_credits": unscaled(unused, precision)}


def row(books: BooksCall, customer: Customer) -> dict[str, Any]:
    """A row of `GET /customers`."""
    kept = {name: customer.document[name] for name in _ROW}
    return {**kept, **_owed(books, customer), "status": customer.status, "has_attachment": False}


def detail(books: BooksCall, customer: Customer) -> dict[str, Any]:
    """The answer of `GET /customers/{id}`."""
    people = contact_persons.of_customer(books, customer.customer_id)
    return {
        **customer.document,
        **_owed(books, customer),
        "status": customer.status,
        "primary_contactperson_id": people[0].contactperson_id if people and people[0].is_primary else "",
        "contactpersons": [person.shown() for person in people],
    }
