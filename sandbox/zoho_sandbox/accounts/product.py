"""The accounts server as a product of the sandbox."""

from zoho_sandbox.accounts import consent, oauth, tokens
from zoho_sandbox.calls import Answer, Refusal, route
from zoho_sandbox.product import Product


def _refuse(refusal: Refusal) -> Answer:
    if refusal.reason == "rate_limit":
        return Answer(400, oauth.THROTTLED.body)
    if refusal.reason == "not_found":
        return Answer(404, {"error": "invalid_url", "error_description": f"There is no {refusal.detail}."})
    if refusal.reason == "method":
        return Answer(405, {"error": "invalid_method", "error_description": refusal.detail})
    if refusal.reason == "unreadable":
        return Answer(400, {"error": "invalid_request", "error_description": refusal.detail})
    return Answer(refusal.status, {"error": "general_error"})


PRODUCT = Product(
    name="accounts",
    prefix="/oauth",
    schema=tokens.SCHEMA,
    operations=(
        route("GET", "/oauth/v2/auth", consent.ask, scope=None),
        route("POST", "/oauth/v2/auth", consent.answer, scope=None),
        route("POST", "/oauth/v2/token", oauth.token, scope=None),
        route("POST", "/oauth/v2/token/revoke", oauth.revoke, scope=None),
        route("GET", "/oauth/v2/token/revoke", oauth.revoke, scope=None),
    ),
    refuse=_refuse,
    prepare=tokens.prepare,
)
