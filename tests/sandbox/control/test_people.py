"""Who can sign in, and what happens when they no longer may."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zoho_sandbox.server import Running

CLIENT = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
Serve = Callable[..., Running]


@pytest.fixture
def client(serve: Serve) -> Any:
    with httpx2.Client(base_url=serve().base_url) as http:
        yield http


def granted(client: httpx2.Client, refresh_token: str) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **CLIENT}
    return dict(client.post("/oauth/v2/token", data=form).json())


def header(client: httpx2.Client, refresh_token: str) -> dict[str, str]:
    return {"Authorization": f"Zoho-oauthtoken {granted(client, refresh_token)['access_token']}"}


def person(client: httpx2.Client, email: str) -> dict[str, Any]:
    people = client.get("/_sandbox/people").json()["people"]
    return next(each for each in people if each["email"] == email)


def current_user(client: httpx2.Client, headers: dict[str, str]) -> httpx2.Response:
    return client.get("/crm/v8/users", params={"type": "CurrentUser"}, headers=headers)


def test_three_demo_people_with_tokens_of_their_own(client: httpx2.Client) -> None:
    administrator = current_user(client, header(client, "1000.sandbox-refresh")).json()["users"][0]
    standard = current_user(client, header(client, "1000.sandbox-standard")).json()["users"][0]
    assert (administrator["profile"]["name"], standard["profile"]["name"]) == ("Administrator", "Standard")
    stranger = header(client, "1000.sandbox-other")
    refused = current_user(client, stranger)
    assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_TOKEN"), "no user of this CRM"
    organizations = client.get("/books/v3/organizations", headers=stranger).json()["organizations"]
    assert [each["user_role"] for each in organizations] == ["admin"]
    assert [each["crm_profile"] for each in client.get("/_sandbox/people").json()["people"]] == [
        "Administrator",
        "Standard",
        None,
    ]
    assert "emily.carter" in client.get("/_sandbox/people", headers={"accept": "text/html"}).text


def test_a_deactivated_persons_tokens_are_refused_everywhere(client: httpx2.Client) -> None:
    headers = header(client, "1000.sandbox-standard")
    user_id = person(client, "ichiro.suzuki@example.com")["user_id"]
    closed = client.put(f"/_sandbox/people/{user_id}", json={"active": False}).json()["person"]
    assert closed["active"] is False
    assert granted(client, "1000.sandbox-standard") == {"error": "invalid_code"}
    assert current_user(client, headers).json()["code"] == "INVALID_TOKEN"
    books = client.get("/books/v3/organizations", headers=headers)
    assert (books.status_code, books.json()["code"]) == (401, 57)
    asked = {"client_id": "1000.SANDBOX", "redirect_uri": "http://127.0.0.1:1/", "scope": "ZohoCRM.org.READ"}
    assert client.get("/oauth/v2/auth", params=asked | {"prompt": "none", "user_id": user_id}).status_code == 400
    assert user_id not in client.get("/oauth/v2/auth", params=asked).text
    assert client.post("/_sandbox/self-client", json={"user_id": user_id}).status_code == 400
    client.put(f"/_sandbox/people/{user_id}", json={"active": True})
    assert current_user(client, headers).status_code == 200


def test_a_deactivated_crm_user_still_reaches_the_finance_services(client: httpx2.Client) -> None:
    headers = header(client, "1000.sandbox-standard")
    user_id = person(client, "ichiro.suzuki@example.com")["user_id"]
    client.put(f"/_sandbox/people/{user_id}", json={"crm_active": False})
    assert current_user(client, headers).json()["code"] == "INVALID_TOKEN"
    assert client.get("/books/v3/organizations", headers=headers).status_code == 200
    administrator = header(client, "1000.sandbox-refresh")
    gone = client.get("/crm/v8/users", params={"type": "DeactiveUsers"}, headers=administrator).json()["users"]
    assert [(user["id"], user["status"]) for user in gone] == [(user_id, "disabled")]
    assert client.get("/crm/v8/unheard_of/of/it/all/at", headers=headers).status_code == 404


def test_a_profile_can_be_given_and_taken(client: httpx2.Client) -> None:
    headers = header(client, "1000.sandbox-standard")
    user_id = person(client, "ichiro.suzuki@example.com")["user_id"]
    enable = "/crm/v8/org/currencies/actions/enable"
    refused = client.post(enable, json={"base_currency": {}}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "NO_PERMISSION")
    client.put(f"/_sandbox/people/{user_id}", json={"crm_profile": "Administrator"})
    assert current_user(client, headers).json()["users"][0]["profile"]["name"] == "Administrator"
    assert client.post(enable, json={"base_currency": {}}, headers=headers).status_code == 400


def test_people_are_added_and_get_refresh_tokens(client: httpx2.Client) -> None:
    names = {"first_name": "Ann", "last_name": "Ito", "email": "ann@example.jp"}
    inside = client.post("/_sandbox/people", json=names | {"crm_profile": "Administrator"})
    assert inside.status_code == 201
    outside = client.post("/_sandbox/people", json=names | {"email": "out@example.jp"}).json()["person"]
    assert outside["crm_profile"] is None
    issued = client.post(f"/_sandbox/people/{inside.json()['person']['user_id']}/refresh-tokens", json={})
    headers = header(client, issued.json()["refresh_token"])
    assert current_user(client, headers).json()["users"][0]["email"] == "ann@example.jp"
    few = client.post(
        f"/_sandbox/people/{outside['user_id']}/refresh-tokens", json={"scope": "ZohoBooks.settings.READ"}
    ).json()
    assert granted(client, few["refresh_token"])["scope"] == "ZohoBooks.settings.READ"
    for wrong in ({}, names, names | {"email": "x@example.jp", "crm_profile": "King"}, names | {"age": 3}):
        assert client.post("/_sandbox/people", json=wrong).status_code == 400
    for path, wrong in (
        (outside["user_id"], {"crm_active": True}),
        (outside["user_id"], {"colour": "red"}),
        (inside.json()["person"]["user_id"], {"crm_profile": "King"}),
    ):
        assert client.put(f"/_sandbox/people/{path}", json=wrong).status_code == 400
    assert client.put("/_sandbox/people/1", json={"active": False}).status_code == 404
    assert client.post("/_sandbox/people/1/refresh-tokens", json={}).status_code == 400
