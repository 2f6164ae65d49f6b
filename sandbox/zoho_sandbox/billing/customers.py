"""Customers: the parties of Billing, whose own fields are those of their primary person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing.catalogue import bounded
from zoho_sandbox.finance import contact_persons, contacts, currencies, receivables
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.errors import does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.money import unscaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.receivables import Balances
from zoho_sandbox.finance.terms import MOST_DAYS

_CRM_IDS = ("zcrm_account_id", "zcrm_contact_id")
_PERSON = (
    "salutation", "first_name", "last_name", "email", "phone", "mobile", "department", "designation", "skype",
)  # fmt: skip
# What Billing and the store call by the same name.
_SAME = ("company_name", "website", "notes", "twitter", "facebook", *_CRM_IDS)
_ASKED = (*_SAME, *_PERSON, "currency_id", "payment_terms", "payment_terms_label", "custom_fields")
_ADDRESS = ("attention", "street", "street2", "city", "state", "state_code", "zip", "country", "phone", "fax")
_NEVER_SAID = {
    "tags": [],
    "documents": [],
    "ach_supported": False,
    "can_add_card": True,
    "can_add_bank_account": False,
    "is_gapps_customer": False,
    "default_templates": {"invoice_template_id": "", "creditnote_template_id": ""},
}
_ROW = (
    "customer_id", "display_name", "salutation", "first_name", "last_name", "email", "tags", "company_name", "phone",
    "mobile", "website", "department", "designation", "currency_code", "currency_id", "currency_symbol",
    "zcrm_account_id", "zcrm_contact_id", "is_linked_with_zohocrm", "created_time", "updated_time", "outstanding",
    "unused_credits", "status",
)  # fmt: skip


def find(call: FinanceCall, customer_id: str) -> Contact:
    """Raises FinanceError 1002."""
    return contacts.find(call.db, call.ledger, customer_id, "Customer")


def of_crm(call: FinanceCall, reference_id: str, id_type: str) -> Contact:
    """The customer linked with a CRM account or contact; raises FinanceError 1002."""
    if id_type not in _CRM_IDS:
        raise invalid_value("reference_id_type")
    customer_id = call.db.value(
        f"SELECT contact_id FROM finance_contacts WHERE ledger = ? AND {id_type} = ? ORDER BY contact_id LIMIT 1",  # noqa: S608  (one of two names)
        (call.ledger, reference_id),
    )
    if customer_id is None:
        raise does_not_exist("Customer")
    return find(call, customer_id)


def create(call: FinanceCall, fields: Fields) -> Contact:
    """Store the customer `fields` describe, and its primary person where they name one."""
    fields.required_text("display_name", 200)
    return contacts.create(call, _as_contact(call, fields))


def change(call: FinanceCall, customer: Contact, fields: Fields) -> Contact:
    """Apply what `fields` name; raises FinanceError."""
    wanted = _as_contact(call, fields)
    currency_id = wanted.identifier("currency_id") or customer.currency_id
    if currency_id != customer.currency_id and _subscribes(call, customer.contact_id):
        raise in_use("The currency of a customer involved in transactions cannot be changed.")
    return contacts.change(call, customer, wanted)


def remove(call: FinanceCall, customer: Contact) -> None:
    if _subscribes(call, customer.contact_id):
        raise in_use("Customers involved in transactions cannot be deleted. However, you can make them inactive.")
    contacts.remove(call, customer)


def _subscribes(call: FinanceCall, customer_id: str) -> bool:
    return bool(call.db.value("SELECT 1 FROM billing_subscriptions WHERE customer_id = ? LIMIT 1", (customer_id,)))


def currency_of(call: FinanceCall, customer: Contact) -> Currency:
    return currencies.find(call.db, call.organization_id, customer.currency_id)


def _as_contact(call: FinanceCall, fields: Fields) -> Fields:
    """What a request says, in the words of the store; a currency may be named by its code."""
    bounded(fields, "payment_terms", 0, 0, MOST_DAYS)
    body = {name: fields.raw(name) for name in _ASKED if name in fields}
    body["contact_name"] = fields.text("display_name", 200)
    if code := fields.text("currency_code", 3):
        currency = currencies.of_code(call.db, call.organization_id, code)
        if currency is None:
            raise invalid_value("currency_code")
        body["currency_id"] = currency.currency_id
    for address in ("billing_address", "shipping_address"):
        given = fields.part(address)
        body[address] = {_stored(part): given.text(part, 500) for part in _ADDRESS if part in given}
    return Fields(body)


def _stored(part: str) -> str:
    return "address" if part == "street" else part


def shown_address(address: Mapping[str, str]) -> dict[str, str]:
    return {part: address[_stored(part)] for part in _ADDRESS}


def shown_person(person: ContactPerson) -> dict[str, Any]:
    names = ("salutation", "first_name", "last_name", "email", "phone", "mobile", "fax")
    return {
        "contactperson_id": person.contact_person_id,
        "customer_id": person.contact_id,
        **{name: person.details[name] for name in names},
        "is_primary_contact": person.is_primary,
        "zcrm_contact_id": "",
    }


def people_of(call: FinanceCall, customer: Contact) -> list[ContactPerson]:
    """The primary person first, the others as they were added."""
    return sorted(contact_persons.of_contact(call.db, customer.contact_id), key=lambda person: not person.is_primary)


def row(call: FinanceCall, customer: Contact) -> dict[str, Any]:
    """A row of `GET /customers`."""
    shown = _shown(call, customer, people_of(call, customer))
    return {name: shown[name] for name in _ROW} | {"has_attachment": False}


def detail(call: FinanceCall, customer: Contact) -> dict[str, Any]:
    """The answer of `GET /customers/{id}`."""
    people = people_of(call, customer)
    return {
        **_shown(call, customer, people),
        "primary_contactperson_id": contact_persons.primary_of(people).contact_person_id,
        "contactpersons": [shown_person(person) for person in people],
    }


def _shown(call: FinanceCall, customer: Contact, people: list[ContactPerson]) -> dict[str, Any]:
    document, primary = customer.document, contact_persons.primary_of(people).details
    same = ("currency_id", "currency_code", "currency_symbol", "price_precision", "payment_terms",
            "payment_terms_label", "custom_fields", "source", "is_portal_enabled", "is_linked_with_zohocrm",
            "created_time")  # fmt: skip
    return {
        "customer_id": customer.contact_id,
        "display_name": customer.name,
        **{name: primary[name] for name in _PERSON},
        **{name: document[name] for name in (*_SAME, *same)},
        **{name: shown_address(document[name]) for name in ("billing_address", "shipping_address")},
        **_NEVER_SAID,
        **_owed(call, customer),
        "updated_time": document["last_modified_time"],
        "status": customer.status,
    }


def _owed(call: FinanceCall, customer: Contact) -> dict[str, Decimal]:
    sums = receivables.of_contacts(call.db, [customer.contact_id])[customer.contact_id]
    own, precision = sums.get(customer.currency_id) or Balances(), customer.document["price_precision"]
    return {"outstanding": unscaled(own.owed, precision), "unused_credits": unscaled(own.unused, precision)}
