"""Asking a user for consent, and the shortcut a self client has."""

from html import escape
from urllib.parse import urlencode

from zoho_sandbox.accounts import tokens
from zoho_sandbox.calls import Answer, Call, Refused
from zoho_sandbox.control.pages import page

_SELF_CLIENT_SECONDS = 180
_REQUIRED = ("client_id", "redirect_uri", "scope")


def ask(call: Call) -> Answer:
    """`GET /oauth/v2/auth`: the consent page; `prompt=none` accepts at once (a convenience of the sandbox)."""
    asked = _checked(call)
    if asked.get("prompt") == "none":
        return _accepted(call, asked)
    return Answer(200, _consent_page(call, asked), {"content-type": "text/html; charset=utf-8"})


def answer(call: Call) -> Answer:
    """`POST /oauth/v2/auth`: what the person chose on the consent page."""
    asked = _checked(call)
    if call.body.get("decision") != "accept":
        return _redirect(asked, {"error": "access_denied"})
    return _accepted(call, asked)


def self_client(call: Call) -> Answer:
    """`POST /_sandbox/self-client` `{"scope", "user_id"?}`: a code without redirect, as made in the console."""
    client_id = str(call.body.get("client_id", tokens.DEMO_CLIENT_ID))
    scope = str(call.body.get("scope", tokens.DEMO_SCOPE))
    user_id = str(call.body.get("user_id") or tokens.administrator_id(call.sandbox))
    if not tokens.is_active(call.sandbox, user_id):
        return Answer(400, {"message": f"user_id is {user_id!r}; it must be the id of an active person"})
    code = tokens.issue_code(call.sandbox, tokens.Code(client_id, user_id, scope, None, True))
    return Answer(200, {"code": code, "client_id": client_id, "expires_in": _SELF_CLIENT_SECONDS})


def _checked(call: Call) -> dict[str, str]:
    asked = {**call.query, **{name: str(value) for name, value in call.body.items()}}
    missing = [name for name in _REQUIRED if not asked.get(name)]
    if missing:
        raise _refused(f"The request lacks {', '.join(missing)}.")
    if asked.get("response_type", "code") != "code":
        raise _refused(f"response_type is {asked['response_type']!r}; only 'code' is served.")
    if tokens.client_secret(call.sandbox, asked["client_id"]) is None:
        raise _refused(f"There is no client {asked['client_id']!r}; the sandbox's is {tokens.DEMO_CLIENT_ID!r}.")
    return asked


def _refused(reason: str) -> Refused:
    body = page("Invalid request", f"<p>{escape(reason)}</p>")
    return Refused(Answer(400, body, {"content-type": "text/html; charset=utf-8"}))


def _accepted(call: Call, asked: dict[str, str]) -> Answer:
    user_id = asked.get("user_id") or tokens.administrator_id(call.sandbox)
    if not tokens.is_active(call.sandbox, user_id):
        raise _refused(f"There is no active person {user_id!r}.")
    code = tokens.Code(
        asked["client_id"],
        user_id,
        asked["scope"],
        asked["redirect_uri"],
        asked.get("access_type", "online") == "offline",
    )
    accounts_server = call.sandbox.settings.base_url
    parameters = {
        "code": tokens.issue_code(call.sandbox, code),
        "location": "jp",
        "accounts-server": accounts_server,
    }
    return _redirect(asked, parameters)


def _redirect(asked: dict[str, str], parameters: dict[str, str]) -> Answer:
    if "state" in asked:
        parameters["state"] = asked["state"]
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    return Answer(302, b"", {"location": asked["redirect_uri"] + separator + urlencode(parameters)})


def _consent_page(call: Call, asked: dict[str, str]) -> bytes:
    people = call.sandbox.db.query(
        "SELECT user_id, full_name, email FROM accounts_person WHERE active ORDER BY user_id"
    )
    options = "".join(
        f'<option value="{escape(p["user_id"])}">{escape(p["full_name"])} ({escape(p["email"])})</option>'
        for p in people
    )
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in asked["scope"].split(","))
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    return page(
        "Grant access",
        f"<p>Client <code>{escape(asked['client_id'])}</code> asks for:</p><ul>{scopes}</ul>"
        f'<form method="post" action="/oauth/v2/auth">{hidden}'
        f'<p><label>Sign in as <select name="user_id">{options}</select></label></p>'
        '<button name="decision" value="accept">Accept</button> '
        '<button name="decision" value="reject">Reject</button></form>',
    )
