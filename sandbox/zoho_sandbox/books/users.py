"""The users of an organisation and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoho_sandbox.books.errors import does_not_exist
from zoho_sandbox.books.listing import Page
from zoho_sandbox.books.times import stamp, written
from zoho_sandbox.database import Database
from zoho_sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Owner:
    """A person of the accounts server who is to become a user of an organisation."""

    zuid: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user of one organisation; `zuid` is who they are at the accounts server."""

    user_id: str
    zuid: str
    name: str
    email: str
    role: str
    status: str
    created_at: int


def administrator(sandbox: Sandbox) -> Owner:
    """The administrator of the sandbox's company: the first person of the accounts server."""
    row = sandbox.db.one("SELECT user_id, full_name, email FROM accounts_person ORDER BY user_id LIMIT 1")
    if row is None:
        raise LookupError("the accounts server knows nobody who could own a Books organisation")
    return Owner(row["user_id"], row["full_name"], row["email"])


def person(sandbox: Sandbox, zuid: str) -> Owner:
    """The person behind a grant."""
    row = sandbox.db.one("SELECT full_name, email FROM accounts_person WHERE user_id = ?", (zuid,))
    if row is None:
        raise does_not_exist("User")
    return Owner(zuid, row["full_name"], row["email"])


def add_user(
    sandbox: Sandbox, organization_id: str, owner: Owner, *, role: str = "admin", status: str = "active"
) -> str:
    """Make a person a user of an organisation; returns the user id."""
    user_id = sandbox.new_id()
    now = stamp(sandbox.clock.now())
    sandbox.db.execute(
        "INSERT INTO books_users VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (user_id, organization_id, owner.zuid, owner.name, owner.email, role, status, now),
    )
    return user_id


def member(database: Database, organization_id: str, zuid: str) -> Member | None:
    """Who a signed-in person is in an organisation; None when they are no active user of it."""
    row = database.one(
        "SELECT * FROM books_users WHERE zuid = ? AND organization_id = ? AND status = 'active'",
        (zuid, organization_id),
    )
    return None if row is None else _from_row(row)


def select(database: Database, page: Page) -> list[Member]:
    """The users on a page, and one more where there are more."""
    rows = database.query(
        f"SELECT * FROM books_users WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    return [_from_row(row) for row in rows]


def find(database: Database, organization_id: str, user_id: str) -> Member:
    row = database.one(
        "SELECT * FROM books_users WHERE organization_id = ? AND user_id = ?", (organization_id, user_id)
    )
    if row is None:
        raise does_not_exist("User")
    return _from_row(row)


def _from_row(row: Any) -> Member:
    return Member(**{name: row[name] for name in row.keys() if name != "organization_id"})  # noqa: SIM118


def summary(user: Member, current_zuid: str) -> dict[str, Any]:
    """A row of `GET /users`."""
    return {
        "user_id": user.user_id,
        "role_id": f"{user.user_id[:-1]}0",
        "name": user.name,
        "email": user.email,
        "user_role": user.role,
        "status": user.status,
        "is_current_user": user.zuid == current_zuid,
        "photo_url": "",
        "is_customer_segmented": False,
        "is_vendor_segmented": False,
        "user_type": "zoho",
    }


def detail(user: Member, time_zone: str) -> dict[str, Any]:
    """The answer of `GET /users/{id}` and `GET /users/me`."""
    return {
        "user_id": user.user_id,
        "name": user.name,
        "email": user.email,
        "email_ids": [{"is_selected": True, "email": user.email}],
        "status": user.status,
        "user_role": user.role,
        "user_type": "zoho",
        "role_id": f"{user.user_id[:-1]}0",
        "photo_url": "",
        "is_employee": False,
        "created_time": written(user.created_at, time_zone),
        "custom_fields": "",
    }
