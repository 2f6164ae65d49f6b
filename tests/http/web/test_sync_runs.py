"""Sync runs on pages: the list, the button, and what one run came to."""

import re
from collections.abc import Callable

import httpx2
import pytest
from filled_hub import AOZORA, NOW

from tsunagi import OutsideWrite, Text
from tsunagi.cli import following
from tsunagi.hub import Hub
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns

Visit = Callable[..., str]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def a_run(hub: Hub, id: str, state: str = "done") -> None:
    counts = {
        "crm.account": {"read": 224, "changed": 12},
        "books.customers": {"create": 10, "update": 2, "park": 1, "done": 11, "failed": 1},
    }
    outcome = SyncOutcome(
        pair="books.customers",
        left=AOZORA,
        right=None,
        outcome="incomplete",
        reason=Text(en="'name' must be filled.", ja="「name」が必要です。"),
    )
    refused = NewIntent(
        key=f"refused-{id}",
        write=OutsideWrite("create", "books", "customer"),
        batch=f"{id}:books.customers",
        plan={"left": AOZORA},
    )
    with hub.store.write() as session:
        runs = SyncRuns(session)
        runs.start(id, "full", NOW)
        runs.add_outcomes(id, [outcome])
        Intents(session).plan([refused], NOW)
        Intents(session).failure(refused.key, Text(en="The e-mail is taken.", ja="メールは使用済みです。"), NOW)
        if state != "running":
            problem = Text(en="Too many would be deleted.", ja="削除が多すぎます。") if state == "refused" else None
            runs.finish(id, state, NOW, counts=counts, problem=problem)


def test_a_finished_run_tells_counts_and_reasons(hub: Hub, visit: Visit) -> None:
    a_run(hub, "sync-finished")
    page = text_of(visit("/sync-runs/sync-finished"))
    for shown in ("All records", "Done", "Accounts and Zoho Books customers", "Accounts", "224", "12"):
        assert shown in page
    assert "Could not be written" in page
    assert "株式会社あおぞら精機 The e-mail is taken." in page
    assert "Something is missing" in page
    assert "must be filled." in page


def test_the_same_in_japanese(hub: Hub, visit: Visit) -> None:
    a_run(hub, "sync-japanese")
    page = text_of(visit("/sync-runs/sync-japanese", lang="ja"))
    for shown in ("完了", "書き込めませんでした", "メールは使用済みです。", "入力不足", "「name」が必要です。"):
        assert shown in page


def test_a_run_that_was_stopped_says_why(hub: Hub, visit: Visit) -> None:
    a_run(hub, "sync-refused", "refused")
    page = text_of(visit("/sync-runs/sync-refused"))
    assert "Stopped for safety" in page
    assert "Too many would be deleted." in page


def test_a_running_one_shows_its_progress_and_asks_again(hub: Hub, visit: Visit) -> None:
    a_run(hub, "sync-running", "running")
    with hub.store.write() as session:
        progress = {"phase": "write", "name": "books.customers", "done": 40, "of": 1200}
        SyncRuns(session).progress("sync-running", progress)
    page = visit("/sync-runs/sync-running")
    assert "Writing Accounts and Zoho Books customers" in page
    assert "40 of 1,200" in page
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page, "without scripts the page reloads itself"
    assert "every 1s" not in visit("/sync-runs/sync-finished")


def test_each_service_shows_what_it_is_at_or_waits_for(
    hub: Hub, visit: Visit, capsys: pytest.CaptureFixture[str]
) -> None:
    a_run(hub, "sync-lanes", "running")
    waits = {"phase": "wait", "name": "books.customers", "en": "It did not answer.", "ja": "応答がありません。"}
    with hub.store.write() as session:
        runs = SyncRuns(session)
        runs.advance("sync-lanes", "books", waits, counts={"books.customers": {"done": 3}})
        writes = {"phase": "write", "name": "invoice.customers", "done": 40, "of": 1200}
        runs.advance("sync-lanes", "invoice", writes, counts={"invoice.customers": {"done": 40}})
        run = runs.get("sync-lanes")
    page = text_of(visit("/sync-runs/sync-lanes"))
    assert "Waiting for Zoho Books: It did not answer." in page
    assert "40 of 1,200" in page
    assert "Zoho Books を待っています: 応答がありません。" in text_of(visit("/sync-runs/sync-lanes", lang="ja"))
    # The same for who follows it on the command line, in a log.
    assert run is not None
    following._Lines(hub)(run)
    said = " ".join(capsys.readouterr().err.split())
    assert "Waiting for Zoho Books: It did not answer." in said
    assert "40/1200" in said


def test_the_list_shows_every_run_once(hub: Hub, reader: httpx2.Client) -> None:
    for number in range(25):
        a_run(hub, f"sync-many-{number:02}")
    seen: list[str] = []
    address = "/sync-runs"
    while address:
        page = reader.get(address).text
        seen += re.findall(r'href="/sync-runs/(sync-many-\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert sorted(seen) == [f"sync-many-{number:02}" for number in range(25)]
