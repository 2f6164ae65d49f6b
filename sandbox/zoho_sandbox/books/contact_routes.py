"""The operations on contacts, their contact persons and further addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho_sandbox.books import contact_views
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts, custom_fields, statements
from zoho_sandbox.finance.comments import comment_offers
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.errors import does_not_exist, invalid_value
from zoho_sandbox.finance.listing import Listing, equal, page_of
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, status_offers, success

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
    contact_id = custom_fields.record_named(call, "finance_contacts", "Contact")
    if not contact_id:
        contact = contacts.create(call)
        return success("The contact has been added.", contact=contact_views.detail(call, contact))
    contact = contacts.change(call, contacts.find(call.db, call.ledger, contact_id))
    return success("Contact information has been saved.", contact=contact_views.detail(call, contact))


def _remove(call: FinanceCall) -> Answer:
    contact = _contact(call)
    contacts.remove(call, contact)
    return success(f"The {contact.contact_type} has been deleted.")


def _set_status(call: FinanceCall, status: str) -> Answer:
    contacts.set_status(call, _contact(call), status)
    return success(f"The contact has been marked as {status}.")


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
    base = equal({"contact_id": contact.contact_id})
    page = page_of(_PEOPLE, call.query, base)
    start = (page.page - 1) * page.per_page
    people = contact_persons.of_contact(call.db, contact.contact_id)[start : start + page.per_page + 1]
    return page_answer("contact_persons", [person.shown() for person in people], page)


def _list_all_people(call: FinanceCall) -> Answer:
    base = equal({"ledger": call.ledger})
    page = page_of(_PEOPLE, call.query, base)
    people = contact_persons.select(call.db, page)
    return page_answer("contact_persons", [_shown(person) for person in people], page)


def _make_primary(call: FinanceCall) -> Answer:
    person = _person(call)
    contact_persons.make_primary(call.db, person)
    contacts.people_changed(call, person.contact_id)
    return success("This contact person has been marked as your primary contact person.")


Address = dict[str, str]


def _addresses(call: FinanceCall) -> tuple[Contact, list[Address]]:
    contact = _contact(call)
    return contact, contact.document["addresses"]


def _list_addresses(call: FinanceCall) -> Answer:
    return success(addresses=_addresses(call)[1])


def _add_address(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    added = contacts.address(contacts.blank_address(call.sandbox.new_id()), call.fields)
    contacts.amend(call, contact, {"addresses": [*known, added]})
    return success("The address has been created.", address_info=added)


def _change_address(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    changed = contacts.address(_named_address(call, known), call.fields)
    kept = [changed if each["address_id"] == changed["address_id"] else each for each in known]
    contacts.amend(call, contact, {"addresses": kept})
    return success("The address has been updated.", address_info=changed)


def _remove_address(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    gone = _named_address(call, known)
    contacts.amend(call, contact, {"addresses": [each for each in known if each is not gone]})
    return success("The address has been deleted.")


def _named_address(call: FinanceCall, known: list[Address]) -> Address:
    for each in known:
        if each["address_id"] == call.id("address_id"):
            return each
    raise does_not_exist("Address")


def _switch(name: str, value: bool, message: str) -> Callable[[FinanceCall], Answer]:
    def switched(call: FinanceCall) -> Answer:
        contacts.amend(call, _contact(call), {name: value})
        return success(message)

    return switched


def _refunds(call: FinanceCall) -> Answer:
    """Refunds are not emulated, so there are none."""
    _contact(call)
    page: dict[str, Any] = {"page": 1, "per_page": 200, "has_more_page": False, "report_name": "Refunds"}
    return success(creditnote_refunds=[], page_context=page)


_CONTACT = "/contacts/{contact_id}"
_ADDRESS = f"{_CONTACT}/address/{{address_id}}"
_REMINDERS = "All reminders associated with this contact have been {done}."
# Recorded in Invoice, not in Books.
ALL_PEOPLE = offer("GET", "/contacts/contactpersons", _list_all_people, scope="contacts.READ")
_STATEMENT = f"{_CONTACT}/statements/email"
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
    *status_offers(_CONTACT, "contacts.CREATE", _set_status),
    offer("GET", "/contacts/{contact_id}/contactpersons", _list_people, scope="contacts.READ"),
    offer(
        "GET",
        "/contacts/{contact_id}/contactpersons/{contact_person_id}",
        _get_person_of_contact,
        scope="contacts.READ",
    ),
    offer("GET", f"{_CONTACT}/address", _list_addresses, scope="contacts.READ"),
    offer("POST", f"{_CONTACT}/address", _add_address, scope="contacts.CREATE"),
    offer("PUT", _ADDRESS, _change_address, scope="contacts.UPDATE"),
    offer("DELETE", _ADDRESS, _remove_address, scope="contacts.DELETE"),
    offer("GET", f"{_CONTACT}/refunds", _refunds, scope="contacts.READ"),
    *(
        offer("POST", f"{_CONTACT}/{path}", _switch(name, value, message), scope="contacts.CREATE")
        for path, name, value, message in (
            ("paymentreminder/enable", "payment_reminder_enabled", True, _REMINDERS.format(done="enabled")),
            ("paymentreminder/disable", "payment_reminder_enabled", False, _REMINDERS.format(done="stopped")),
            ("track1099", "track_1099", True, "1099 tracking is enabled."),
            ("untrack1099", "track_1099", False, "1099 tracking is disabled."),
        )
    ),
)
