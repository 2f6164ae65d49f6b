"""Sync runs over the API."""

import httpx2
import pytest
from filled_hub import AOZORA, NOW

from tsunagi import Text
from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns


@pytest.mark.parametrize(
    ("body", "field"),
    [({"pairs": "books"}, "pairs"), ({"full": "perhaps"}, "full"), ({"everything": True}, "everything"), ([], "body")],
)
def test_a_body_that_cannot_be_meant(api: httpx2.Client, body: object, field: str) -> None:
    answer = api.post("/api/sync-runs", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_pair_nobody_brings(api: httpx2.Client) -> None:
    answer = api.post("/api/sync-runs", json={"pairs": ["books.customer"]})
    assert answer.status_code == 422
    assert answer.json()["hint"] == "Did you mean 'books.customers'?"


def test_a_run_tells_what_became_of_each_record(api: httpx2.Client, hub: Hub) -> None:
    with hub.store.write() as session:
        runs = SyncRuns(session)
        runs.start("sync-told", "full", NOW)
        reason = Text(en="The names differ.", ja="名前が違います。")
        outcome = SyncOutcome(pair="books.customers", left=AOZORA, right=None, outcome="match", reason=reason)
        runs.add_outcomes("sync-told", [outcome])
        runs.finish("sync-told", "done", NOW, counts={"crm.account": {"read": 3, "changed": 1}})
    run = api.get("/api/sync-runs/sync-told", headers={"Accept-Language": "ja"}).json()
    assert run["state"] == "done"
    assert run["counts"] == {"crm.account": {"read": 3, "changed": 1}}
    assert run["outcome_counts"] == {"match": 1}
    assert run["outcomes"][0]["left"]["id"] == AOZORA.id
    assert run["outcomes"][0]["reason"] == "名前が違います。"
    told = {"state": "match", "text": "名前が違います。", "count": 1, "code": None}
    assert [{name: each[name] for name in told} for each in run["reasons"]] == [told]
    for asked, left in (
        ({"reason": run["reasons"][0]["key"]}, 1),
        ({"reason": "The names differ."}, 1),
        ({"state": "adopt"}, 0),
    ):
        narrowed = api.get("/api/sync-runs/sync-told", params=asked).json()
        assert (len(narrowed["outcomes"]), len(narrowed["reasons"])) == (left, 1)
    assert api.get("/api/sync-runs/sync-told", params={"state": "refused"}).status_code == 422
    listed = api.get("/api/sync-runs").json()["items"]
    assert "sync-told" in [item["id"] for item in listed]


def test_a_run_nobody_began(api: httpx2.Client) -> None:
    assert api.get("/api/sync-runs/sync-0").status_code == 404
