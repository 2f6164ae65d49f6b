"""The operations on contacts and contact persons."""

from __future__ import annotations

from zoho_sandbox.books import contact_persons, contact_views, contacts
from zoho_sandbox.books.contact_persons import ContactPerson
from zoho_sandbox.books.contacts import Contact
from zoho_sandbox.books.errors import does_not_exist, invalid_value
from zoho_sandbox.books.listing import Conditions, Listing, page_of
from zoho_sandbox.books.operations import BooksCall, offer, page_answer, success
from zoho_sandbox.calls import Answer

_PEOPLE = Listing(
    report_name="Contact Persons",
    filters=(),
    sort_columns={"contact_person_id": "contact_person_id"},
    key="contact_person_id",
    default_sort="contact_person_id",
    default_order="A",
)


def _contact(books: BooksCall) -> Contact:
    return contacts.find(books.db, books.ledger, books.id("contact_id"))


def _create(books: BooksCall) -> Answer:
    contact = contacts.create(books)
    return success("The contact has been added.", status=201, contact=contact_views.detail(books, contact))


def _get(books: BooksCall) -> Answer:
    return success(contact=contact_views.detail(books, _contact(books)))


def _change(books: BooksCall) -> Answer:
    contact = contacts.change(books, _contact(books))
    return success("Contact information has been saved.", contact=contact_views.detail(books, contact))


def _remove(books: BooksCall) -> Answer:
    contact = _contact(books)
    contacts.remove(books, contact)
    return success(f"The {contact.contact_type} has been deleted.")


def _activate(books: BooksCall) -> Answer:
    contacts.set_status(books, _contact(books), "active")
    return success("The contact has been marked as active.")


def _deactivate(books: BooksCall) -> Answer:
    contacts.set_status(books, _contact(books), "inactive")
    return success("The contact has been marked as inactive.")


def _person(books: BooksCall) -> ContactPerson:
    return contact_persons.find(books.db, books.ledger, books.id("contact_person_id"))


def _shown(person: ContactPerson) -> dict[str, object]:
    return {"contact_id": person.contact_id, **person.shown()}


def _add_person(books: BooksCall) -> Answer:
    """The first person of a contact is its primary one."""
    contact_id = books.fields.identifier("contact_id")
    if not contact_id:
        raise invalid_value("contact_id")
    contact = contacts.find(books.db, books.ledger, contact_id)
    alone = not contact_persons.of_contact(books.db, contact.contact_id)
    details = contact_persons.read(books.fields)
    person = contact_persons.add(books.sandbox, books.ledger, contact.contact_id, details, primary=alone)
    contacts.people_changed(books, contact.contact_id)
    return success("The contact person has been added.", status=201, contact_person=_shown(person))


def _get_person(books: BooksCall) -> Answer:
    return success(contact_person=_shown(_person(books)))


def _get_person_of_contact(books: BooksCall) -> Answer:
    person = _person(books)
    if person.contact_id != books.id("contact_id"):
        raise does_not_exist("Contact person")
    return success(contact_person=_shown(person))


def _change_person(books: BooksCall) -> Answer:
    known = _person(books)
    if books.fields.identifier("contact_id") not in ("", known.contact_id):
        raise invalid_value("contact_id")
    details = contact_persons.read(books.fields, known)
    contact_persons.save(books.db, ContactPerson(known.contact_person_id, known.contact_id, known.is_primary, details))
    if books.fields.flag("is_primary_contact"):
        contact_persons.make_primary(books.db, known)
    contacts.people_changed(books, known.contact_id)
    return success("The contact person details have been updated.", contact_person=_shown(_person(books)))


def _remove_person(books: BooksCall) -> Answer:
    """When the primary person goes, the earliest of the others takes over."""
    person = _person(books)
    contact_persons.remove(books.db, person.contact_person_id)
    others = contact_persons.of_contact(books.db, person.contact_id)
    if person.is_primary and others:
        contact_persons.make_primary(books.db, others[0])
    contacts.people_changed(books, person.contact_id)
    return success("The contact person has been deleted.")


def _list_people(books: BooksCall) -> Answer:
    contact = _contact(books)
    base = Conditions()
    base.add("contact_id = ?", contact.contact_id)
    page = page_of(_PEOPLE, books.query, base)
    start = (page.page - 1) * page.per_page
    people = contact_persons.of_contact(books.db, contact.contact_id)[start : start + page.per_page + 1]
    return page_answer("contact_persons", [person.shown() for person in people], page)


def _make_primary(books: BooksCall) -> Answer:
    person = _person(books)
    contact_persons.make_primary(books.db, person)
    contacts.people_changed(books, person.contact_id)
    return success("This contact person has been marked as your primary contact person.")


_PERSON = "/contacts/contactpersons/{contact_person_id}"
# Fixed paths come before those with an id in the same place.
OFFERS = (
    offer("POST", "/contacts/contactpersons", _add_person, scope="contacts.CREATE"),
    offer("GET", _PERSON, _get_person, scope="contacts.READ"),
    offer("PUT", _PERSON, _change_person, scope="contacts.UPDATE"),
    offer("DELETE", _PERSON, _remove_person, scope="contacts.DELETE"),
    offer("POST", f"{_PERSON}/primary", _make_primary, scope="contacts.CREATE"),
    offer("POST", "/contacts", _create, scope="contacts.CREATE"),
    offer("GET", "/contacts", contact_views.list_answer, scope="contacts.READ"),
    offer("GET", "/contacts/{contact_id}", _get, scope="contacts.READ"),
    offer("PUT", "/contacts/{contact_id}", _change, scope="contacts.UPDATE"),
    offer("DELETE", "/contacts/{contact_id}", _remove, scope="contacts.DELETE"),
    offer("POST", "/contacts/{contact_id}/active", _activate, scope="contacts.CREATE"),
    offer("POST", "/contacts/{contact_id}/inactive", _deactivate, scope="contacts.CREATE"),
    offer("GET", "/contacts/{contact_id}/contactpersons", _list_people, scope="contacts.READ"),
    offer(
        "GET",
        "/contacts/{contact_id}/contactpersons/{contact_person_id}",
        _get_person_of_contact,
        scope="contacts.READ",
    ),
)
