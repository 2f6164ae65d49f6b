"""A record's documents inside a page of the CRM: who is let in by a signed address, and what they see."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from filled_hub import AOZORA, CONTACT, HARBOUR, NOW, WON_DEAL, filled_hub
from signing_in import ADMINISTRATOR, CLERK, READ_AT, bearer, let_in

from tsunagi.domain.directory import Person
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.connections import Connections
from tsunagi.store.people import People

STRANGER = Person("crm", "9", "left@minato.example", "Someone Else", "Standard")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("hub")) as opened:
        with opened.store.write() as session:
            crm = Connections(session).get("crm")
            Connections(session).save(replace(crm, settings={"data_centre": "JP"}), NOW)
        yield opened


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with running(hub, work=False) as served:
        yield served.base_url


@pytest.fixture
def api(hub: Hub, address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=20, headers=bearer(let_in(hub))) as client:
        yield client


@pytest.fixture
def frame(address: str) -> Iterator[httpx2.Client]:
    """A frame in another site's page: no cookie of ours goes along."""
    with httpx2.Client(base_url=address, timeout=20) as client:
        yield client


def made(api: httpx2.Client, kind: str = "account", id: str = AOZORA.id, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/widgets", json={"record": {"entity": kind, "id": id}, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_the_address_shows_the_documents_without_a_session(api: httpx2.Client, frame: httpx2.Client) -> None:
    url = made(api, user=CLERK.email)["url"]
    page = frame.get(path(url))
    assert page.status_code == 200
    assert "INV-000042" in page.text
    assert 'target="_blank"' in page.text
    assert f"/accounts/{AOZORA.id}" in page.text
    assert "<form" not in page.text
    assert "<script" not in page.text
    assert "請求書" in frame.get(path(url), headers={"Accept-Language": "ja"}).text


@pytest.mark.parametrize(("kind", "id"), [("contact", CONTACT.id), ("deal", WON_DEAL.id)])
def test_contacts_and_deals_have_one_too(api: httpx2.Client, frame: httpx2.Client, kind: str, id: str) -> None:
    assert "INV-000042" in frame.get(path(made(api, kind, id)["url"])).text


def test_tabs_and_further_pages_keep_the_address(api: httpx2.Client, frame: httpx2.Client) -> None:
    url = path(made(api)["url"])
    other = frame.get(f"{url}&service=ledger")
    assert "DN-1" in other.text
    assert "signed=" in other.text


def test_only_the_crms_pages_may_frame_it(api: httpx2.Client, frame: httpx2.Client) -> None:
    url = path(made(api)["url"])
    for answer in (frame.get(url), frame.get(f"{url}x")):
        policy = answer.headers["content-security-policy"]
        ancestors = policy.partition("frame-ancestors ")[2]
        assert ancestors == "https://crm.zoho.jp https://*.zappsusercontent.jp"
        assert "script-src" not in policy
        assert "form-action 'none'" in policy
        assert "x-frame-options" not in answer.headers
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    for closed in ("/sign-in", "/accounts", "/embed/account", "/embed/vendor/1?signed=x", "/api/accounts"):
        answer = frame.get(closed)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


def test_what_was_changed_or_belongs_to_something_else_is_refused(api: httpx2.Client, frame: httpx2.Client) -> None:
    url = path(made(api)["url"])
    before, _, signed = url.partition("signed=")
    payload, _, signature = signed.rpartition(".")
    tampered = [
        before.rstrip("?"),
        f"{before}signed=",
        f"{before}signed=x.y",
        f"{before}signed={payload[:-2]}AA.{signature}",
        f"{before}signed={payload}.{signature[:-2]}AA",
        url.replace(f"/account/{AOZORA.id}", f"/account/{HARBOUR.id}"),
        url.replace("/embed/account/", "/embed/deal/"),
    ]
    for each in tampered:
        answer = frame.get(each)
        assert answer.status_code == 403, each
        assert "This address is not valid." in answer.text
        assert "INV-" not in answer.text


def test_a_session_or_a_token_is_no_way_in(api: httpx2.Client, hub: Hub) -> None:
    assert api.get(f"/embed/account/{AOZORA.id}").status_code == 403


def test_it_ends_when_it_was_said_to(api: httpx2.Client, frame: httpx2.Client, hub: Hub, monkeypatch: Any) -> None:
    given = made(api, minutes=5)
    ends = dt.datetime.fromisoformat(given["expires_at"])
    assert dt.timedelta(0) < ends - hub.context.now() <= dt.timedelta(minutes=5)
    monkeypatch.setattr(hub, "context", replace(hub.context, now=lambda: ends - dt.timedelta(seconds=1)))
    assert frame.get(path(given["url"])).status_code == 200
    monkeypatch.setattr(hub, "context", replace(hub.context, now=lambda: ends))
    answer = frame.get(path(given["url"]), headers={"Accept-Language": "ja"})
    assert answer.status_code == 403
    assert "有効期限が切れました" in answer.text


def test_it_ends_with_its_person(api: httpx2.Client, frame: httpx2.Client, hub: Hub) -> None:
    url = path(made(api, user=CLERK.email)["url"])
    assert frame.get(url).status_code == 200
    with hub.store.write() as session:
        People(session).replace_all("crm", [ADMINISTRATOR, replace(CLERK, active=False)], READ_AT)
    answer = frame.get(url)
    assert answer.status_code == 403
    assert "no active user clerk@minato.example" in answer.text
    refused = api.post("/api/widgets", json={"record": {"entity": "account", "id": AOZORA.id}, "user": CLERK.email})
    assert refused.status_code == 403


def test_it_is_made_for_oneself_or_by_an_administrator(api: httpx2.Client, hub: Hub, frame: httpx2.Client) -> None:
    asked = {"record": {"entity": "account", "id": AOZORA.id}}
    clerk = bearer(let_in(hub, CLERK))
    assert frame.post("/api/widgets", json=asked, headers=clerk).json()["user"] == CLERK.email
    answer = frame.post("/api/widgets", json={**asked, "user": ADMINISTRATOR.email}, headers=clerk)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert frame.post("/api/widgets", json=asked).status_code == 401
    assert api.post("/api/widgets", json={**asked, "user": STRANGER.email}).status_code == 403
    assert api.post("/api/widgets", json={"record": {"entity": "deal", "id": "0"}}).status_code == 404
    for minutes in (0, 61):
        assert api.post("/api/widgets", json={**asked, "minutes": minutes}).status_code == 422


def test_permissions_decide_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "hub" / "rules" / "permissions"
    folder.mkdir(parents=True)
    (folder / "matrix.yaml").write_text(ONLY_ADMINISTRATORS, encoding="utf-8")
    with (
        filled_hub(tmp_path / "hub") as hub,
        running(hub, work=False) as served,
        httpx2.Client(base_url=served.base_url, timeout=20, headers=bearer(let_in(hub))) as api,
    ):
        seen = httpx2.get(made(api)["url"])
        assert "INV-000042" in seen.text
        hidden = httpx2.get(made(api, user=CLERK.email)["url"])
        assert hidden.status_code == 403
        assert "no documents here that you may see" in hidden.text
        assert "INV-" not in hidden.text


ONLY_ADMINISTRATORS = """
version: 1
permissions: matrix
title: A matrix of profiles
policies:
  - {policy: admins, effect: permit, who: {administrators: true}, actions: all, on: all}
  - {policy: look, effect: permit, who: {profiles: [Standard]}, actions: [view], on: [hub]}
"""
