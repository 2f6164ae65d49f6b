"""Contacts, customers and vendors alike: what a request may say of them, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.database import Database
from zoho_sandbox.finance import contact_persons, currencies, custom_fields, receivables
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.errors import contact_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.listing import Listing, Page, equal, page_of
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.wire import decode, encode

_ADDRESS_LIMITS = {
    "attention": 100,
    "address": 500,
    "street2": 255,
    "city": 100,
    "state": 100,
    "state_code": 100,
    "zip": 50,
    "country": 100,
    "country_code": 10,
    "phone": 50,
    "fax": 50,
}
_TEXTS = {
    "company_name": 200,
    "website": 255,
    "language_code": 10,
    "contact_number": 200,
    "notes": 5000,
    "facebook": 100,
    "twitter": 100,
    "legal_name": 200,
    "place_of_contact": 100,
    "tax_reg_no": 50,
    "gst_no": 50,
}
_CRM_IDS = ("zcrm_account_id", "zcrm_contact_id")
# What list rows carry of the document; the rest is for the detail.
_SUMMARY = (
    "contact_id", "contact_name", "company_name", "contact_type", "customer_sub_type", "source",
    "language_code", "website", "payment_terms", "payment_terms_label", "currency_id", "currency_code",
    "price_precision", "is_linked_with_zohocrm", "facebook", "twitter", "contact_number", "custom_fields",
    "created_time", "last_modified_time",
)  # fmt: skip


_SELECT = "SELECT contact_id, contact_type, contact_name, status, currency_id, email, document FROM finance_contacts"


@dataclass(frozen=True, slots=True)
class Contact:
    """A stored contact: `document` is what never depends on other records."""

    contact_id: str
    contact_type: str
    name: str
    status: str
    currency_id: str
    email: str
    document: dict[str, Any]


def name_key(name: str) -> str:
    """Two names are the same when only case and spaces differ."""
    return " ".join(name.casefold().split())


def types_of(call: FinanceCall) -> tuple[str, ...]:
    """The types of contact the service knows."""
    return ("customer",) if call.service.sells_only else ("customer", "vendor")


def create(call: FinanceCall, fields: Fields | None = None) -> Contact:
    """Store the contact the fields, or the request, describe, with its people."""
    fields = call.fields if fields is None else fields
    now = call.organization.written(call.now())
    ids = call.sandbox.new_ids(3)
    blank = {
        "contact_id": ids[0],
        "contact_type": fields.choice("contact_type", types_of(call), "customer"),
        "customer_sub_type": "business",
        "language_code": call.organization.details.get("language_code", "en"),
        "source": "api",
        "is_crm_customer": False,
        "is_linked_with_zohocrm": False,
        "zcrm_account_id": "",
        "zcrm_contact_id": "",
        "zcrm_vendor_id": "",
        "crm_owner_id": "",
        "owner_id": "",
        "is_taxable": True,
        "tax_id": "",
        "tax_name": "",
        "payment_reminder_enabled": True,
        "is_portal_enabled": False,
        "custom_fields": [],
        "billing_address": blank_address(ids[1]),
        "shipping_address": blank_address(ids[2]),
        "addresses": [],
        "payment_terms": 0,
        "credit_limit": Decimal(0),
        "created_time": now,
        "last_modified_time": now,
    } | dict.fromkeys((text for text in _TEXTS if text != "language_code"), "")
    fields.required_text("contact_name", 200)
    document = _changed(call, blank, fields, None)
    contact_persons.replace_all(call.sandbox, call.ledger, ids[0], fields.rows("contact_persons"))
    _insert(call, document, _people(call, ids[0], fields))
    return find(call.db, call.ledger, ids[0])


def change(call: FinanceCall, contact: Contact, fields: Fields | None = None) -> Contact:
    """Apply what the fields, or the request, name; the people are replaced where they are listed."""
    fields = call.fields if fields is None else fields
    if fields.text("contact_type", default=contact.contact_type) != contact.contact_type:
        raise invalid_value("contact_type")
    document = _changed(call, contact.document, fields, contact)
    if "contact_persons" in fields:
        contact_persons.replace_all(call.sandbox, call.ledger, contact.contact_id, fields.rows("contact_persons"))
    _update(call, document, _people(call, contact.contact_id, fields), contact.status)
    return find(call.db, call.ledger, contact.contact_id)


def _people(call: FinanceCall, contact_id: str, fields: Fields) -> list[ContactPerson]:
    if call.service.flat_parties:
        contact_persons.keep_primary(call.sandbox, call.ledger, contact_id, fields)
    return contact_persons.of_contact(call.db, contact_id)


def set_status(call: FinanceCall, contact: Contact, status: str) -> None:
    people = contact_persons.of_contact(call.db, contact.contact_id)
    _update(call, contact.document, people, status)


def amend(call: FinanceCall, contact: Contact, changes: Mapping[str, Any]) -> None:
    """Change what a request's own fields cannot."""
    people = contact_persons.of_contact(call.db, contact.contact_id)
    _update(call, {**contact.document, **changes}, people, contact.status)


