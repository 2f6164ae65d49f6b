"""Signing in: codes, refresh tokens, expiry, revocation and throttling."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from zoho_sandbox.server import Running

CLIENT = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "1000.sandbox-refresh", **CLIENT}


def token(client: httpx2.Client, **form: str) -> dict[str, Any]:
    answer = client.post("/oauth/v2/token", data=form)
    assert answer.status_code == 200
    return dict(answer.json())


def org_status(client: httpx2.Client, access_token: str) -> int:
    return client.get("/crm/v8/org", headers={"Authorization": f"Zoho-oauthtoken {access_token}"}).status_code


def consent(client: httpx2.Client, **more: str) -> dict[str, list[str]]:
    """Accept on the consent page as a person's browser would; what comes back on the redirect."""
    asked = {
        "response_type": "code",
        "client_id": "1000.SANDBOX",
        "redirect_uri": "http://127.0.0.1:1/done",
        "scope": "ZohoCRM.org.READ",
        "access_type": "offline",
        "prompt": "consent",
        "state": "s1",
        "decision": "accept",
        **more,
    }
    page = client.get("/oauth/v2/auth", params=asked)
    assert page.status_code == 200
    assert "ZohoCRM.org.READ" in page.text
    answer = client.post("/oauth/v2/auth", data=asked)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://127.0.0.1:1/done?")
    return parse_qs(urlsplit(answer.headers["location"]).query)


def test_refresh_token_gives_an_hour_of_access(anonymous: httpx2.Client, shared: Running) -> None:
    given = token(anonymous, **REFRESH)
    assert given["api_domain"] == shared.base_url
    assert given["expires_in"] == 3600
    assert given["token_type"] == "Bearer"
    assert "refresh_token" not in given
    assert org_status(anonymous, given["access_token"]) == 200


def test_parameters_may_come_in_the_query(anonymous: httpx2.Client) -> None:
    assert "access_token" in anonymous.post("/oauth/v2/token", params=REFRESH).json()


def test_consent_gives_a_code_and_the_code_both_tokens(anonymous: httpx2.Client, shared: Running) -> None:
    back = consent(anonymous)
    assert back["state"] == ["s1"]
    assert back["accounts-server"] == [shared.base_url]
    form = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": "http://127.0.0.1:1/done",
        **CLIENT,
    }
    given = token(anonymous, **form)
    assert given["scope"] == "ZohoCRM.org.READ"
    again = token(anonymous, **(REFRESH | {"refresh_token": given["refresh_token"]}))
    assert org_status(anonymous, again["access_token"]) == 200
    assert token(anonymous, **form) == {"error": "invalid_code"}, "a code works once"


def test_a_rejected_consent_comes_back_as_an_error(anonymous: httpx2.Client) -> None:
    assert consent(anonymous, decision="reject") == {"error": ["access_denied"], "state": ["s1"]}


def test_a_code_needs_the_redirect_uri_it_was_asked_with(anonymous: httpx2.Client) -> None:
    code = consent(anonymous)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:1/other", **CLIENT}
    assert token(anonymous, **form) == {"error": "invalid_redirect_uri"}


def test_a_self_client_code_needs_no_redirect(anonymous: httpx2.Client) -> None:
    made = anonymous.post("/_sandbox/self-client", json={"scope": "ZohoBooks.invoices.READ"}).json()
    given = token(anonymous, grant_type="authorization_code", code=made["code"], **CLIENT)
    assert given["scope"] == "ZohoBooks.invoices.READ"
    assert org_status(anonymous, given["access_token"]) == 401, "the scope does not cover the organisation"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "1000.NOBODY"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"refresh_token": "1000.unknown"}, "invalid_code"),
    ],
)
def test_errors_come_with_http_200(anonymous: httpx2.Client, change: dict[str, str], error: str) -> None:
    assert token(anonymous, **(REFRESH | change)) == {"error": error}


def test_a_consent_request_that_cannot_be_served_says_why(anonymous: httpx2.Client) -> None:
    page = anonymous.get("/oauth/v2/auth", params={"client_id": "1000.SANDBOX"})
    assert page.status_code == 400
    assert "redirect_uri, scope" in page.text


def test_an_access_token_ends_after_an_hour_of_the_sandbox_clock(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    client = connect(serve())
    assert client.get("/crm/v8/org").status_code == 200
    client.post("/_sandbox/clock/advance", json={"seconds": 3601})
    refused = client.get("/crm/v8/org")
    assert refused.status_code == 401
    assert refused.json()["code"] == "INVALID_TOKEN"


def test_revoking_a_refresh_token_ends_its_access_tokens(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    client = connect(serve())
    revoked = client.post("/oauth/v2/token/revoke", data={"token": "1000.sandbox-refresh"})
    assert revoked.json() == {"status": "success"}
    assert client.get("/crm/v8/org").status_code == 401
    assert token(client, **REFRESH) == {"error": "invalid_code"}


def test_real_limits_throttle_after_ten_access_tokens(serve: Callable[..., Running]) -> None:
    server = serve(limits="real")
    with httpx2.Client(base_url=server.base_url) as client:
        for _ in range(10):
            assert "access_token" in token(client, **REFRESH)
        throttled = client.post("/oauth/v2/token", data=REFRESH)
        assert throttled.status_code == 400
        assert throttled.json()["error"] == "Access Denied"
        client.post("/_sandbox/clock/advance", json={"seconds": 601})
        assert "access_token" in token(client, **REFRESH)


def test_the_thirty_first_live_access_token_ends_the_oldest(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    client = connect(serve())
    for _ in range(29):
        token(client, **REFRESH)
    assert client.get("/crm/v8/org").status_code == 200
    token(client, **REFRESH)
    assert client.get("/crm/v8/org").status_code == 401


def test_scopes_are_checked_by_module_and_verb(anonymous: httpx2.Client) -> None:
    made = anonymous.post("/_sandbox/self-client", json={"scope": "ZohoCRM.modules.deals.READ"}).json()
    given = token(anonymous, grant_type="authorization_code", code=made["code"], **CLIENT)
    headers = {"Authorization": f"Zoho-oauthtoken {given['access_token']}"}
    assert anonymous.get("/crm/v8/Deals", params={"fields": "Stage"}, headers=headers).status_code == 204
    other = anonymous.get("/crm/v8/Accounts", params={"fields": "Account_Name"}, headers=headers)
    write = anonymous.post("/crm/v8/Deals", json={"data": [{}]}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
    assert write.status_code == 401
    nobody = anonymous.get("/crm/v8/Deals", params={"fields": "Stage"})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "AUTHENTICATION_FAILURE")
