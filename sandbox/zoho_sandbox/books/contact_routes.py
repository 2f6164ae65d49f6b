"""The operations on contacts and contact persons."""

from __future__ import annotations

from zoho_sandbox.books import contact_views
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts, statements, unique_fields
from zoho_sandbox.finance.comments import comment_offers
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.errors import does_not_exist, invalid_value
from zoho_sandbox.finance.listing import Conditions, Listing, page_of
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success

_PEOPLE = Listing(
    report_name="Contact Persons",
    filters=(),
    sort_columns={"contact_person_id": "contact_person_id"},
    key="contact_person_id",
    default_sort="contact_person_id",
    default_order="A",
)


def _contact(call: FinanceCall) -> Contact:
    return contacts.find(call.db, call.ledger, call.id("contact_id"))


def _create(call: FinanceCall) -> Answer:
    contact = contacts.create(call)
    return success("The contact has been added.", status=201, contact=contact_views.detail(call, contact))


def _get(call: FinanceCall) -> Answer:
    return success(contact=contact_views.detail(call, _contact(call)))


def _change(call: FinanceCall) -> Answer:
    contact = contacts.change(call, _contact(call))
    return success("Contact information has been saved.", contact=contact_views.detail(call, contact))


def _upsert(call: FinanceCall) -> Answer:
    """`PUT /contacts`: change the contact a custom field names, or make it."""
    contact_id = unique_fields.named(call, "finance_contacts", "Contact")
    if not contact_id:
        contact = contacts.create(call)
        return success("The contact has been added.", contact=contact_views.detail(call, contact))
    contact = contacts.change(call, contacts.find(call.db, call.ledger, contact_id))
    return success("Contact information has been saved.", contact=contact_views.detail(call, contact))


def _remove(call: FinanceCall) -> Answer:
    contact = _contact(call)
    contacts.remove(call, contact)
    return success(f"The {contact.contact_type} has been deleted.")


def _activate(call: FinanceCall) -> Answer:
    contacts.set_status(call, _contact(call), "active")
    return success("The contact has been marked as active.")


def _deactivate(call: FinanceCall) -> Answer:
    contacts.set_status(call, _contact(call), "inactive")
    return success("The contact has been marked as inactive.")


def _statement(call: FinanceCall) -> Answer:
    return success(data=statements.default_letter(call, _contact(call)))


def _send_statement(call: FinanceCall) -> Answer:
    return statements.send(call, _contact(call))


def _person(call: FinanceCall) -> ContactPerson:
    return contact_persons.find(call.db, call.ledger, call.id("contact_person_id"))


def _shown(person: ContactPerson) -> dict[str, object]:
    return {"contact_id": person.contact_id, **person.shown()}


def _add_person(call: FinanceCall) -> Answer:
    """The first person of a contact is its primary one."""
    contact_id = call.fields.identifier("contact_id")
    if not contact_id:
        raise invalid_value("contact_id")
    contact = contacts.find(call.db, call.ledger, contact_id)
    alone = not contact_persons.of_contact(call.db, contact.contact_id)
    details = contact_persons.read(call.fields)
    person = contact_persons.add(call.sandbox, call.ledger, contact.contact_id, details, primary=alone)
    contacts.people_changed(call, contact.contact_id)
    return success("The contact person has been added.", status=201, contact_person=_shown(person))


def _get_person(call: FinanceCall) -> Answer:
    return success(contact_person=_shown(_person(call)))


def _get_person_of_contact(call: FinanceCall) -> Answer:
    person = _person(call)
    if person.contact_id != call.id("contact_id"):
        raise does_not_exist("Contact person")
    return success(contact_person=_shown(person))


def _change_person(call: FinanceCall) -> Answer:
    known = _person(call)
    if call.fields.identifier("contact_id") not in ("", known.contact_id):
        raise invalid_value("contact_id")
    details = contact_persons.read(call.fields, known)
    contact_persons.save(call.db, ContactPerson(known.contact_person_id, known.contact_id, known.is_primary, details))
    if contact_persons.says_primary(call.fields):
        contact_persons.make_primary(call.db, known)
    contacts.people_changed(call, known.contact_id)
    return success("Contact person's information has been saved.", contact_person=_shown(_person(call)))


def _remove_person(call: FinanceCall) -> Answer:
    """When the primary person goes, the earliest of the others takes over."""
    person = _person(call)
    contact_persons.remove(call.db, person.contact_person_id)
    others = contact_persons.of_contact(call.db, person.contact_id)
    if person.is_primary and others:
        contact_persons.make_primary(call.db, others[0])
    contacts.people_changed(call, person.contact_id)
    return success("The contact person has been deleted.")


def _list_people(call: FinanceCall) -> Answer:
    contact = _contact(call)
    base = Conditions()
    base.add("contact_id = ?", contact.contact_id)
    page = page_of(_PEOPLE, call.query, base)
    start = (page.page - 1) * page.per_page
    people = contact_persons.of_contact(call.db, contact.contact_id)[start : start + page.per_page + 1]
    return page_answer("contact_persons", [person.shown() for person in people], page)


def _list_all_people(call: FinanceCall) -> Answer:
    base = Conditions()
    base.add("ledger = ?", call.ledger)
    page = page_of(_PEOPLE, call.query, base)
    people = contact_persons.select(call.db, page)
    return page_answer("contact_persons", [_shown(person) for person in people], page)


def _make_primary(call: FinanceCall) -> Answer:
    person = _person(call)
    contact_persons.make_primary(call.db, person)
    contacts.people_changed(call, person.contact_id)
    return success("This contact person has been marked as your primary contact person.")


# Seen in Invoice; nobody has seen it in Books.
ALL_PEOPLE = offer("GET", "/contacts/contactpersons", _list_all_people, scope="contacts.READ")
_STATEMENT = "/contacts/{contact_id}/statements/email"
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
    offer("GET", _STATEMENT, _statement, scope="contacts.READ"),
    offer("POST", _STATEMENT, _send_statement, scope="contacts.CREATE"),
    offer("PUT", "/contacts", _upsert, scope="contacts.UPDATE"),
    *comment_offers("/contacts/{contact_id}", "contact_id", "contact", "contacts", _contact, "contact_comments"),
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
