"""The people at a customer; the primary one's name and address are the customer's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoho_sandbox.books import rows
from zoho_sandbox.books.errors import does_not_exist, in_use, invalid_value
from zoho_sandbox.books.operations import BooksCall
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.wire import decode, encode

LIMITS = {"salutation": 25, "first_name": 100, "last_name": 100, "email": 100, "phone": 50, "mobile": 50, "fax": 50}


@dataclass(frozen=True, slots=True)
class ContactPerson:
    contactperson_id: str
    customer_id: str
    is_primary: bool
    details: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        return {
            "contactperson_id": self.contactperson_id,
            "customer_id": self.customer_id,
            **self.details,
            "is_primary_contact": self.is_primary,
            "zcrm_contact_id": self.details.get("zcrm_contact_id", ""),
        }


def of_customer(books: BooksCall, customer_id: str) -> list[ContactPerson]:
    """The primary person first, the others as they were added."""
    found = books.db.query(
        "SELECT * FROM billing_contact_persons WHERE customer_id = ? ORDER BY is_primary DESC, contactperson_id",
        (customer_id,),
    )
    return [_from_row(row) for row in found]


def find(books: BooksCall, customer_id: str, contactperson_id: str) -> ContactPerson:
    """Raises BooksError 1002."""
    row = books.db.one(
        "SELECT * FROM billing_contact_persons WHERE customer_id = ? AND contactperson_id = ?",
        (customer_id, contactperson_id),
    )
    if row is None:
        raise does_not_exist("Contact person")
    return _from_row(row)


def _from_row(row: Any) -> ContactPerson:
    return ContactPerson(row["contactperson_id"], row["customer_id"], bool(row["is_primary"]), decode(row["document"]))


def read(fields: Fields, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """The texts of a person; what is absent stays as known. Raises BooksError without a name or an address."""
    details = dict.fromkeys(LIMITS, "") if known is None else dict(known)
    details |= {name: fields.text(name, limit) for name, limit in LIMITS.items() if name in fields}
    if details["email"] and "@" not in details["email"]:
        raise invalid_value("email")
    if not (details["first_name"] or details["last_name"] or details["email"]):
        raise invalid_value("email")
    return details


def add(books: BooksCall, customer_id: str, details: dict[str, Any], *, primary: bool) -> ContactPerson:
    now = books.now()
    contactperson_id = books.sandbox.new_id()
    written = books.organization.written(now)
    document = details | {"created_time": written, "updated_time": written}
    rows.insert(
        books.db,
        "billing_contact_persons",
        {
            "contactperson_id": contactperson_id,
            "customer_id": customer_id,
            "is_primary": primary,
            "created_at": now,
            "modified_at": now,
            "document": encode(document).decode(),
        },
    )
    return find(books, customer_id, contactperson_id)


def save(books: BooksCall, person: ContactPerson, details: dict[str, Any]) -> ContactPerson:
    now = books.now()
    document = details | {"updated_time": books.organization.written(now)}
    columns = {"modified_at": now, "document": encode(document).decode()}
    rows.update(books.db, "billing_contact_persons", columns, "contactperson_id", person.contactperson_id)
    return find(books, person.customer_id, person.contactperson_id)


def remove(books: BooksCall, person: ContactPerson) -> None:
    if person.is_primary:
        raise in_use("The primary contact person of a customer cannot be deleted.")
    books.db.execute("DELETE FROM billing_contact_persons WHERE contactperson_id = ?", (person.contactperson_id,))
