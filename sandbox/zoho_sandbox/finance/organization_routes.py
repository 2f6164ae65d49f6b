"""The operations on organisations and their users."""

from __future__ import annotations

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.finance import organizations, users
from zoho_sandbox.finance.errors import invalid_value, not_authorized
from zoho_sandbox.finance.listing import Conditions, Listing, page_of, search_filter
from zoho_sandbox.finance.operations import (
    FinanceCall,
    administrators_only,
    offer,
    open_offer,
    page_answer,
    success,
)
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import Service

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


def of_user(call: Call, service: Service) -> Answer:
    """`GET /organizations/user`: as the list, narrowed to those the caller administers where the query says so."""
    answer = listing(call, service)
    if call.query.get("show_admin_orgs_only") != "true" or not isinstance(answer.body, dict):
        return answer
    return success(organizations=[each for each in answer.body["organizations"] if each["user_role"] == "admin"])


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


def list_users(call: FinanceCall) -> Answer:
    """`GET /users`."""
    wanted = call.query.get("filter_by") or "Status.All"
    if wanted not in _USER_STATUSES:
        raise invalid_value("filter_by")
    base = Conditions()
    base.add("u.organization_id = ?", call.organization_id)
    if status := _USER_STATUSES[wanted]:
        base.add("u.status = ?", status)
    page = page_of(_USERS, call.query, base)
    rows = users.select(call.db, page)
    return page_answer("users", [users.summary(user, call.user.zuid) for user in rows], page)


def _user(call: FinanceCall) -> users.Member:
    return users.find(call.db, call.organization_id, call.id("user_id"))


def get_user(call: FinanceCall) -> Answer:
    """`GET /users/{id}`."""
    return success(user=users.detail(_user(call), call.organization.time_zone))


def me(call: FinanceCall) -> Answer:
    """`GET /users/me`."""
    return success(user=users.detail(call.user, call.organization.time_zone))


def _invite(call: FinanceCall) -> Answer:
    administrators_only(call)
    fields = call.fields
    owner = users.invited_person(call.sandbox, fields.required_text("name", 200), _email(fields))
    role = users.role_of_request(call.db, call.organization_id, fields) or "staff"
    users.add_user(call.sandbox, call.organization_id, owner, role=role, status="invited")
    return success("Your invitation has been sent.")


def _email(fields: Fields) -> str:
    email = fields.required_text("email", 200)
    if "@" not in email:
        raise invalid_value("email")
    return email


def _change_user(call: FinanceCall) -> Answer:
    administrators_only(call)
    fields = call.fields
    users.change_user(
        call.db,
        call.organization_id,
        _user(call),
        name=fields.required_text("name", 200),
        email=_email(fields),
        role=users.role_of_request(call.db, call.organization_id, fields),
    )
    return success("The user information has been updated.")


def _set_status(call: FinanceCall, status: str) -> Answer:
    administrators_only(call)
    users.change_user(call.db, call.organization_id, _user(call), status=status)
    return success(f"The user has been marked as {status}.")


def _activate(call: FinanceCall) -> Answer:
    return _set_status(call, "active")


def _deactivate(call: FinanceCall) -> Answer:
    return _set_status(call, "inactive")


def _remove_user(call: FinanceCall) -> Answer:
    administrators_only(call)
    users.remove_user(call.db, call.organization_id, _user(call))
    return success("The user has been removed from your organization.")


OFFERS = (
    open_offer("GET", "/organizations", listing, scope="settings.READ"),
    open_offer("POST", "/organizations", create, scope="settings.CREATE"),
    open_offer("GET", "/organizations/user", of_user, scope="settings.READ"),
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
