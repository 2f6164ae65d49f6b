"""The operations on organisations and their users."""

from __future__ import annotations

from zoho_sandbox.books import organizations, users
from zoho_sandbox.books.errors import does_not_exist, invalid_value, wrong_organization
from zoho_sandbox.books.listing import Conditions, Listing, page_of, search_filter
from zoho_sandbox.books.operations import BooksCall, open_operation, operation, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer, Call

_USER_STATUSES = {
    "Status.All": None,
    "Status.Active": "active",
    "Status.Inactive": "inactive",
    "Status.Invited": "invited",
}
_USERS = Listing(
    report_name="Users",
    filters=(search_filter("name", "email"),),
    sort_columns={"name": "name", "email": "email", "user_role": "role", "status": "status"},
    key="user_id",
    default_sort="name",
    default_order="A",
)


def _list(call: Call) -> Answer:
    found = []
    for organization in organizations.of_user(call.sandbox.db, call.grant.user_id):
        member = users.member(call.sandbox.db, organization.organization_id, call.grant.user_id)
        if member is not None:
            found.append(organizations.summary(organization, member))
    return success(organizations=found)


def _get(call: Call) -> Answer:
    organization = organizations.find(call.sandbox.db, call.path["organization_id"])
    member = users.member(call.sandbox.db, organization.organization_id, call.grant.user_id)
    if member is None:
        raise wrong_organization(organization.organization_id)
    return success(organization=organizations.detail(organization, member))


def _create(call: Call) -> Answer:
    owner = users.person(call.sandbox, call.grant.user_id)
    organization = organizations.from_request(call.sandbox, Fields(call.body), owner)
    member = users.member(call.sandbox.db, organization.organization_id, owner.zuid)
    if member is None:
        raise does_not_exist("User")
    return success(status=201, organization=organizations.detail(organization, member))


def _list_users(books: BooksCall) -> Answer:
    wanted = books.query.get("filter_by") or "Status.All"
    if wanted not in _USER_STATUSES:
        raise invalid_value("filter_by")
    base = Conditions()
    base.add("organization_id = ?", books.organization_id)
    if status := _USER_STATUSES[wanted]:
        base.add("status = ?", status)
    page = page_of(_USERS, books.query, base)
    rows = users.select(books.db, page)
    return page_answer("users", [users.summary(user, books.user.zuid) for user in rows], page)


def _get_user(books: BooksCall) -> Answer:
    user = users.find(books.db, books.organization_id, books.id("user_id"))
    return success(user=users.detail(user, books.organization.time_zone))


def _me(books: BooksCall) -> Answer:
    return success(user=users.detail(books.user, books.organization.time_zone))


OPERATIONS = (
    open_operation("GET", "/organizations", _list, scope="settings.READ"),
    open_operation("POST", "/organizations", _create, scope="settings.CREATE"),
    open_operation("GET", "/organizations/{organization_id}", _get, scope="settings.READ"),
    operation("GET", "/users", _list_users, scope="settings.READ"),
    operation("GET", "/users/me", _me, scope="settings.READ"),
    operation("GET", "/users/{user_id}", _get_user, scope="settings.READ"),
)
