"""The operations on organisations, their users, currencies and exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.finance import currencies, organizations, users
from zoho_sandbox.finance.currencies import Currency, ExchangeRate
from zoho_sandbox.finance.errors import does_not_exist, invalid_value, not_authorized
from zoho_sandbox.finance.listing import MAX_PER_PAGE, Listing, equal, page_of, search_filter
from zoho_sandbox.finance.operations import (
    FinanceCall,
    administrators_only,
    offer,
    open_offer,
    page_answer,
    status_offers,
    success,
)
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import Service

_USER_STATUSES = {
    "Status.All": "",
    "Status.Active": "u.status = 'active'",
    "Status.Inactive": "u.status = 'inactive'",
    "Status.Invited": "u.status = 'invited'",
}
_USERS = Listing(
    report_name="Users",
    filters=(search_filter("u.name", "u.email"),),
    sort_columns={"name": "u.name", "email": "u.email", "user_role": "u.role", "status": "u.status"},
    key="u.user_id",
    default_sort="name",
    default_order="A",
    groups=_USER_STATUSES,
)


def list_organizations(call: Call, service: Service) -> Answer:
    """`GET /organizations`: those of the service the caller is an active user of."""
    zuid = call.grant.user_id
    found = [
        organizations.summary(organization, users.signed_in(call.sandbox.db, organization.organization_id, zuid))
        for organization in organizations.of_user(call.sandbox.db, zuid, service.name)
    ]
    return success(organizations=found)


def organizations_of_user(call: Call, service: Service) -> Answer:
    """`GET /organizations/user`: as the list, narrowed to those the caller administers where the query says so."""
    answer = list_organizations(call, service)
    if call.query.get("show_admin_orgs_only") != "true" or not isinstance(answer.body, dict):
        return answer
    return success(organizations=[each for each in answer.body["organizations"] if each["user_role"] == "admin"])


def get_organization(call: Call, service: Service) -> Answer:
    """`GET /organizations/{id}`."""
    organization = _organization(call, service)
    member = users.signed_in(call.sandbox.db, organization.organization_id, call.grant.user_id)
    return success(organization=organizations.detail(organization, member))


def _organization(call: Call, service: Service) -> Organization:
    return organizations.find(call.sandbox.db, call.path["organization_id"], service.name)


def create_organization(call: Call, service: Service) -> Answer:
    """`POST /organizations`: a new one, or one of another service that is named and joins this one."""
    owner = users.person(call.sandbox, call.grant.user_id)
    fields = Fields(call.body)
    if known := organizations.named(call, service):
        organization = organizations.join_from_request(call.sandbox, known, fields, owner, service.name)
    else:
        organization = organizations.from_request(call.sandbox, fields, owner, service.name)
    member = users.signed_in(call.sandbox.db, organization.organization_id, owner.zuid)
    return success(status=201, organization=organizations.detail(organization, member))


def change_organization(call: Call, service: Service) -> Answer:
    """`PUT /organizations/{id}`: administrators only."""
    organization = _organization(call, service)
    member = users.signed_in(call.sandbox.db, organization.organization_id, call.grant.user_id)
    if not member.is_administrator:
        raise not_authorized()
    changed = organizations.changed_by_request(call.sandbox, organization, Fields(call.body))
    return success(organization=organizations.detail(changed, member))


def list_users(call: FinanceCall) -> Answer:
    """`GET /users`."""
    base = equal({"u.organization_id": call.organization_id})
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


def _invite_user(call: FinanceCall) -> Answer:
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


def _set_user_status(call: FinanceCall, status: str) -> Answer:
    administrators_only(call)
    users.change_user(call.db, call.organization_id, _user(call), status=status)
    return success(f"The user has been marked as {status}.")


def _remove_user(call: FinanceCall) -> Answer:
    administrators_only(call)
    users.remove_user(call.db, call.organization_id, _user(call))
    return success("The user has been removed from your organization.")


OFFERS = (
    open_offer("GET", "/organizations", list_organizations, scope="settings.READ"),
    open_offer("POST", "/organizations", create_organization, scope="settings.CREATE"),
    open_offer("GET", "/organizations/user", organizations_of_user, scope="settings.READ"),
    open_offer("GET", "/organizations/{organization_id}", get_organization, scope="settings.READ"),
    open_offer("PUT", "/organizations/{organization_id}", change_organization, scope="settings.UPDATE"),
    offer("POST", "/users", _invite_user, scope="settings.CREATE"),
    offer("GET", "/users", list_users, scope="settings.READ"),
    offer("GET", "/users/me", me, scope="settings.READ"),
    offer("GET", "/users/{user_id}", get_user, scope="settings.READ"),
    offer("PUT", "/users/{user_id}", _change_user, scope="settings.UPDATE"),
    offer("DELETE", "/users/{user_id}", _remove_user, scope="settings.DELETE"),
    *status_offers("/users/{user_id}", "settings.CREATE", _set_user_status),
)

_WITHOUT_BASE = "Currencies.ExcludeBaseCurrency"


def _currency(call: FinanceCall) -> Currency:
    return currencies.find(call.db, call.organization_id, call.id("currency_id"))


def _shown_currency(call: FinanceCall, currency: Currency) -> dict[str, Any]:
    rate = None
    if not currency.is_base:
        rate = currencies.rate_on(call.db, currency, call.today.isoformat())
    return currencies.summary(currency, rate)


def list_currencies(call: FinanceCall) -> Answer:
    wanted = call.query.get("filter_by", "")
    if wanted not in ("", "Currencies.All", _WITHOUT_BASE):
        raise invalid_value("filter_by")
    found = currencies.all_of(call.db, call.organization_id, with_base=wanted != _WITHOUT_BASE)
    page = {"page": 1, "per_page": MAX_PER_PAGE, "has_more_page": False, "report_name": "Currencies"}
    return success(currencies=[_shown_currency(call, currency) for currency in found], page_context=page)


def _create_currency(call: FinanceCall) -> Answer:
    currency = currencies.from_request(call.sandbox, call.organization_id, call.fields)
    return success("The currency has been added.", status=201, currency=_shown_currency(call, currency))


def get_currency(call: FinanceCall) -> Answer:
    return success(currency=_shown_currency(call, _currency(call)))


def _change_currency(call: FinanceCall) -> Answer:
    currency = currencies.change(call.sandbox, call.organization_id, _currency(call), call.fields)
    return success("Currency information has been saved.", currency=_shown_currency(call, currency))


def _remove_currency(call: FinanceCall) -> Answer:
    currencies.remove(call.db, _currency(call))
    return success("The currency has been deleted.")


def _rate_row(currency: Currency, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "exchange_rate_id": rate.exchange_rate_id,
        "currency_id": currency.currency_id,
        "currency_code": currency.currency_code,
        "effective_date": rate.effective_date,
        "rate": rate.rate,
    }


def _list_rates(call: FinanceCall) -> Answer:
    """All rates; with `from_date` those since it and the one in force on it; `is_current_date` only today's."""
    currency = _currency(call)
    found = currencies.rates(call.db, currency.currency_id)
    if call.wants("is_current_date"):
        found = [rate for rate in found if rate.effective_date == call.today.isoformat()]
    elif start := call.query.get("from_date"):
        before = [rate for rate in found if rate.effective_date <= start][:1]
        found = [rate for rate in found if rate.effective_date > start] + before
    return success(exchange_rates=[_rate_row(currency, rate) for rate in found])


