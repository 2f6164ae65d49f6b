"""Callbacks: subscribing, what is told, retries, duplicates, expiry, and what happens on a restart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zoho_sandbox.server import Running, running
from zoho_sandbox.settings import SandboxSettings

Connect = Callable[[Running], httpx2.Client]


@pytest.fixture
def api(serve: Callable[..., Running], connect: Connect) -> httpx2.Client:
    return connect(serve())


def watch(api: httpx2.Client, url: str, *events: str, **more: Any) -> dict[str, Any]:
    channel = {"channel_id": "1000000068001", "events": list(events), "notify_url": url, "token": "secret", **more}
    answer = api.post("/crm/v8/actions/watch", json={"watch": [channel]})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["watch"][0])


def make_deals(api: httpx2.Client, number: int) -> list[str]:
    rows = [{"Deal_Name": f"D{n}", "Stage": "Qualification", "Amount": 100} for n in range(number)]
    answer = api.post("/crm/v8/Deals", json={"data": rows})
    return [item["details"]["id"] for item in answer.json()["data"]]


def test_one_call_on_many_records_is_one_callback(api: httpx2.Client, listener: Any) -> None:
    subscribed = watch(api, listener.url, "Deals.all")
    assert subscribed["details"]["events"][0]["resource_name"] == "Deals"
    ids = make_deals(api, 3)
    made = listener.next()
    assert (made["operation"], made["module"], made["ids"]) == ("insert", "Deals", ids)
    assert (made["channel_id"], made["token"]) == ("1000000068001", "secret")
    assert made["affected_fields"] == []
    api.put("/crm/v8/Deals", json={"data": [{"id": i, "Stage": "Closed Won"} for i in ids[:2]]})
    changed = listener.next()
    assert (changed["operation"], changed["ids"]) == ("update", ids[:2])
    assert changed["affected_fields"] == [{i: ["Stage", "Probability"]} for i in ids[:2]]
    assert "affected_values" not in changed
    api.delete("/crm/v8/Deals", params={"ids": ids[0]})
    assert listener.next()["operation"] == "delete"


def test_values_come_when_asked_for_and_only_for_the_fields_chosen(api: httpx2.Client, listener: Any) -> None:
    selection = {
        "group_operator": "or",
        "group": [{"field": {"api_name": "Stage"}}, {"field": {"api_name": "Amount"}}],
    }
    condition = {"type": "field_selection", "module": {"api_name": "Deals"}, "field_selection": selection}
    watch(
        api,
        listener.url,
        "Deals.edit",
        return_affected_field_values=True,
        notification_condition=[condition],
    )
    one, two = make_deals(api, 2)
    api.put("/crm/v8/Deals", json={"data": [{"id": one, "Next_Step": "call"}]})
    rows = [{"id": one, "Next_Step": "mail"}, {"id": two, "Amount": 70, "Next_Step": "mail"}]
    api.put("/crm/v8/Deals", json={"data": rows})
    told = listener.next()
    assert told["ids"] == [two], "the others changed no chosen field"
    assert told["affected_values"] == [{"record_id": two, "values": {"Amount": 70, "Next_Step": "mail"}}]
    assert listener.silent()


def test_only_subscribed_modules_and_operations_are_told(api: httpx2.Client, listener: Any) -> None:
    watch(api, listener.url, "Accounts.create", "Deals.delete")
    make_deals(api, 1)
    api.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "A"}, {"Phone": "1"}]})
    told = listener.next()
    assert (told["module"], len(told["ids"])) == ("Accounts", 1), "a record that failed is not told"
    assert listener.silent()


def test_a_failed_callback_is_sent_again_in_order(api: httpx2.Client, listener: Any) -> None:
    watch(api, listener.url, "Deals.all")
    listener.statuses = [500, 200]
    (first,) = make_deals(api, 1)
    (second,) = make_deals(api, 1)
    assert [listener.next()["ids"] for _ in range(3)] == [[first], [first], [second]]


def test_a_callback_can_be_duplicated_or_sent_again(api: httpx2.Client, listener: Any) -> None:
    watch(api, listener.url, "Deals.create")
    api.post("/_sandbox/faults", json={"kind": "duplicate_callback", "path": "/crm/v8/Deals"})
    make_deals(api, 1)
    assert listener.next() == listener.next()
    make_deals(api, 1)
    told = listener.next()
    listed = api.get("/_sandbox/callbacks").json()
    assert listed["callbacks"][0]["payload"]["ids"] == told["ids"]
    again = api.post(f"/_sandbox/callbacks/{listed['callbacks'][0]['id']}/redeliver")
    assert again.status_code == 202
    assert listener.next() == told
    assert api.post("/_sandbox/callbacks/99/redeliver").status_code == 404


def test_one_that_is_under_way_can_be_asked_for_again(api: httpx2.Client, listener: Any) -> None:
    watch(api, listener.url, "Deals.create")
    listener.answering.clear()
    make_deals(api, 1)
    told = listener.next()
    newest = api.get("/_sandbox/callbacks").json()["callbacks"][0]
    assert api.post(f"/_sandbox/callbacks/{newest['id']}/redeliver").status_code == 202
    listener.answering.set()
    assert listener.next() == told


def test_a_channel_ends_by_the_sandbox_clock(api: httpx2.Client, listener: Any) -> None:
    api.put("/_sandbox/clock", json={"now": "2027-01-01T00:00:00Z"})
    api.headers["Authorization"] = "Zoho-oauthtoken " + _fresh_token(api)
    far = watch(api, listener.url, "Deals.create", channel_expiry="2027-02-01T00:00:00+00:00")
    assert far["details"]["events"][0]["channel_expiry"].startswith("2027-01-01T10:00:0"), "too far means an hour"
    week = watch(api, listener.url, "Deals.create", channel_expiry="2027-01-07T00:00:00+00:00")
    assert week["details"]["events"][0]["channel_expiry"] == "2027-01-07T09:00:00+09:00"
    assert len(api.get("/crm/v8/actions/watch").json()["watch"]) == 1
    api.post("/_sandbox/clock/advance", json={"seconds": 7 * 24 * 3600})
    api.headers["Authorization"] = "Zoho-oauthtoken " + _fresh_token(api)
    make_deals(api, 1)
    assert api.get("/crm/v8/actions/watch").status_code == 204
    assert api.get("/_sandbox/callbacks").json()["callbacks"] == []


def _fresh_token(api: httpx2.Client) -> str:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "1000.sandbox-refresh",
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    return str(api.post("/oauth/v2/token", data=form).json()["access_token"])


def test_a_channel_can_be_changed_and_taken_back(api: httpx2.Client, listener: Any) -> None:
    watch(api, listener.url, "Deals.create", "Accounts.create")
    patched = {"channel_id": "1000000068001", "token": "new"}
    assert api.patch("/crm/v8/actions/watch", json={"watch": [patched]}).status_code == 200
    assert {channel["token"] for channel in api.get("/crm/v8/actions/watch").json()["watch"]} == {"new"}
    gone = {"channel_id": "1000000068001", "events": ["Accounts.create"], "_delete_events": True}
    assert api.patch("/crm/v8/actions/watch", json={"watch": [gone]}).status_code == 200
    left = api.get("/crm/v8/actions/watch").json()["watch"]
    assert [channel["events"] for channel in left] == [["Deals.create"]]
    put = {"channel_id": "1000000068001", "events": ["Deals.edit"], "notify_url": listener.url}
    assert api.put("/crm/v8/actions/watch", json={"watch": [put]}).status_code == 200
    replaced = api.get("/crm/v8/actions/watch", params={"module": "Deals"}).json()["watch"][0]
    assert (replaced["events"], replaced["token"]) == (["Deals.edit"], None)
    assert api.delete("/crm/v8/actions/watch", params={"channel_ids": "1000000068001"}).status_code == 200
    assert api.delete("/crm/v8/actions/watch", params={"channel_ids": "1000000068001"}).status_code == 202
    unknown = api.patch("/crm/v8/actions/watch", json={"watch": [patched]})
    assert unknown.json()["watch"][0]["code"] == "NOT_SUBSCRIBED"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"channel_id": ""}, "MANDATORY_NOT_FOUND", "$.watch[0].channel_id"),
        ({"events": ["Deals.win"]}, "INVALID_DATA", "$.watch[0].events[0]"),
        ({"events": ["Unicorns.all"]}, "INVALID_DATA", "$.watch[0].events[0]"),
        ({"notify_url": "ftp://x"}, "INVALID_DATA", "$.watch[0].notify_url"),
        ({"token": "x" * 51}, "INVALID_DATA", "$.watch[0].token"),
    ],
)
def test_a_wrong_subscription_is_located(api: httpx2.Client, change: dict[str, Any], code: str, path: str) -> None:
    channel = {"channel_id": "1", "events": ["Deals.all"], "notify_url": "http://127.0.0.1:9/x", **change}
    answer = api.post("/crm/v8/actions/watch", json={"watch": [channel]})
    assert answer.status_code == 202
    refused = answer.json()["watch"][0]
    assert (refused["code"], refused["details"]["json_path"]) == (code, path)


def test_what_was_queued_is_delivered_after_a_restart(tmp_path: Path, connect: Connect, listener: Any) -> None:
    settings = SandboxSettings(data=tmp_path / "kept.db", seed_data="empty")
    with running(settings) as server:
        api = connect(server)
        watch(api, listener.url, "Deals.create")
        listener.statuses = [500] * 2
        (deal,) = make_deals(api, 1)
        assert listener.next()["ids"] == [deal]
    with running(settings):
        assert listener.next()["ids"] == [deal]
        assert listener.next()["ids"] == [deal], "refused once more, then taken"
