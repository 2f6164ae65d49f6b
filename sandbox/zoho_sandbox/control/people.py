"""Who can sign in, over HTTP: the accounts server's people, their CRM profiles and their refresh tokens."""

from typing import Any

from zoho_sandbox.accounts import tokens
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, prefers_html, table
from zoho_sandbox.crm import users as crm_users

_ALL = (
    "SELECT a.user_id, a.email, a.full_name, a.active, u.active AS crm_active, p.name AS crm_profile"
    " FROM accounts_person a LEFT JOIN crm_user u ON u.id = a.user_id LEFT JOIN crm_profile p ON p.id = u.profile_id"
)
_KEYS = ("first_name", "last_name", "email", "crm_profile")


def listed(call: Call) -> Answer:
    """`GET /_sandbox/people`: everybody who can sign in; `crm_profile` is null for who is no user of the CRM."""
    people = [_shown(row) for row in call.sandbox.db.query(f"{_ALL} ORDER BY a.user_id")]
    if not prefers_html(call.headers):
        return Answer(200, {"people": people})
    head = ("user_id", "email", "full_name", "active", "crm_profile", "crm_active")
    return html_answer("People", table(head, ([person[name] for name in head] for person in people)))


def add(call: Call) -> Answer:
    """`POST /_sandbox/people` `{"first_name", "last_name", "email", "crm_profile"?}`: a CRM user where a profile is
    named, else somebody from outside."""
    given = call.body
    if unknown := sorted(set(given) - set(_KEYS)):
        return _refused(f"unknown keys {unknown}; valid are {list(_KEYS)}")
    if missing := [name for name in _KEYS[:3] if not given.get(name)]:
        return _refused(f"{', '.join(missing)} missing")
    names = {name: str(given[name]) for name in _KEYS[:3]}
    if call.sandbox.db.value("SELECT 1 FROM accounts_person WHERE email = ? COLLATE NOCASE", (names["email"],)):
        return _refused(f"email is {names['email']!r}; somebody signs in with it already")
    try:
        with call.sandbox.db.transaction():
            user_id = _added(call, names, given.get("crm_profile"))
    except ValueError as error:
        return _refused(str(error))
    return _one(call, user_id, 201)


def _added(call: Call, names: dict[str, str], profile: str | None) -> str:
    if profile is not None:
        return crm_users.add_user(call.sandbox, **names, profile=profile)
    user_id = call.sandbox.new_id()
    tokens.add_person(call.sandbox, user_id, names["email"], f"{names['first_name']} {names['last_name']}")
    return user_id


def change(call: Call) -> Answer:
    """`PUT /_sandbox/people/{user_id}` `{"active"?, "crm_active"?, "crm_profile"?}`: `active` false closes the account
    with all its tokens, `crm_active` false only the CRM."""
    valid = ("active", "crm_active", "crm_profile")
    given = call.body
    if unknown := sorted(set(given) - set(valid)):
        return _refused(f"unknown keys {unknown}; valid are {list(valid)}")
    user_id = call.path["user_id"]
    if "active" in given:
        tokens.set_active(call.sandbox, user_id, given["active"] is True)
    if "crm_active" in given and not crm_users.set_active(call.sandbox, user_id, given["crm_active"] is True):
        return _refused(f"{user_id} is no user of the CRM")
    try:
        if "crm_profile" in given:
            crm_users.set_profile(call.sandbox, user_id, str(given["crm_profile"]))
    except ValueError as error:
        return _refused(str(error))
    return _one(call, user_id, 200)


def issue_token(call: Call) -> Answer:
    """`POST /_sandbox/people/{user_id}/refresh-tokens` `{"scope"?}`: a refresh token of the demo client."""
    user_id = call.path["user_id"]
    if not tokens.is_active(call.sandbox, user_id):
        return _refused(f"user_id is {user_id!r}; it must be the id of an active person")
    scope = str(call.body.get("scope", tokens.DEMO_SCOPE))
    code = tokens.Code(tokens.DEMO_CLIENT_ID, user_id, scope, None, True)
    with call.sandbox.db.transaction():
        issued = tokens.issue_refresh_token(call.sandbox, code)
    return Answer(201, {"refresh_token": issued.token, "client_id": issued.client_id, "scope": issued.scope})


def _one(call: Call, user_id: str, status: int) -> Answer:
    row = call.sandbox.db.one(f"{_ALL} WHERE a.user_id = ?", (user_id,))
    if row is None:
        return Answer(404, {"message": f"There is no person {user_id}."})
    return Answer(status, {"person": _shown(row)})


def _shown(row: Any) -> dict[str, Any]:
    return {
        "user_id": row["user_id"],
        "email": row["email"],
        "full_name": row["full_name"],
        "active": bool(row["active"]),
        "crm_profile": row["crm_profile"],
        "crm_active": bool(row["crm_active"]),
    }


def _refused(message: str) -> Answer:
    return Answer(400, {"message": message})
