"""`tsunagi status` and `tsunagi retry`, and what a sync says of them by its exit code."""

from collections.abc import Callable
from typing import Any

import pytest

Inside = Callable[..., Any]


@pytest.fixture
def refused(inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Two accounts of one name, connected and synced once: the second has no customer."""
    for name, value in company.variables("crm", "books").items():
        monkeypatch.setenv(name, value)
    for service in ("crm", "books"):
        assert inside("connect", service, "--json").code == 0
    return tuple(company.add("Accounts", {"Account_Name": "みなと商会"}, {"Account_Name": "みなと商会"}))


def test_an_open_item_ends_every_sync_with_code_1_until_it_is_in_order(
    inside: Inside, company: Any, refused: tuple[str, ...]
) -> None:
    first = inside("sync", "--start")
    assert first.code == 1
    assert "Open" in first.out
    assert "tsunagi status" in first.err

    second = inside("sync", "--json")
    assert (second.code, second.json["state"], second.json["open_items"]) == (1, "done", {"person": 1, "itself": 0})
    assert inside("sync", "--ignore-open").code == 0

    (item,) = inside("status", "--json").json
    assert (item["kind"], item["reason"], item["resolver"]) == ("write", "refused", "person")
    assert item["records"][0]["record"] in {f"crm:account:{id}" for id in refused}
    shown = inside("status")
    assert (shown.code, "みなと商会" in shown.out) == (0, True)
    japanese = inside("--language", "ja", "status")
    assert "拒否されました" in japanese.out
    assert "修正してください" in japanese.out.replace("\n", "")
    assert inside("status", "--kind", "mail", "--json").json == []

    again = inside("retry", "refused", "--json")
    assert (again.code, again.json) == (0, {"retried": 1, "finished": True, "open_items": {"person": 1, "itself": 0}})

    company.change("Accounts", refused[1], Account_Name="みなと商会 神戸支店")
    assert inside("sync").code == 0
    ended = inside("status")
    assert (ended.out, "Everything is as it should be" in ended.err) == ("", True)
    assert "nothing to try again" in inside("retry").err


def test_what_is_retried_must_be_something(inside: Inside, refused: tuple[str, ...]) -> None:
    assert refused
    ended = inside("retry", "nonsense")
    assert ended.code == 2
    assert "neither a reason" in ended.err.replace("\n", " ")


def test_a_sync_that_has_used_up_the_day_is_no_failure(
    inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.add("Accounts", *({"Account_Name": f"Account {number:02}"} for number in range(8)))
    for name, value in company.variables("crm", "books").items():
        monkeypatch.setenv(name, value)
    for service in ("crm", "books"):
        assert inside("connect", service).code == 0
    contacts = {"method": "POST", "path": "/books/v3/contacts"}
    company.fault("rate_limit", **contacts, skip=3, count=None, code="45", seconds=36_000)

    planned = inside("sync", "--plan", "--json")
    assert planned.code == 0, planned.err
    assert planned.json["workload"]["books"]["writes"] == 8
    ended = inside("sync", "--start", "--json")
    assert (ended.code, ended.json["state"]) == (0, "waiting"), ended.err
    assert ended.json["resumes_at"]
    told = inside("status")
    assert (told.code, ended.json["run"] in told.err, "goes on at" in told.err) == (0, True, True)
    assert "Everything is as it should be." in told.err
    (books,) = (each for each in inside("limits", "--json").json if each["service"] == "books")
    assert books["waits_until"]
    assert "wait" in inside("limits").out
    assert inside("sync", "resume").code == 0
    assert inside("sync", "cancel").code == 0
    assert "goes on at" not in inside("status").err
