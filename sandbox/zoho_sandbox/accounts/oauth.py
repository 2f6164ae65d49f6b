"""The token endpoint: codes and refresh tokens become access tokens."""

from typing import Any

from zoho_sandbox.accounts import tokens
from zoho_sandbox.calls import Answer, Call

THROTTLED = Answer(
    400,
    {
        "error": "Access Denied",
        "error_description": ("You have made too many requests continuously. Please try again after some time."),
        "status": "failure",
    },
)
_ACCESS_TOKENS_PER_TEN_MINUTES = 10
_REFRESH_TOKENS_PER_MINUTE = 5


def token(call: Call) -> Answer:
    """`POST /oauth/v2/token`: parameters from the form or the query, as the vendor takes both."""
    form = {**call.query, **call.body}
    known_secret = tokens.client_secret(call.sandbox, form.get("client_id", ""))
    if known_secret is None:
        return _error("invalid_client")
    if form.get("client_secret") != known_secret:
        return _error("invalid_client_secret")
    with call.sandbox.db.transaction():
        if form.get("grant_type") == "authorization_code":
            return _from_code(call, form)
        if form.get("grant_type") == "refresh_token":
            return _from_refresh_token(call, form)
    return _error("unsupported_grant_type")


def _from_code(call: Call, form: dict[str, Any]) -> Answer:
    code = tokens.find_code(call.sandbox, form.get("code", ""))
    if code is None or code.client_id != form["client_id"]:
        return _error("invalid_code")
    if code.redirect_uri is not None and code.redirect_uri != form.get("redirect_uri"):
        return _error("invalid_redirect_uri")
    minute_ago = call.sandbox.clock.now().timestamp() - 60
    made = tokens.refresh_tokens_since(call.sandbox, code, minute_ago)
    if call.sandbox.limits_apply and made >= _REFRESH_TOKENS_PER_MINUTE:
        return THROTTLED
    tokens.use_up_code(call.sandbox, form["code"])
    refresh = tokens.issue_refresh_token(call.sandbox, code)
    body = _success(call, refresh)
    if code.offline:
        body["refresh_token"] = refresh.token
    return Answer(200, body)


def _from_refresh_token(call: Call, form: dict[str, Any]) -> Answer:
    refresh = tokens.find_refresh_token(call.sandbox, form.get("refresh_token", ""))
    if refresh is None or refresh.client_id != form["client_id"]:
        return _error("invalid_code")
    ten_minutes_ago = call.sandbox.clock.now().timestamp() - 600
    made = tokens.access_tokens_since(call.sandbox, refresh.token, ten_minutes_ago)
    if call.sandbox.limits_apply and made >= _ACCESS_TOKENS_PER_TEN_MINUTES:
        return THROTTLED
    return Answer(200, _success(call, refresh))


def _success(call: Call, refresh: tokens.RefreshToken) -> dict[str, Any]:
    return {
        "access_token": tokens.issue_access_token(call.sandbox, refresh),
        "scope": refresh.scope.replace(",", " "),
        "api_domain": call.sandbox.settings.base_url,
        "token_type": "Bearer",
        "expires_in": tokens.ACCESS_TOKEN_SECONDS,
    }


def revoke(call: Call) -> Answer:
    """`POST /oauth/v2/token/revoke`."""
    with call.sandbox.db.transaction():
        ended = tokens.revoke(call.sandbox, str({**call.query, **call.body}.get("token", "")))
    return Answer(200, {"status": "success"}) if ended else Answer(400, {"error": "invalid_code"})


def _error(code: str) -> Answer:
    # The vendor answers these with HTTP 200: callers must look for access_token.
    return Answer(200, {"error": code})
