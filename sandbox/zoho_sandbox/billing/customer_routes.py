"""The operations on customers and their contact persons."""

from __future__ import annotations

from zoho_sandbox.billing import contact_persons, customers
from zoho_sandbox.billing.customers import Customer
from zoho_sandbox.billing.operations import operation
from zoho_sandbox.books.contacts import name_key
from zoho_sandbox.books.errors import invalid_value
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    folded_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.calls import Answer

_FILTERS = {
    "Status.All": "",
    "Status.Active": "status = 'active'",
    "Status.Inactive": "status = 'inactive'",
    "Status.Crm": "(zcrm_account_id <> '' OR zcrm_contact_id <> '')",
    "Status.Gapps": "0",
    "Status.PortalEnabled": "0",
    "Status.PortalDisabled": "",
    "Status.NonSubscribers": (
        "NOT EXISTS (SELECT 1 FROM billing_subscriptions s WHERE s.customer_id = billing_customers.customer_id)"
    ),
}
_LISTING = Listing(
    report_name="Customers",
    filters=(
        folded_filter("display_name", "display_name", "name_key", name_key),
        text_filter("company_name", "company_name"),
        text_filter("email", "email"),
        identifier_filter("zcrm_account_id", "zcrm_account_id"),
        identifier_filter("zcrm_contact_id", "zcrm_contact_id"),
        modified_filter("modified_at"),
        search_filter("display_name", "company_name", "email"),
    ),
    sort_columns={
        "display_name": "display_name",
        "company_name": "company_name",
        "email": "email",
        "created_time": "created_at",
        "updated_time": "modified_at",
        "last_modified_time": "modified_at",
    },
    key="customer_id",
    default_sort="display_name",
    default_order="A",
)


def _customer(books: BooksCall) -> Customer:
    return customers.find(books, books.id("customer_id"))


def _list(books: BooksCall) -> Answer:
    wanted = books.query.get("filter_by") or "Status.All"
    if wanted not in _FILTERS:
        raise invalid_value("filter_by")
    base = Conditions()
    base.add("organization_id = ?", books.organization_id)
    if condition := _FILTERS[wanted]:
        base.add(condition)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(
        f"SELECT * FROM billing_customers WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    return page_answer("customers", [customers.row(books, customers.from_row(row)) for row in found], page)


def _create(books: BooksCall) -> Answer:
    customer = customers.create(books, books.fields)
    return success("The customer has been created", status=201, customer=customers.detail(books, customer))


def _get(books: BooksCall) -> Answer:
    return success(customer=customers.detail(books, _customer(books)))


def _of_crm(books: BooksCall) -> Answer:
    id_type = books.query.get("reference_id_type") or "zcrm_account_id"
    customer = customers.of_crm(books, books.id("reference_id"), id_type)
    return success(customer=customers.detail(books, customer))


def _change(books: BooksCall) -> Answer:
    customer = customers.change(books, _customer(books), books.fields)
    return success("The customer details have been updated.", customer=customers.detail(books, customer))


def _remove(books: BooksCall) -> Answer:
    customers.remove(books, _customer(books))
    return success("The customer has been deleted.")


def _activate(books: BooksCall) -> Answer:
    customers.set_status(books, _customer(books), "active")
    return success("The customer has been marked as active.")


def _deactivate(books: BooksCall) -> Answer:
    customers.set_status(books, _customer(books), "inactive")
    return success("The customer has been marked as inactive.")


def _person(books: BooksCall) -> contact_persons.ContactPerson:
    return contact_persons.find(books, _customer(books).customer_id, books.id("contactperson_id"))


def _list_people(books: BooksCall) -> Answer:
    people = contact_persons.of_customer(books, _customer(books).customer_id)
    return success(contact_persons=[person.shown() for person in people])


def _add_person(books: BooksCall) -> Answer:
    customer = _customer(books)
    alone = not contact_persons.of_customer(books, customer.customer_id)
    person = contact_persons.add(books, customer.customer_id, contact_persons.read(books.fields), primary=alone)
    customers.set_status(books, customer, customer.status)
    return success("The contactperson has been Created", status=201, contact_person=person.shown())


def _get_person(books: BooksCall) -> Answer:
    return success(contact_person=_person(books).shown())


def _change_person(books: BooksCall) -> Answer:
    person = _person(books)
    changed = contact_persons.save(books, person, contact_persons.read(books.fields, person.details))
    customer = _customer(books)
    customers.set_status(books, customer, customer.status)
    return success("The contactperson details has been updated.", contact_person=changed.shown())


def _remove_person(books: BooksCall) -> Answer:
    contact_persons.remove(books, _person(books))
    return success("The contact person has been deleted.")


_ONE = "/customers/{customer_id}"
_PEOPLE = f"{_ONE}/contactpersons"
_PERSON = f"{_PEOPLE}/{{contactperson_id}}"
OPERATIONS = (
    operation("POST", "/customers", _create, scope="customers.CREATE"),
    operation("GET", "/customers", _list, scope="customers.READ"),
    operation("GET", "/customers/reference/{reference_id}", _of_crm, scope="customers.READ"),
    operation("GET", _ONE, _get, scope="customers.READ"),
    operation("PUT", _ONE, _change, scope="customers.UPDATE"),
    operation("DELETE", _ONE, _remove, scope="customers.DELETE"),
    operation("POST", f"{_ONE}/markasactive", _activate, scope="customers.CREATE"),
    operation("POST", f"{_ONE}/markasinactive", _deactivate, scope="customers.CREATE"),
    operation("POST", _PEOPLE, _add_person, scope="customers.CREATE"),
    operation("GET", _PEOPLE, _list_people, scope="customers.READ"),
    operation("GET", _PERSON, _get_person, scope="customers.READ"),
    operation("PUT", _PERSON, _change_person, scope="customers.UPDATE"),
    operation("DELETE", _PERSON, _remove_person, scope="customers.DELETE"),
)