def people_changed(call: FinanceCall, contact_id: str) -> None:
    """Keep the contact's own columns and time in step after one of its people changed."""
    contact = find(call.db, call.ledger, contact_id)
    set_status(call, contact, contact.status)


def remove(call: FinanceCall, contact: Contact) -> None:
    if receivables.has_transaction(call.db, contact.contact_id):
        kind = "Customers" if contact.contact_type == "customer" else "Vendors"
        raise in_use(f"{kind} involved in transactions cannot be deleted. However, you can make them inactive.")
    call.db.execute("DELETE FROM finance_comments WHERE owner_id = ?", (contact.contact_id,))
    call.db.execute("DELETE FROM finance_contact_persons WHERE contact_id = ?", (contact.contact_id,))
    call.db.execute("DELETE FROM finance_contacts WHERE contact_id = ?", (contact.contact_id,))


def find(database: Database, ledger: str, contact_id: str, called: str = "Contact") -> Contact:
    """Raises FinanceError 1002; `called` is the name in its message."""
    row = database.one(f"{_SELECT} WHERE contact_id = ? AND ledger = ?", (contact_id, ledger))
    if row is None:
        raise does_not_exist(called)
    return _from_row(row)


def listed(call: FinanceCall, listing: Listing) -> tuple[list[Contact], Page]:
    """The contacts of the requested page, and one more where another page follows."""
    base = equal({"ledger": call.ledger})
    page = page_of(listing, call.query, base)
    found = page.rows(call.db, _SELECT)
    return [_from_row(row) for row in found], page


def _from_row(row: Any) -> Contact:
    return Contact(
        row["contact_id"],
        row["contact_type"],
        row["contact_name"],
        row["status"],
        row["currency_id"],
        row["email"],
        decode(row["document"]),
    )


def link_to_crm(
    database: Database, contact_id: str, *, account_id: str = "", crm_contact_id: str = "", vendor_id: str = ""
) -> None:
    """Fill the zcrm_* ids, which no request can write: Zoho's own integration does it."""
    database.execute(
        "UPDATE finance_contacts SET zcrm_account_id = :account, zcrm_contact_id = :contact, zcrm_vendor_id = :vendor,"
        " document = json_set(document, '$.zcrm_account_id', :account, '$.zcrm_contact_id', :contact,"
        " '$.zcrm_vendor_id', :vendor,"
        " '$.is_linked_with_zohocrm', json('true'), '$.is_crm_customer', json('true')),"
        " summary = json_set(summary, '$.is_linked_with_zohocrm', json('true')) WHERE contact_id = :id",
        {"account": account_id, "contact": crm_contact_id, "vendor": vendor_id, "id": contact_id},
    )


