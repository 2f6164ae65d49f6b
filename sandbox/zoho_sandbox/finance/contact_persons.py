"""The people at a contact; one of them is the primary one, whose name and e-mail stand for the contact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zoho_sandbox.database import Database
from zoho_sandbox.finance.errors import does_not_exist, invalid_value
from zoho_sandbox.finance.listing import Page
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.wire import decode, encode

_LIMITS = {
    "salutation": 25,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "phone": 50,
    "mobile": 50,
    "skype": 50,
    "designation": 100,
    "department": 50,
    "fax": 50,
}


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """`details` are the texts by name; `zcrm_contact_id` is only ever filled by Zoho's own integration."""

    contact_person_id: str
    contact_id: str
    is_primary: bool
    details: dict[str, str]

    def shown(self) -> dict[str, Any]:
        return {
            "contact_person_id": self.contact_person_id,
            **{name: text for name, text in self.details.items() if name != "fax"},
            "is_primary_contact": self.is_primary,
            "is_added_in_portal": False,
            "can_invite": True,
            "status": "active",
            "zcrm_contact_id": "",
            "communication_preference": {
                "is_email_enabled": True,
                "is_sms_enabled": False,
                "is_whatsapp_enabled": False,
            },
        }


NOBODY = ContactPerson("", "", False, dict.fromkeys(_LIMITS, ""))


def read(fields: Fields, known: ContactPerson | None = None) -> dict[str, str]:
    """The texts of a person; what is absent stays as known. A person needs a name or an e-mail address."""
    details = dict.fromkeys(_LIMITS, "") if known is None else dict(known.details)
    details |= {name: fields.text(name, limit) for name, limit in _LIMITS.items() if name in fields}
    if not (details["first_name"] or details["last_name"] or details["email"]):
        raise invalid_value("first_name")
    if details["email"] and "@" not in details["email"]:
        raise invalid_value("email")
    return details


def keep_primary(sandbox: Sandbox, ledger: str, contact_id: str, fields: Fields) -> None:
    """Write what a contact's own fields say of its primary person, who is made where there is none."""
    given = {name: fields.text(name, limit) for name, limit in _LIMITS.items() if name in fields}
    if given.get("email") and "@" not in given["email"]:
        raise invalid_value("email")
    primary = primary_of(of_contact(sandbox.db, contact_id))
    if primary is not NOBODY:
        save(sandbox.db, replace(primary, details=primary.details | given))
    elif any(given.values()):
        add(sandbox, ledger, contact_id, NOBODY.details | given, primary=True)


def says_primary(fields: Fields) -> bool:
    """Whether a request makes its person the primary one; clients write "none" where they mean no."""
    return fields.raw("is_primary_contact") != "none" and fields.flag("is_primary_contact")


def add(sandbox: Sandbox, ledger: str, contact_id: str, details: dict[str, str], *, primary: bool) -> ContactPerson:
    person = ContactPerson(sandbox.new_id(), contact_id, primary, details)
    sandbox.db.execute(
        "INSERT INTO finance_contact_persons VALUES (?, ?, ?, ?, ?)",
        (person.contact_person_id, ledger, contact_id, primary, encode(details).decode()),
    )
    return person


def save(database: Database, person: ContactPerson) -> None:
    database.execute(
        "UPDATE finance_contact_persons SET is_primary = ?, document = ? WHERE contact_person_id = ?",
        (person.is_primary, encode(person.details).decode(), person.contact_person_id),
    )


def replace_all(sandbox: Sandbox, ledger: str, contact_id: str, rows: list[Fields]) -> list[ContactPerson]:
    """Make `rows` the people of a contact: those with an id are changed, others added, the rest removed."""
    known = {person.contact_person_id: person for person in of_contact(sandbox.db, contact_id)}
    flagged = [index for index, row in enumerate(rows) if says_primary(row)]
    primary = flagged[0] if flagged else 0
    kept = []
    for index, row in enumerate(rows):
        person_id = row.identifier("contact_person_id")
        if not person_id:
            details = read(row)
            kept.append(add(sandbox, ledger, contact_id, details, primary=index == primary))
            continue
        if person_id not in known:
            raise invalid_value("contact_person_id")
        person = ContactPerson(person_id, contact_id, index == primary, read(row, known[person_id]))
        save(sandbox.db, person)
        kept.append(person)
    for person_id in known.keys() - {person.contact_person_id for person in kept}:
        remove(sandbox.db, person_id)
    return kept


def remove(database: Database, contact_person_id: str) -> None:
    database.execute("DELETE FROM finance_contact_persons WHERE contact_person_id = ?", (contact_person_id,))


def make_primary(database: Database, person: ContactPerson) -> None:
    """The chosen person becomes the contact's only primary one."""
    database.execute(
        "UPDATE finance_contact_persons SET is_primary = (contact_person_id = ?) WHERE contact_id = ?",
        (person.contact_person_id, person.contact_id),
    )


def find(database: Database, ledger: str, contact_person_id: str) -> ContactPerson:
    row = database.one(
        "SELECT * FROM finance_contact_persons WHERE contact_person_id = ? AND ledger = ?",
        (contact_person_id, ledger),
    )
    if row is None:
        raise does_not_exist("Contact person")
    return _from_row(row)


def of_contact(database: Database, contact_id: str) -> list[ContactPerson]:
    """The people of a contact in the order they were added."""
    rows = database.query(
        "SELECT * FROM finance_contact_persons WHERE contact_id = ? ORDER BY contact_person_id", (contact_id,)
    )
    return [_from_row(row) for row in rows]


def select(database: Database, page: Page) -> list[ContactPerson]:
    """The people a page asks for, whosever they are."""
    rows = page.rows(database, "SELECT * FROM finance_contact_persons")
    return [_from_row(row) for row in rows]


def primary_of(people: list[ContactPerson]) -> ContactPerson:
    return next((person for person in people if person.is_primary), NOBODY)


def _from_row(row: Any) -> ContactPerson:
    return ContactPerson(row["contact_person_id"], row["contact_id"], bool(row["is_primary"]), decode(row["document"]))
