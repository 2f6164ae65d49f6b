"""The users of an organisation and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zoho_sandbox.database import Database
from zoho_sandbox.finance.errors import (
    already_exists,
    does_not_exist,
    in_use,
    invalid_value,
    not_authorized,
    wrong_organization,
)
from zoho_sandbox.finance.listing import Page
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import stamp, written
from zoho_sandbox.sandbox import Sandbox

ROLES = ("admin", "staff", "timesheet_staff")
STATUSES = ("active", "inactive", "invited")
_COLUMNS = """
SELECT u.user_id, u.zuid, u.name, u.email, u.role, u.status, u.created_at, r.role_id
FROM finance_users u JOIN finance_roles r ON r.organization_id = u.organization_id AND r.name = u.role
"""


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
    role_id: str
    status: str
    created_at: int

    @property
    def is_administrator(self) -> bool:
        return self.role == "admin"


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


def invited_person(sandbox: Sandbox, name: str, email: str) -> Owner:
    """The person an invitation is for: whoever signs in with the address, or a person not known yet."""
    row = sandbox.db.one("SELECT user_id, full_name FROM accounts_person WHERE email = ? COLLATE NOCASE", (email,))
    return Owner(f"invited:{email}", name, email) if row is None else Owner(row["user_id"], row["full_name"], email)


def add_roles(sandbox: Sandbox, organization_id: str) -> None:
    """The roles of a new organisation."""
    sandbox.db.executemany(
        "INSERT INTO finance_roles VALUES (?, ?, ?)", [(sandbox.new_id(), organization_id, role) for role in ROLES]
    )


def add_user(
    sandbox: Sandbox, organization_id: str, owner: Owner, *, role: str = "admin", status: str = "active"
) -> str:
    """Make a person a user of an organisation; returns the user id. Raises FinanceError."""
    _check(role, status)
    taken = "SELECT 1 FROM finance_users WHERE organization_id = ? AND (zuid = ? OR email = ? COLLATE NOCASE)"
    if sandbox.db.value(taken, (organization_id, owner.zuid, owner.email)):
        raise already_exists("User", owner.email)
    user_id = sandbox.new_id()
    now = stamp(sandbox.clock.now())
    sandbox.db.execute(
        "INSERT INTO finance_users VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (user_id, organization_id, owner.zuid, owner.name, owner.email, role, status, now),
    )
    return user_id


def change_user(
    database: Database,
    organization_id: str,
    user: Member,
    *,
    name: str | None = None,
    email: str | None = None,
    role: str | None = None,
    status: str | None = None,
) -> None:
    """Change what is given. An organisation keeps at least one active administrator; raises FinanceError."""
    role, status = role or user.role, status or user.status
    _check(role, status)
    if user.is_administrator and user.status == "active" and (role != "admin" or status != "active"):
        _keep_an_administrator(database, organization_id, user)
    database.execute(
        "UPDATE finance_users SET name = ?, email = ?, role = ?, status = ? WHERE user_id = ?",
        (name or user.name, email or user.email, role, status, user.user_id),
    )


def remove_user(database: Database, organization_id: str, user: Member) -> None:
    if user.is_administrator:
        _keep_an_administrator(database, organization_id, user)
    database.execute("DELETE FROM finance_users WHERE user_id = ?", (user.user_id,))


def _keep_an_administrator(database: Database, organization_id: str, user: Member) -> None:
    others = database.value(
        "SELECT 1 FROM finance_users WHERE organization_id = ? AND role = 'admin' AND status = 'active'"
        " AND user_id <> ?",
        (organization_id, user.user_id),
    )
    if not others:
        raise in_use("An organization needs at least one active administrator.")


def _check(role: str, status: str) -> None:
    if role not in ROLES:
        raise invalid_value("role")
    if status not in STATUSES:
        raise invalid_value("status")


def role_of_request(database: Database, organization_id: str, fields: Fields) -> str | None:
    """The role a request's `role_id` names; None where it names none."""
    role_id = fields.identifier("role_id")
    if not role_id:
        return None
    name = database.value(
        "SELECT name FROM finance_roles WHERE role_id = ? AND organization_id = ?", (role_id, organization_id)
    )
    if name is None:
        raise invalid_value("role_id")
    return str(name)


def roles(database: Database, organization_id: str) -> dict[str, str]:
    """Role ids by name."""
    rows = database.query("SELECT name, role_id FROM finance_roles WHERE organization_id = ?", (organization_id,))
    return {row["name"]: row["role_id"] for row in rows}


def member(database: Database, organization_id: str, zuid: str) -> Member | None:
    """Who a signed-in person is in an organisation; None when they are no active user of it."""
    user = _known(database, organization_id, zuid)
    return user if user is not None and user.status == "active" else None


def signed_in(database: Database, organization_id: str, zuid: str) -> Member:
    """Who calls; raises FinanceError 6041 for a stranger, 57 for a user who is not active."""
    user = _known(database, organization_id, zuid)
    if user is None or user.status == "invited":
        raise wrong_organization(organization_id)
    if user.status != "active":
        raise not_authorized()
    return user


def _known(database: Database, organization_id: str, zuid: str) -> Member | None:
    row = database.one(f"{_COLUMNS} WHERE u.zuid = ? AND u.organization_id = ?", (zuid, organization_id))
    return None if row is None else Member(**dict(row))


def select(database: Database, page: Page) -> list[Member]:
    """The users on a page, and one more where there are more."""
    rows = page.rows(database, _COLUMNS)
    return [Member(**dict(row)) for row in rows]


def every(database: Database, organization_id: str) -> list[Member]:
    """The users of an organisation in the order they came."""
    rows = database.query(f"{_COLUMNS} WHERE u.organization_id = ? ORDER BY u.user_id", (organization_id,))
    return [Member(**dict(row)) for row in rows]


def find(database: Database, organization_id: str, user_id: str) -> Member:
    row = database.one(f"{_COLUMNS} WHERE u.organization_id = ? AND u.user_id = ?", (organization_id, user_id))
    if row is None:
        raise does_not_exist("User")
    return Member(**dict(row))


def summary(user: Member, current_zuid: str) -> dict[str, Any]:
    """A row of `GET /users`."""
    return {
        "user_id": user.user_id,
        "role_id": user.role_id,
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
        "role_id": user.role_id,
        "photo_url": "",
        "is_employee": False,
        "created_time": written(user.created_at, time_zone),
        "custom_fields": "",
    }
