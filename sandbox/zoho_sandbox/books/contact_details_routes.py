"""What a contact has beside its own fields: further addresses, reminders on or off, refunds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contacts
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.errors import does_not_exist
from zoho_sandbox.finance.operations import FinanceCall, offer, success

Address = dict[str, str]


def _contact(call: FinanceCall) -> Contact:
    return contacts.find(call.db, call.ledger, call.id("contact_id"))


def _addresses(call: FinanceCall) -> tuple[Contact, list[Address]]:
    contact = _contact(call)
    return contact, contact.document["addresses"]


def _list(call: FinanceCall) -> Answer:
    return success(addresses=_addresses(call)[1])


def _add(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    added = contacts.address(contacts.blank_address(call.sandbox.new_id()), call.fields)
    contacts.amend(call, contact, {"addresses": [*known, added]})
    return success("The address has been created.", address_info=added)


def _change(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    changed = contacts.address(_named(call, known), call.fields)
    kept = [changed if each["address_id"] == changed["address_id"] else each for each in known]
    contacts.amend(call, contact, {"addresses": kept})
    return success("The address has been updated.", address_info=changed)


def _remove(call: FinanceCall) -> Answer:
    contact, known = _addresses(call)
    gone = _named(call, known)
    contacts.amend(call, contact, {"addresses": [each for each in known if each is not gone]})
    return success("The address has been deleted.")


def _named(call: FinanceCall, known: list[Address]) -> Address:
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
OFFERS = (
    offer("GET", f"{_CONTACT}/address", _list, scope="contacts.READ"),
    offer("POST", f"{_CONTACT}/address", _add, scope="contacts.CREATE"),
    offer("PUT", _ADDRESS, _change, scope="contacts.UPDATE"),
    offer("DELETE", _ADDRESS, _remove, scope="contacts.DELETE"),
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