def _changed(call: FinanceCall, document: dict[str, Any], fields: Fields, contact: Contact | None) -> dict[str, Any]:
    """`document` with what `fields` say; raises FinanceError where they may not."""
    changed = dict(document)
    changed["contact_name"] = fields.text("contact_name", 200, document.get("contact_name", ""))
    changed["customer_sub_type"] = fields.choice(
        "customer_sub_type", ("business", "individual"), document["customer_sub_type"]
    )
    changed |= {name: fields.text(name, limit) for name, limit in _TEXTS.items() if name in fields}
    for name in ("billing_address", "shipping_address"):
        changed[name] = address(document[name], fields.part(name))
    changed |= _payment_terms(document, fields)
    changed["credit_limit"] = fields.number("credit_limit", document["credit_limit"])
    changed["is_taxable"] = fields.flag("is_taxable", default=document["is_taxable"])
    if "custom_fields" in fields:
        changed["custom_fields"] = custom_fields.existing(
            call.db, custom_fields.given(fields, document["custom_fields"])
        )
    if call.service.flat_parties:
        changed |= {name: fields.identifier(name) for name in _CRM_IDS if name in fields}
        changed["is_linked_with_zohocrm"] = any(changed[name] for name in _CRM_IDS)
    changed |= _currency(call, document, fields, contact)
    _check_name(call, changed)
    return changed


def blank_address(address_id: str) -> dict[str, str]:
    return {"address_id": address_id} | dict.fromkeys(_ADDRESS_LIMITS, "")


def address(known: dict[str, str], fields: Fields) -> dict[str, str]:
    return known | {name: fields.text(name, limit) for name, limit in _ADDRESS_LIMITS.items() if name in fields}


def _payment_terms(document: dict[str, Any], fields: Fields) -> dict[str, Any]:
    days = fields.whole("payment_terms", document["payment_terms"])
    label = fields.text("payment_terms_label", 200)
    if not label and days == document["payment_terms"]:
        label = document.get("payment_terms_label", "")
    return {"payment_terms": days, "payment_terms_label": label or terms_label(days)}


def terms_label(days: int) -> str:
    return f"Net {days}" if days else "Due on Receipt"


def _currency(call: FinanceCall, document: dict[str, Any], fields: Fields, contact: Contact | None) -> dict[str, Any]:
    current = document.get("currency_id") or call.organization.currency_id
    wanted = fields.identifier("currency_id") or current
    if contact and wanted != current and receivables.has_transaction(call.db, contact.contact_id):
        raise in_use("The currency of a contact involved in transactions cannot be changed.")
    return currencies.find(call.db, call.organization_id, wanted).shown()


def _check_name(call: FinanceCall, document: dict[str, Any]) -> None:
    taken = call.db.value(
        "SELECT 1 FROM finance_contacts WHERE ledger = ? AND contact_type = ? AND name_key = ? AND contact_id <> ?",
        (
            call.ledger,
            document["contact_type"],
            name_key(document["contact_name"]),
            document["contact_id"],
        ),
    )
    if taken:
        raise contact_exists(document["contact_type"], document["contact_name"])


def _columns(document: dict[str, Any], people: list[ContactPerson], status: str) -> dict[str, Any]:
    primary = contact_persons.primary_of(people).details
    own = {name: primary[name] for name in ("first_name", "last_name", "email", "phone", "mobile")}
    named = custom_fields.by_name(document)
    summary = {name: document[name] for name in _SUMMARY} | {
        "customer_name": document["contact_name"],
        "vendor_name": document["contact_name"],
        "custom_field_hash": named,
        **named,
        **own,
        "status": status,
    }
    return {
        "contact_name": document["contact_name"],
        "name_key": name_key(document["contact_name"]),
        "company_name": document["company_name"],
        **own,
        "notes": document["notes"],
        "status": status,
        "currency_id": document["currency_id"],
        **{name: document[name] for name in _CRM_IDS},
        "document": encode(document).decode(),
        "summary": encode(summary).decode(),
    }


def _insert(call: FinanceCall, document: dict[str, Any], people: list[ContactPerson]) -> None:
    now = call.now()
    columns = _columns(document, people, "active") | {
        "contact_id": document["contact_id"],
        "ledger": call.ledger,
        "contact_type": document["contact_type"],
        "zcrm_vendor_id": "",
        "created_at": now,
        "modified_at": now,
    }
    call.db.insert("finance_contacts", columns)


def _update(call: FinanceCall, document: dict[str, Any], people: list[ContactPerson], status: str) -> None:
    now = call.now()
    document = document | {"last_modified_time": call.organization.written(now)}
    columns = _columns(document, people, status) | {"modified_at": now}
    call.db.update("finance_contacts", columns, "contact_id", document["contact_id"])
