"""The users of a finance organisation."""

from tsunagi import Person
from tsunagi_zoho.finance.calls import OrganizationCalls, object_in
from tsunagi_zoho.finance.row import Row

_ADMINISTRATOR = "admin"
_ACTIVE = "active"


def current_person(calls: OrganizationCalls) -> Person:
    """Whom the refresh token belongs to. One call."""
    return _person(Row(calls.service, "user", object_in(calls.get("/users/me"), "user")))


def all_people(calls: OrganizationCalls) -> tuple[Person, ...]:
    """Everybody, the invited and the deactivated too; one call a page."""
    rows = calls.rows("/users", "users", {"filter_by": "Status.All"})
    return tuple(_person(Row(calls.service, "user", data)) for data in rows)


def _person(row: Row) -> Person:
    role = row.text("user_role")
    return Person(
        service=row.service,
        id=row.required_text("user_id"),
        email=row.text("email"),
        name=row.text("name"),
        profile=role,
        administrator=role.casefold() == _ADMINISTRATOR,
        # Somebody invited has not come in yet.
        active=row.text("status").casefold() == _ACTIVE,
    )
