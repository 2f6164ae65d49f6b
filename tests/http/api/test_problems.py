"""What a program is told when something is refused: in its own terms, and in the caller's language."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import httpx2
import pytest

from tsunagi.logging import configure

Serve = Callable[..., httpx2.Client]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    before = logging.getLogger().handlers[:]
    stream = io.StringIO()
    configure("ERROR", form="json", stream=stream)
    yield stream
    logging.getLogger().handlers[:] = before


def test_hints_name_calls_of_the_api_and_no_commands(serve_empty: Serve) -> None:
    client = serve_empty()
    refused = client.post("/api/documents/refresh", json={"service": "books"})
    assert refused.json()["title"] == "The service 'books' is not connected."
    assert refused.json()["hint"] == "Connect it first: PUT /api/connections/books"
    # What only a terminal can do is no hint for a program.
    assert "tsunagi connect" not in client.post("/api/sync-runs", json={}).text


def test_what_is_wrong_with_a_value_is_said_in_japanese(api: httpx2.Client) -> None:
    japanese = {"Accept-Language": "ja"}
    missing = api.post("/api/tokens", json={}, headers=japanese).json()
    assert missing["errors"] == [{"field": "user", "message": "必須項目です"}]
    limit = api.get("/api/accounts", params={"limit": 0}, headers=japanese).json()
    assert limit["errors"] == [{"field": "limit", "message": "1 以上の値を指定してください"}]
    settings = {"settings": {"client_id": ""}}
    refused = api.put("/api/connections/crm", json=settings, headers=japanese).json()
    assert "client_secret: 必須項目です" in refused["title"]
    assert "Field required" not in refused["title"]


def parts() -> Iterator[bytes]:
    for _ in range(20):
        yield b"x" * 65536


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused_without_a_traceback(
    api: httpx2.Client, log: io.StringIO, chunked: bool
) -> None:
    for path in ("/api/sync-runs", "/api/nowhere", "/sign-in"):
        answer = api.post(
            path, content=parts() if chunked else b"".join(parts()), headers={"Content-Type": "text/plain"}
        )
        assert answer.status_code in {404, 413, 422, 403}, (path, answer.status_code)
    assert [json.loads(line) for line in log.getvalue().splitlines()] == []


def test_a_first_sync_nobody_started_is_said_in_the_api_s_own_terms(serve_empty: Serve) -> None:
    refused = serve_empty("crm", "books").post("/api/sync-runs", json={})
    assert refused.status_code == 409
    assert refused.json()["hint"].startswith("See what it would do: POST /api/sync-runs")
