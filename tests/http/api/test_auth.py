"""Nobody is answered without saying who they are."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from filled_hub import AOZORA, CONTACT, WON_DEAL
from signing_in import CLERK, bearer, let_in

from tsunagi.app.access import tokens
from tsunagi.hub import Hub

OPEN = ("/api/notifications/", "/health")


@pytest.fixture
def stranger(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=20) as client:
        yield client


def calls(description: Any) -> list[tuple[str, str]]:
    return [(method, path) for path, methods in description["paths"].items() for method in methods]


def test_every_call_of_a_stranger_is_refused(api: httpx2.Client, stranger: httpx2.Client) -> None:
    closed = [call for call in calls(api.get("/api/openapi.json").json()) if not call[1].startswith(OPEN)]
    assert len(closed) >= 30
    for method, path in closed:
        answer = stranger.request(method, path, json={})
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "POST /api/tokens" in answer.json()["hint"]


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Bearer wrong", "Bearer tsunagi_wrong"])
def test_what_is_no_token_is_refused_in_the_callers_language(stranger: httpx2.Client, header: str) -> None:
    answer = stranger.get("/api/accounts", headers={"Authorization": header, "Accept-Language": "ja"})
    assert answer.status_code == 401
    assert "トークン" in answer.json()["title"]


def test_health_and_callbacks_ask_nobody(stranger: httpx2.Client) -> None:
    assert stranger.get("/health").status_code == 200
    assert stranger.post("/api/notifications/crm", content=b"{}").status_code == 400


def test_a_revoked_token_is_refused(stranger: httpx2.Client, hub: Hub) -> None:
    text = let_in(hub)
    assert stranger.get("/api/accounts", headers=bearer(text)).status_code == 200
    tokens.revoke_token(hub.context, None, tokens.sign_in(hub.context, text).id)
    assert stranger.get("/api/accounts", headers=bearer(text)).status_code == 401


def test_the_description_says_how_to_ask(api: httpx2.Client) -> None:
    description = api.get("/api/openapi.json").json()
    assert description["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert description["paths"]["/api/accounts"]["get"]["security"] == [{"HTTPBearer": []}]
    assert "security" not in description["paths"]["/health"]["get"]


def test_a_clerk_may_look_and_nothing_else(stranger: httpx2.Client, hub: Hub) -> None:
    stranger.headers.update(bearer(let_in(hub, CLERK)))
    for path in (f"accounts/{AOZORA.id}", f"contacts/{CONTACT.id}", f"deals/{WON_DEAL.id}", "features", "connections"):
        assert stranger.get(f"/api/{path}").status_code == 200, path
    for method, path, body in (
        ("POST", "sync-runs", {}),
        ("GET", "services/books/consequences", None),
        ("GET", "currencies/books", None),
        ("POST", "documents/books/invoice/9001/email", {"to": ["a@b.example"]}),
    ):
        answer = stranger.request(method, f"/api/{path}", json=body)
        assert answer.status_code == 403, path
        assert "clerk@minato.example" in answer.json()["title"]


def test_a_deal_and_a_contact_tell_their_documents_and_what_is_owed(api: httpx2.Client) -> None:
    deal = api.get(f"/api/deals/{WON_DEAL.id}").json()
    assert deal["account"]["id"] == AOZORA.id
    counts = {(panel["service"], panel["name"]): panel["count"] for panel in deal["panels"]}
    assert counts["books", "invoices"] == 1
    (owed,) = deal["balances"]
    assert owed["receivable"] == {"amount": "1054.50", "currency": "USD"}
    assert owed["receivable_base"] == {"amount": "158175", "currency": "JPY"}
    contact = api.get(f"/api/contacts/{CONTACT.id}").json()
    counts = {(panel["service"], panel["name"]): panel["count"] for panel in contact["panels"]}
    assert counts["books", "invoices"] == 2
    page = api.get(f"/api/contacts/{CONTACT.id}/panels/books/invoices", params={"limit": 1}).json()
    assert page["documents"]["next"]


@pytest.mark.parametrize("path", ["contacts/0", "deals/0", "deals/0/panels/books/invoices", "deals/3001/panels/a/b"])
def test_what_is_not_there(api: httpx2.Client, path: str) -> None:
    assert api.get(f"/api/{path}").status_code == 404
