"""A call with a key is done once, however often it is sent."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from tsunagi.store.repeated_calls import KEPT, RepeatedCalls

USER = "ichiro.suzuki@example.com"


def make(desk: Any, key: str, label: str = "repeated") -> httpx2.Response:
    answer: httpx2.Response = desk.api.post(
        "/api/tokens", json={"user": USER, "label": label}, headers={"Idempotency-Key": key}
    )
    return answer


def tokens(desk: Any, label: str) -> int:
    return [each["label"] for each in desk.ask("GET", "tokens")["items"]].count(label)


def test_the_second_is_answered_as_the_first(desk: Any) -> None:
    first, again = make(desk, "k1"), make(desk, "k1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert tokens(desk, "repeated") == 1
    assert make(desk, "k2").json()["id"] != first.json()["id"]


def test_another_body_is_refused_with_the_key_of_the_first(desk: Any) -> None:
    make(desk, "k3", "one")
    refused = make(desk, "k3", "other")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:tsunagi:problem:KeyInUse"
    assert tokens(desk, "other") == 0


def test_sent_many_times_at_one_moment_it_is_done_once(desk: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: make(desk, "k4", "at once"), range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert tokens(desk, "at once") == 1


def test_what_was_refused_may_be_corrected_with_the_same_key(desk: Any) -> None:
    refused = desk.api.post("/api/tokens", json={"user": "nobody@example.com"}, headers={"Idempotency-Key": "k5"})
    assert refused.status_code == 409
    assert make(desk, "k5", "corrected").status_code == 201


def test_a_call_that_was_interrupted_is_not_done_again(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RepeatedCalls, "answered", lambda *_: None)
    assert make(desk, "k6", "interrupted").status_code == 201
    monkeypatch.undo()
    again = make(desk, "k6", "interrupted")
    assert again.status_code == 409
    assert "look whether it was done" in again.json()["hint"]
    assert tokens(desk, "interrupted") == 1


def test_a_key_is_its_persons_and_lasts_a_day(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make(desk, "k7", "first day")
    later = desk.hub.context.now() + KEPT * 1.01
    monkeypatch.setattr(desk.hub, "context", replace(desk.hub.context, now=lambda: later))
    assert make(desk, "k7", "second day").status_code == 201
    assert tokens(desk, "second day") == 1


def test_what_was_answered_is_not_readable_in_the_database(desk: Any) -> None:
    text = make(desk, "k8").json()["text"]
    with sqlite3.connect(desk.hub.settings.home / "tsunagi.sqlite3") as database:
        kept = [str(row) for row in database.execute("SELECT * FROM repeated_call")]
    assert kept
    assert not any(text in row for row in kept)


def test_every_call_that_writes_takes_a_key(api: httpx2.Client) -> None:
    paths = api.get("/api/openapi.json").json()["paths"]
    posts = {path: operations["post"] for path, operations in paths.items() if "post" in operations}
    without = [
        path
        for path, operation in posts.items()
        if "Idempotency-Key" not in {each["name"] for each in operation.get("parameters", [])}
    ]
    # Services call as they do; each of their callbacks is safe to repeat.
    assert without == ["/api/notifications/{service}"]
    assert len(posts) >= 25
