"""The organisation, its users, profiles and currencies over HTTP."""

from collections.abc import Callable
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import currencies, organization, parameters, users
from zoho_sandbox.crm.errors import Body, RecordProblem, error, invalid_parameter, refused, status_of
from zoho_sandbox.crm.iso_currencies import iso_currencies
from zoho_sandbox.crm.outcomes import outcomes_of, success
from zoho_sandbox.crm.page_tokens import plain_info

_NOT_ENABLED = error("CURRENCIES_NOT_ENABLED", "Multi-currency is not enabled for this organization")


def get_org(call: Call) -> Answer:
    """`GET /org`."""
    return Answer(200, {"org": [organization.as_json(organization.organization(call.sandbox))]})


def list_users(call: Call) -> Answer:
    """`GET /users?type=`."""
    page, per_page = parameters.paging(call)
    kind = call.query.get("type", "AllUsers")
    try:
        rows = users.list_users(call.sandbox, kind, call.grant.user_id)
    except KeyError:
        raise invalid_parameter("type") from None
    wanted = parameters.ids(call, mandatory=False)
    rows = [row for row in rows if not wanted or row["id"] in wanted]
    start = (page - 1) * per_page
    shown = [users.user_json(call.sandbox, row) for row in rows[start : start + per_page]]
    if not shown:
        return Answer(204)
    more = len(rows) > start + per_page
    return Answer(200, {"users": shown, "info": plain_info(page=page, per_page=per_page, count=len(shown), more=more)})


def count_users(call: Call) -> Answer:
    """`GET /users/actions/count?type=`."""
    try:
        rows = users.list_users(call.sandbox, call.query.get("type", "AllUsers"), call.grant.user_id)
    except KeyError:
        raise invalid_parameter("type") from None
    return Answer(200, {"count": str(len(rows))})


def get_user(call: Call) -> Answer:
    """`GET /users/{id}`."""
    rows = users.list_users(call.sandbox, "AllUsers", call.grant.user_id)
    found = [users.user_json(call.sandbox, row) for row in rows if row["id"] == call.path["id"]]
    return Answer(200, {"users": found}) if found else Answer(204)


def list_profiles(call: Call) -> Answer:
    """`GET /settings/profiles`."""
    rows = call.sandbox.db.query("SELECT * FROM crm_profile ORDER BY id")
    shown = [users.profile_json(call.sandbox, row, detailed=False) for row in rows]
    return Answer(200, {"profiles": shown})


def get_profile(call: Call) -> Answer:
    """`GET /settings/profiles/{id}` with permissions."""
    row = call.sandbox.db.one("SELECT * FROM crm_profile WHERE id = ?", (call.path["id"],))
    if row is None:
        return Answer(204)
    return Answer(200, {"profiles": [users.profile_json(call.sandbox, row, detailed=True)]})


def change_profile(call: Call) -> Answer:
    """`PUT /settings/profiles/{id}`: enable or disable permissions of a custom profile."""
    row = call.sandbox.db.one("SELECT * FROM crm_profile WHERE id = ?", (call.path["id"],))
    given = (call.body.get("profiles") or [{}])[0]
    if row is None or not row["custom"]:
        details = {"resource_path_index": 2}
        raise refused("INVALID_DATA", "the id given seems to be invalid or already deleted", details)
    wanted = {item.get("id"): item.get("enabled") for item in given.get("permissions_details", ())}
    permissions = wire.decode(row["permissions"])
    for permission in permissions:
        if isinstance(wanted.get(permission["id"]), bool):
            permission["enabled"] = wanted[permission["id"]]
    call.sandbox.db.execute(
        "UPDATE crm_profile SET permissions = ? WHERE id = ?", (wire.encode(permissions).decode(), row["id"])
    )
    users.forget_permissions(call.sandbox)
    outcome = {
        "code": "SUCCESS",
        "details": {"id": row["id"]},
        "message": "profile updated successfully",
        "status": "success",
    }
    return Answer(200, {"profiles": [outcome]})


def list_roles(call: Call) -> Answer:
    """`GET /settings/roles`."""
    rows = call.sandbox.db.query("SELECT * FROM crm_role ORDER BY id")
    top = rows[0]["id"]
    shown = [
        {
            "id": row["id"],
            "name": row["name"],
            "display_label": row["name"],
            "reporting_to": None if row["id"] == top else {"id": top, "name": rows[0]["name"]},
            "share_with_peers": row["id"] == top,
            "admin_user": row["id"] == top,
            "description": None,
            "forecast_manager": None,
        }
        for row in rows
    ]
    return Answer(200, {"roles": shown})


