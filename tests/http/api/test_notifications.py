"""Callbacks of the services."""

import datetime as dt
import json
from typing import Any

import httpx2
import pytest

from tsunagi import Subscription
from tsunagi.http.api.notifications import LARGEST_BODY
from tsunagi.hub import Hub
from tsunagi.store.notifications import Inbox, Subscriptions

CHANNEL, SECRET = "1000000001", "a-secret-of-the-subscription"


@pytest.fixture(autouse=True)
def subscribed(hub: Hub) -> None:
    expires = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    wish = Subscription(CHANNEL, "http://hub.example/api/notifications/crm", SECRET, ("deal",), expires)
    with hub.store.write() as session:
        Subscriptions(session).save("crm", wish)


def callback(**changes: Any) -> dict[str, Any]:
    told = {
        "module": "Deals",
        "operation": "update",
        "ids": ["3001", "3002"],
        "channel_id": CHANNEL,
        "token": SECRET,
        "resource_uri": "https://crm.example/crm/v8/Deals",
    }
    return {**told, **changes}


def waiting(hub: Hub) -> int:
    with hub.store.read() as session:
        return Inbox(session).waiting()


def test_a_callback_is_kept_to_be_read(api: httpx2.Client, hub: Hub) -> None:
    before = waiting(hub)
    answer = api.post("/api/notifications/crm", json=callback())
    assert answer.status_code == 202
    assert answer.json() == {"records": 2}
    api.post("/api/notifications/crm", json=callback())
    assert waiting(hub) == before + 2, "the same record waits once"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_content_type_does_not_matter(api: httpx2.Client, content_type: str) -> None:
    body = json.dumps(callback()).encode()
    answer = api.post("/api/notifications/crm", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 202


def test_it_is_accepted_from_anywhere(api: httpx2.Client) -> None:
    """A service is another site, and proves itself by its secret."""
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://crm.example"}
    assert api.post("/api/notifications/crm", json=callback(), headers=headers).status_code == 202


@pytest.mark.parametrize("changes", [{"token": "guessed"}, {"channel_id": "42"}, {"token": "\ud800"}])
def test_one_without_the_secret_is_refused(api: httpx2.Client, hub: Hub, changes: dict[str, str]) -> None:
    before = waiting(hub)
    answer = api.post("/api/notifications/crm", content=json.dumps(callback(ids=["999"], **changes)))
    assert answer.status_code == 403
    assert answer.json()["title"] == "The callback does not carry the secret of its subscription."
    assert waiting(hub) == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"module": "Tasks"}', b"[" * 5000])
def test_one_that_makes_no_sense_is_refused(api: httpx2.Client, body: bytes) -> None:
    answer = api.post("/api/notifications/crm", content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_service_nobody_brings(api: httpx2.Client) -> None:
    assert api.post("/api/notifications/astrology", json=callback()).status_code == 404


def test_a_body_beyond_all_measure_is_refused(api: httpx2.Client) -> None:
    answer = api.post("/api/notifications/crm", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    pieces = (b" " * 65536 for _ in range(64))
    assert api.post("/api/notifications/crm", content=pieces).status_code == 413
