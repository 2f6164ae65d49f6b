"""The operations on organisations and their users."""

from __future__ import annotations

from zoho_sandbox.books import organizations, users
from zoho_sandbox.books.errors import invalid_value, not_authorized
from zoho_sandbox.books.listing import Conditions, Listing, page_of, search_filter
from zoho_sandbox.books.operations import (
    BooksCall,
    administrators_only,
    offer,
    open_offer,
    page_answer,
    success,
)
from zoho_sandbox.books.organizations import Organization
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.services import Service
from zoho_sandbox.calls import Answer, Call

_USER_STATUSES = {
    "Status.All": None,
    "Status.Active": "active",
    "Status.Inactive": "inactive",
    "Status.Invited": "invited",
}
_USERS = Listing(
    report_name="Users",
    filters=(search_filter("u.name", "u.email"),),
    sort_columns={"name": "u.name", "email": "u.email", "user_role": "u.role", "status": "u.status"},
    key="u.user_id",
    default_sort="name",
    default_order="A",
)


def listing(call: Call, service: Service) -> Answer:
    """`GET /organizations`: those of the service the caller is an active user of."""
    zuid = call.grant.user_id
    found = [
        organizations.summary(organization, users.signed_in(call.sandbox.db, organization.organization_id, zuid))
        for organization in organizations.of_user(call.sandbox.db, zuid, service.name)
    ]
    return success(organizations=found)


def one(call: Call, service: Service) -> Answer:
    """`GET /organizations/{id}`."""
    organization = _organization(call, service)
    member = users.signed_in(call.sandbox.db, organization.organization_id, call.grant.user_id)
    return success(organization=organizations.detail(organization, member))


def _organization(call: Call, service: Service) -> Organization:
    return organizations.find(call.sandbox.db, call.path["organization_id"], service.name)


def create(call: Call, service: Service) -> Answer:
    """`POST /organizations`: a new one, or one of another service that is named and joins this one."""
    owner = users.person(call.sandbox, call.grant.user_id)
    fields = Fields(call.body)
    if known := organizations.named(call, service):
        organization = organizations.join_from_request(call.sandbox, known, fields, owner, service.name)
    else:
        organization = organizations.from_request(call.sandbox, fields, owner, service.name)
    member = users.signed_in(call.sandbox.db, organization.organization_id, owner.zuid)
    return success(status=201, organization=organizations.detail(organization, member))


def change(call: Call, service: Service) -> Answer:
    """`PUT /organizations/{id}`: administrators only."""
    organization = _organization(call, service)
    member = users.signed_in(call.sandbox.db, organization.organization_id, call.grant.user_id)
    if not member.is_administrator:
        raise not_authorized()
    changed = organizations.changed_by_request(call.sandbox, organization, Fields(call.body))
    return success(organization=organizations.detail(changed, member))


def list_users(books: BooksCall) -> Answer:
    """`GET /users`."""
    wanted = books.query.get("filter_by") or "Status.All"
    if wanted not in _USER_STATUSES:
        raise invalid_value("filter_by")
    base = Conditions()
    base.add("u.organization_id = ?", books.organization_id)
    if status := _USER_STATUSES[wanted]:
        base.add("u.status = ?", status)
    page = page_of(_USERS, books.query, base)
    rows = users.select(books.db, page)
    return page_answer("users", [users.summary(user, books.user.zuid) for user in rows], page)


def _user(books: BooksCall) -> users.Member:
    return users.find(books.db, books.organization_id, books.id("user_id"))


def get_user(books: BooksCall) -> Answer:
    """`GET /users/{id}`."""
    return success(user=users.detail(_user(books), books.organization.time_zone))


def me(books: BooksCall) -> Answer:
    """`GET /users/me`."""
    return success(user=users.detail(books.user, books.organization.time_zone))


def _invite(books: BooksCall) -> Answer:
    administrators_only(books)
    fields = books.fields
    owner = users.invited_person(books.sandbox, fields.required_text("name", 200), _email(fields))
    role = users.role_of_request(books.db, books.organization_id, fields) or "staff"
    users.add_user(books.sandbox, books.organization_id, owner, role=role, status="invited")
    return success("Your invitation has been sent.")


def _email(fields: Fields) -> str:
    email = fields.required_text("email", 200)
    if "@" not in email:
        raise invalid_value("email")
    return email


def _change_user(books: BooksCall) -> Answer:
    administrators_only(books)
    fields = books.fields
    users.change_user(
        books.db,
        books.organization_id,
        _user(books),
        name=fields.required_text("name", 200),
        email=_email(fields),
        role=users.role_of_request(books.db, books.organization_id, fields),
    )
    return success("The user information has been updated.")


def _set_status(books: BooksCall, status: str) -> Answer:
    administrators_only(books)
    users.change_user(books.db, books.organization_id, _user(books), status=status)
    return success(f"The user has been marked as {status}.")


def _activate(books: BooksCall) -> Answer:
    return _set_status(books, "active")


def _deactivate(books: BooksCall) -> Answer:
    return _set_status(books, "inactive")


def _remove_user(books: BooksCall) -> Answer:
    administrators_only(books)
    users.remove_user(books.db, books.organization_id, _user(books))
    return success("The user has been removed from your organization.")


OFFERS = (
    open_offer("GET", "/organizations", listing, scope="settings.READ"),
    open_offer("POST", "/organizations", create, scope="settings.CREATE"),
    open_offer("GET", "/organizations/{organization_id}", one, scope="settings.READ"),
    open_offer("PUT", "/organizations/{organization_id}", change, scope="settings.UPDATE"),
    offer("POST", "/users", _invite, scope="settings.CREATE"),
    offer("GET", "/users", list_users, scope="settings.READ"),
    offer("GET", "/users/me", me, scope="settings.READ"),
    offer("GET", "/users/{user_id}", get_user, scope="settings.READ"),
    offer("PUT", "/users/{user_id}", _change_user, scope="settings.UPDATE"),
    offer("DELETE", "/users/{user_id}", _remove_user, scope="settings.DELETE"),
    offer("POST", "/users/{user_id}/active", _activate, scope="settings.CREATE"),
    offer("POST", "/users/{user_id}/inactive", _deactivate, scope="settings.CREATE"),
)