def list_currencies(call: Call) -> Answer:
    """`GET /org/currencies`; 403 while multi-currency is off."""
    if (refusal := _off(call)) is not None:
        return refusal
    rows = currencies.all_currencies(call.sandbox)
    return Answer(200, {"currencies": [currencies.as_json(call.sandbox, r, call.grant.user_id) for r in rows]})


def available_currencies(_call: Call) -> Answer:
    """`GET /org/currencies/actions/available_currencies`, which needs no multi-currency."""
    shown = [
        {
            "iso_code": known.iso_code,
            "display_name": known.name,
            "display_value": known.label,
            "symbol": known.symbol,
            "decimal_places": str(known.decimal_places),
            "decimal_separator": "Period",
            "thousand_separator": "Comma",
        }
        for known in iso_currencies().values()
    ]
    return Answer(200, {"available_currencies": shown})


def get_currency(call: Call) -> Answer:
    """`GET /org/currencies/{id}`."""
    if (refusal := _off(call)) is not None:
        return refusal
    row = currencies.find(call.sandbox, call.path["id"])
    if row is None:
        return Answer(204)
    return Answer(200, {"currencies": [currencies.as_json(call.sandbox, row, call.grant.user_id)]})


def create_currencies(call: Call) -> Answer:
    """`POST /org/currencies`."""
    return _each(
        call, lambda given, index: currencies.create(call.sandbox, given, index), "The currency created successfully."
    )


def change_currencies(call: Call) -> Answer:
    """`PUT /org/currencies` and `PUT /org/currencies/{id}`."""

    def change(given: Body, index: int) -> str:
        currency_id = str(call.path.get("id") or given.get("id", ""))
        currencies.update(call.sandbox, currency_id, given, index)
        return currency_id

    return _each(call, change, "The currency updated successfully.")


def enable_currencies(call: Call) -> Answer:
    """`POST /org/currencies/actions/enable`: once and for all, with the base currency."""
    org = organization.organization(call.sandbox)
    if org.multi_currency:
        body = error("ALREADY_ENABLED", "The multi-currency feature is already enabled.")
        return Answer(400, {"base_currency": body})
    if not organization.offers_currencies(call.sandbox):
        raise refused(
            "FEATURE_NOT_SUPPORTED",
            "The multi-currency feature is not available except the Enterprise and higher editions.",
        )
    given = call.body.get("base_currency") or {}
    for name in ("iso_code", "name", "symbol", "exchange_rate", "format"):
        if given.get(name) in (None, ""):
            details = {"api_name": name, "json_path": f"$.base_currency.{name}"}
            return Answer(400, {"base_currency": error("MANDATORY_NOT_FOUND", "required field not found", details)})
    if given["iso_code"] not in iso_currencies():
        details = {"api_name": "iso_code", "json_path": "$.base_currency.iso_code"}
        return Answer(400, {"base_currency": error("INVALID_DATA", "invalid data", details)})
    with call.sandbox.db.transaction():
        organization.change(call.sandbox, currency_code=given["iso_code"])
        currency_id = currencies.enable(call.sandbox)
    message = "The multi-currency feature is enabled and given currency is created as the base currency."
    return Answer(200, {"base_currency": success({"id": currency_id}, message)})


def change_base_currency(call: Call) -> Answer:
    """`PUT /org/currencies/actions/enable`: format and symbol of the base currency."""
    if (refusal := _off(call)) is not None:
        return refusal
    given = call.body.get("base_currency") or {}
    base = next(row for row in currencies.all_currencies(call.sandbox) if row["is_base"])
    try:
        with call.sandbox.db.transaction():
            currencies.update(call.sandbox, base["id"], given, 0)
    except RecordProblem as problem:
        return Answer(400, {"base_currency": problem.body})
    message = "The currency updated successfully."
    return Answer(200, {"base_currency": success({"id": base["id"]}, message)})


def _each(call: Call, write: Callable[[Body, int], str], message: str) -> Answer:
    if (refusal := _off(call)) is not None:
        return refusal
    given: Any = call.body.get("currencies")
    if not isinstance(given, list) or not given:
        details = {"api_name": "currencies", "json_path": "$.currencies"}
        raise refused("MANDATORY_NOT_FOUND", "required field not found", details)
    outcomes = outcomes_of(
        call.sandbox, given, lambda currency, index: success({"id": write(currency, index)}, message)
    )
    return Answer(status_of(outcomes, 200), {"currencies": outcomes})


def _off(call: Call) -> Answer | None:
    return None if organization.organization(call.sandbox).multi_currency else Answer(403, _NOT_ENABLED)
