"""The finance organisations over HTTP: making them by hand, the services they use, and their users."""

from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html, table
from zoho_sandbox.database import Database
from zoho_sandbox.finance import limits, organizations, users
from zoho_sandbox.finance.errors import FinanceError
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.services import SERVICES

_MADE = ("name", "currency_code", "time_zone", "plan_name", "services", "owner_email", "details")
_JOINING = ("email", "name", "role", "status")


def listed(call: Call) -> Answer:
    """`GET /_sandbox/organizations`: all of them, with their services and users."""
    found = [_shown(call.sandbox.db, organization) for organization in organizations.every(call.sandbox.db)]
    if not prefers_html(call.headers):
        return Answer(200, {"organizations": found})
    head = ("Id", "Name", "Currency", "Services", "Users")
    rows = [
        (
            each["organization_id"],
            each["name"],
            each["currency_code"],
            ", ".join(each["services"]),
            ", ".join(f"{user['email']} ({user['role']}, {user['status']})" for user in each["users"]),
        )
        for each in found
    ]
    return html_answer("Organizations", table(head, rows))


def create(call: Call) -> Answer:
    """`POST /_sandbox/organizations` `{"name", "currency_code", "time_zone", "services", "owner_email"?, …}`."""

    def make() -> Organization:
        _known(call, _MADE)
        given = {"currency_code": "JPY", "time_zone": "Asia/Tokyo", "services": ["books"], **call.body}
        email = given.pop("owner_email", None)
        owner = users.administrator(call.sandbox) if email is None else _person(call, str(email))
        if "name" not in given:
            raise ValueError("name is missing")
        made = organizations.create_organization(call.sandbox, owner=owner, **given)
        return organizations.find(call.sandbox.db, made)

    return _answered(call, make, 201)


def set_services(call: Call) -> Answer:
    """`PUT /_sandbox/organizations/{id}/services` `{"services": ["books", "invoice", "expense", "billing"]}`."""

    def change() -> Organization:
        organization = organizations.find(call.sandbox.db, call.path["id"])
        wanted = call.body.get("services")
        if not isinstance(wanted, list) or not set(wanted) <= set(SERVICES):
            raise ValueError(f"services is {wanted!r}; it must be a list of some of {list(SERVICES)}")
        for service in SERVICES:
            move = organizations.join if service in wanted else organizations.leave
            move(call.sandbox, organization.organization_id, service)
        return organization

    return _answered(call, change, 200)


def set_limits(call: Call) -> Answer:
    """`PUT /_sandbox/organizations/{id}/limits` `{"service": "books", "per_day"?: 60, "per_minute"?: 1000}`."""

    def change() -> Organization:
        _known(call, ("service", "per_day", "per_minute"))
        organization = organizations.find(call.sandbox.db, call.path["id"])
        service = SERVICES.get(str(call.body.get("service")))
        if service is None:
            raise ValueError(f"service is {call.body.get('service')!r}; it must be one of {list(SERVICES)}")
        given = {name: call.body.get(name) for name in ("per_day", "per_minute")}
        for name, value in given.items():
            if value is not None and (not isinstance(value, int) or value < 1):
                raise ValueError(f"{name} is {value!r}; it must be a number of calls")
        limits.set_limits(call.sandbox, service, organization.organization_id, limits.Limits(**given))
        return organization

    return _answered(call, change, 200)


def add_user(call: Call) -> Answer:
    """`POST /_sandbox/organizations/{id}/users` `{"email", "name"?, "role"?, "status"?}`; without "name" it is
    somebody who can sign in."""

    def add() -> Organization:
        _known(call, _JOINING)
        organization = organizations.find(call.sandbox.db, call.path["id"])
        email = str(call.body.get("email", ""))
        name = call.body.get("name")
        owner = _person(call, email) if name is None else users.invited_person(call.sandbox, str(name), email)
        users.add_user(
            call.sandbox,
            organization.organization_id,
            owner,
            role=str(call.body.get("role", "staff")),
            status=str(call.body.get("status", "active")),
        )
        return organization

    return _answered(call, add, 201)


def change_user(call: Call) -> Answer:
    """`PUT /_sandbox/organizations/{id}/users/{user_id}` `{"role"?, "status"?}`, as an administrator would."""

    def change() -> Organization:
        _known(call, ("role", "status"))
        organization = organizations.find(call.sandbox.db, call.path["id"])
        user = users.find(call.sandbox.db, organization.organization_id, call.path["user_id"])
        users.change_user(
            call.sandbox.db,
            organization.organization_id,
            user,
            role=call.body.get("role"),
            status=call.body.get("status"),
        )
        return organization

    return _answered(call, change, 200)


def _known(call: Call, valid: tuple[str, ...]) -> None:
    unknown = sorted(set(call.body) - set(valid))
    if unknown:
        raise ValueError(f"unknown keys {unknown}; valid are {list(valid)}")


def _person(call: Call, email: str) -> users.Owner:
    found = users.invited_person(call.sandbox, "", email)
    if not found.name:
        raise ValueError(f"email is {email!r}; nobody signs in with it (see /_sandbox/people)")
    return found


def _answered(call: Call, act: Callable[[], Organization], status: int) -> Answer:
    try:
        with call.sandbox.db.transaction():
            shown = _shown(call.sandbox.db, act())
    except (FinanceError, ValueError, TypeError) as error:
        return Answer(400, {"message": str(error)})
    return Answer(status, {"organization": shown})


def _shown(database: Database, organization: Organization) -> dict[str, Any]:
    return {
        "organization_id": organization.organization_id,
        "name": organization.name,
        "currency_code": organization.currency_code,
        "time_zone": organization.time_zone,
        "plan_name": organization.plan_name,
        "is_default_org": organization.is_default,
        "services": [
            name for name in SERVICES if name in organizations.services_of(database, organization.organization_id)
        ],
        "users": [
            {name: getattr(user, name) for name in ("user_id", "zuid", "name", "email", "role", "status")}
            for user in users.every(database, organization.organization_id)
        ],
    }
