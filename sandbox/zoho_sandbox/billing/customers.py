"""Customers of Billing: contacts of the store whose own fields are those of their primary person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts, currencies, receivables
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.contacts import Contact, name_key
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.errors import does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.listing import (
    Listing,
    folded_filter,
    identifier_filter,
    modified_filter,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import unscaled
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, status_offers, success
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.receivables import Balances
from zoho_sandbox.finance.times import MOST_DAYS

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
    """The request with the field names of the store; a currency may be named by its code."""
    fields.between("payment_terms", 0, 0, MOST_DAYS)
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


_FILTERS = {
    "Status.All": "",
    "Status.Active": "status = 'active'",
    "Status.Inactive": "status = 'inactive'",
    "Status.Crm": "(zcrm_account_id <> '' OR zcrm_contact_id <> '')",
    "Status.Gapps": "0",
    "Status.PortalEnabled": "0",
    "Status.PortalDisabled": "",
    "Status.NonSubscribers": (
        "NOT EXISTS (SELECT 1 FROM billing_subscriptions s WHERE s.customer_id = finance_contacts.contact_id)"
    ),
}
_LISTING = Listing(
    report_name="Customers",
    filters=(
        folded_filter("display_name", "contact_name", "name_key", name_key),
        text_filter("company_name", "company_name"),
        text_filter("email", "email"),
        identifier_filter("zcrm_account_id", "zcrm_account_id"),
        identifier_filter("zcrm_contact_id", "zcrm_contact_id"),
        modified_filter("modified_at"),
        search_filter("contact_name", "company_name", "email"),
    ),
    sort_columns={
        "display_name": "contact_name",
        "company_name": "company_name",
        "email": "email",
        "created_time": "created_at",
        "updated_time": "modified_at",
        "last_modified_time": "modified_at",
    },
    key="contact_id",
    default_sort="display_name",
    default_order="A",
    groups=_FILTERS,
)


def _customer(call: FinanceCall) -> Contact:
    return find(call, call.id("customer_id"))


def _list(call: FinanceCall) -> Answer:
    found, page = contacts.listed(call, _LISTING)
    return page_answer("customers", [row(call, customer) for customer in found], page)


def _post(call: FinanceCall) -> Answer:
    customer = create(call, call.fields)
    return success("The customer has been created", status=201, customer=detail(call, customer))


def _get(call: FinanceCall) -> Answer:
    return success(customer=detail(call, _customer(call)))


def _of_crm(call: FinanceCall) -> Answer:
    id_type = call.query.get("reference_id_type") or "zcrm_account_id"
    customer = of_crm(call, call.id("reference_id"), id_type)
    return success(customer=detail(call, customer))


def _put(call: FinanceCall) -> Answer:
    customer = change(call, _customer(call), call.fields)
    return success("The customer details have been updated.", customer=detail(call, customer))


def _delete(call: FinanceCall) -> Answer:
    remove(call, _customer(call))
    return success("The customer has been deleted.")


def _set_status(call: FinanceCall, status: str) -> Answer:
    contacts.set_status(call, _customer(call), status)
    return success(f"The customer has been marked as {status}.")


def _person(call: FinanceCall) -> ContactPerson:
    person = contact_persons.find(call.db, call.ledger, call.id("contactperson_id"))
    if person.contact_id != call.id("customer_id"):
        raise does_not_exist("Contact person")
    return person


def _list_people(call: FinanceCall) -> Answer:
    people = people_of(call, _customer(call))
    return success(contact_persons=[shown_person(person) for person in people])


def _add_person(call: FinanceCall) -> Answer:
    customer_id = _customer(call).contact_id
    alone = not contact_persons.of_contact(call.db, customer_id)
    details = contact_persons.read(call.fields)
    person = contact_persons.add(call.sandbox, call.ledger, customer_id, details, primary=alone)
    contacts.people_changed(call, customer_id)
    shown = shown_person(person)
    return success("The contactperson has been Created", status=201, contact_person=shown)


def _get_person(call: FinanceCall) -> Answer:
    return success(contact_person=shown_person(_person(call)))


def _change_person(call: FinanceCall) -> Answer:
    person = _person(call)
    changed = replace(person, details=contact_persons.read(call.fields, person))
    contact_persons.save(call.db, changed)
    contacts.people_changed(call, person.contact_id)
    shown = shown_person(changed)
    return success("The contactperson details has been updated.", contact_person=shown)


def _remove_person(call: FinanceCall) -> Answer:
    person = _person(call)
    if person.is_primary:
        raise in_use("The primary contact person of a customer cannot be deleted.")
    contact_persons.remove(call.db, person.contact_person_id)
    contacts.people_changed(call, person.contact_id)
    return success("The contact person has been deleted.")


_ONE = "/customers/{customer_id}"
_PEOPLE = f"{_ONE}/contactpersons"
_ONE_PERSON = f"{_PEOPLE}/{{contactperson_id}}"
OFFERS = (
    offer("POST", "/customers", _post, scope="customers.CREATE"),
    offer("GET", "/customers", _list, scope="customers.READ"),
    offer("GET", "/customers/reference/{reference_id}", _of_crm, scope="customers.READ"),
    offer("GET", _ONE, _get, scope="customers.READ"),
    offer("PUT", _ONE, _put, scope="customers.UPDATE"),
    offer("DELETE", _ONE, _delete, scope="customers.DELETE"),
    *status_offers(_ONE, "customers.CREATE", _set_status, ("markasactive", "markasinactive")),
    offer("POST", _PEOPLE, _add_person, scope="customers.CREATE"),
    offer("GET", _PEOPLE, _list_people, scope="customers.READ"),
    offer("GET", _ONE_PERSON, _get_person, scope="customers.READ"),
    offer("PUT", _ONE_PERSON, _change_person, scope="customers.UPDATE"),
    offer("DELETE", _ONE_PERSON, _remove_person, scope="customers.DELETE"),
)