def _find_rate(call: FinanceCall, currency: Currency) -> ExchangeRate:
    found = currencies.rates(call.db, currency.currency_id, "AND exchange_rate_id = ?", (call.id("exchange_rate_id"),))
    if not found:
        raise does_not_exist("Exchange rate")
    return found[0]


def _add_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    if currency.is_base:
        raise invalid_value("currency_id")
    day = call.fields.day("effective_date", call.today.isoformat())
    rate = currencies.set_rate(call.sandbox, currency.currency_id, day, call.fields.number("rate", Decimal(0)))
    return success("The exchange rate has been added.", status=201, exchange_rate=_rate_row(currency, rate))


def _get_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    return success(exchange_rate=_rate_row(currency, _find_rate(call, currency)))


def _change_rate(call: FinanceCall) -> Answer:
    currency = _currency(call)
    known = _find_rate(call, currency)
    currencies.set_rate(
        call.sandbox, currency.currency_id, known.effective_date, call.fields.number("rate", Decimal(0))
    )
    return success("The exchange rate has been updated.")


def _remove_rate(call: FinanceCall) -> Answer:
    known = _find_rate(call, _currency(call))
    call.db.execute("DELETE FROM finance_exchange_rates WHERE exchange_rate_id = ?", (known.exchange_rate_id,))
    return success("Exchange rate successfully deleted")


_CURRENCIES = "/settings/currencies"
_RATES = f"{_CURRENCIES}/{{currency_id}}/exchangerates"
CURRENCY_OFFERS = (
    offer("GET", _CURRENCIES, list_currencies, scope="settings.READ"),
    offer("POST", _CURRENCIES, _create_currency, scope="settings.CREATE"),
    offer("GET", f"{_CURRENCIES}/{{currency_id}}", get_currency, scope="settings.READ"),
    offer("PUT", f"{_CURRENCIES}/{{currency_id}}", _change_currency, scope="settings.UPDATE"),
    offer("DELETE", f"{_CURRENCIES}/{{currency_id}}", _remove_currency, scope="settings.DELETE"),
    offer("GET", _RATES, _list_rates, scope="settings.READ"),
    offer("POST", _RATES, _add_rate, scope="settings.CREATE"),
    offer("GET", f"{_RATES}/{{exchange_rate_id}}", _get_rate, scope="settings.READ"),
    offer("PUT", f"{_RATES}/{{exchange_rate_id}}", _change_rate, scope="settings.UPDATE"),
    offer("DELETE", f"{_RATES}/{{exchange_rate_id}}", _remove_rate, scope="settings.DELETE"),
)
