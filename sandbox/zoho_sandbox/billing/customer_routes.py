"""The operations on customers and their contact persons."""

from __future__ import annotations

from dataclasses import replace

from zoho_sandbox.billing import customers
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.contacts import Contact, name_key
from zoho_sandbox.finance.errors import does_not_exist, in_use
from zoho_sandbox.finance.listing import (
    Listing,
    folded_filter,
    identifier_filter,
    modified_filter,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success

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
)


def _customer(call: FinanceCall) -> Contact:
    return customers.find(call, call.id("customer_id"))


def _list(call: FinanceCall) -> Answer:
    found, page = contacts.listed(call, _LISTING, _FILTERS)
    return page_answer("customers", [customers.row(call, customer) for customer in found], page)


def _create(call: FinanceCall) -> Answer:
    customer = customers.create(call, call.fields)
    return success("The customer has been created", status=201, customer=customers.detail(call, customer))


def _get(call: FinanceCall) -> Answer:
    return success(customer=customers.detail(call, _customer(call)))


def _of_crm(call: FinanceCall) -> Answer:
    id_type = call.query.get("reference_id_type") or "zcrm_account_id"
    customer = customers.of_crm(call, call.id("reference_id"), id_type)
    return success(customer=customers.detail(call, customer))


def _change(call: FinanceCall) -> Answer:
    customer = customers.change(call, _customer(call), call.fields)
    return success("The customer details have been updated.", customer=customers.detail(call, customer))


def _remove(call: FinanceCall) -> Answer:
    customers.remove(call, _customer(call))
    return success("The customer has been deleted.")


def _activate(call: FinanceCall) -> Answer:
    contacts.set_status(call, _customer(call), "active")
    return success("The customer has been marked as active.")


def _deactivate(call: FinanceCall) -> Answer:
    contacts.set_status(call, _customer(call), "inactive")
    return success("The customer has been marked as inactive.")


def _person(call: FinanceCall) -> ContactPerson:
    person = contact_persons.find(call.db, call.ledger, call.id("contactperson_id"))
    if person.contact_id != call.id("customer_id"):
        raise does_not_exist("Contact person")
    return person


def _list_people(call: FinanceCall) -> Answer:
    people = customers.people_of(call, _customer(call))
    return success(contact_persons=[customers.shown_person(person) for person in people])


def _add_person(call: FinanceCall) -> Answer:
    customer_id = _customer(call).contact_id
    alone = not contact_persons.of_contact(call.db, customer_id)
    details = contact_persons.read(call.fields)
    person = contact_persons.add(call.sandbox, call.ledger, customer_id, details, primary=alone)
    contacts.people_changed(call, customer_id)
    shown = customers.shown_person(person)
    return success("The contactperson has been Created", status=201, contact_person=shown)


def _get_person(call: FinanceCall) -> Answer:
    return success(contact_person=customers.shown_person(_person(call)))


def _change_person(call: FinanceCall) -> Answer:
    person = _person(call)
    changed = replace(person, details=contact_persons.read(call.fields, person))
    contact_persons.save(call.db, changed)
    contacts.people_changed(call, person.contact_id)
    shown = customers.shown_person(changed)
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
_PERSON = f"{_PEOPLE}/{{contactperson_id}}"
OFFERS = (
    offer("POST", "/customers", _create, scope="customers.CREATE"),
    offer("GET", "/customers", _list, scope="customers.READ"),
    offer("GET", "/customers/reference/{reference_id}", _of_crm, scope="customers.READ"),
    offer("GET", _ONE, _get, scope="customers.READ"),
    offer("PUT", _ONE, _change, scope="customers.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="customers.DELETE"),
    offer("POST", f"{_ONE}/markasactive", _activate, scope="customers.CREATE"),
    offer("POST", f"{_ONE}/markasinactive", _deactivate, scope="customers.CREATE"),
    offer("POST", _PEOPLE, _add_person, scope="customers.CREATE"),
    offer("GET", _PEOPLE, _list_people, scope="customers.READ"),
    offer("GET", _PERSON, _get_person, scope="customers.READ"),
    offer("PUT", _PERSON, _change_person, scope="customers.UPDATE"),
    offer("DELETE", _PERSON, _remove_person, scope="customers.DELETE"),
)
