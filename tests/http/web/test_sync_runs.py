"""Sync runs on pages: the list, the button, and what one run came to."""

import re
from collections.abc import Callable
from html import unescape

import httpx2
import pytest
from filled_hub import AOZORA, HARBOUR, NOW
from signing_in import form_token

from tsunagi import OutsideWrite, RecordRef, Text
from tsunagi.cli import following
from tsunagi.hub import Hub
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns

Visit = Callable[..., str]


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


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


def a_run_with_many_reasons(hub: Hub, id: str) -> None:
    """Three writes were refused, two of them alike, one service was away, and five records lack something."""
    refused = [("taken-1", "The e-mail is taken."), ("taken-2", "The e-mail is taken."), ("long", "It is too long.")]
    failed = [*((name, "refused", said) for name, said in refused), ("away", "service_away", "No answer.")]
    lacks = [("name", 3), ("email", 2)]
    with hub.store.write() as session:
        SyncRuns(session).start(id, "full", NOW)
        for field, count in lacks:
            why = Text(en=f"'{field}' must be filled.", ja=f"「{field}」が必要です。")
            for _ in range(count):
                outcome = SyncOutcome(pair="books.customers", left=AOZORA, right=None, outcome="incomplete", reason=why)
                SyncRuns(session).add_outcomes(id, [outcome])
        SyncRuns(session).finish(id, "done", NOW)
        for name, reason, said in failed:
            key, text = f"{id}-{name}", Text.same(said)
            write = OutsideWrite("create", "books", "customer")
            plan = {"left": HARBOUR if name == "long" else AOZORA}
            new = NewIntent(key=key, write=write, batch=f"{id}:books.customers", pair="books.customers", plan=plan)
            Intents(session).plan([new], NOW)
            Intents(session).failure(key, text, NOW)
            item = NewOpenItem(
                key=f"write:books.customers:{key}",
                kind="write",
                service="books",
                records=[plan["left"]],
                reason=reason,
                text=text,
            )
            OpenItems(session).report([item], NOW)


def reasons_of(page: str) -> dict[str, str]:
    """The reasons a page offers, with how many records each has: {"words 3": address}."""
    found = re.findall(r'<li><a href="([^"]+)"[^>]*>(.*?)</a><span class="count">(\d+)</span>', page)
    return {unescape(f"{words} {count}"): unescape(address) for address, words, count in found}


def test_records_are_narrowed_to_a_state_and_a_reason_and_all_of_it_is_tried_again(
    hub: Hub, visit: Visit, reader: httpx2.Client
) -> None:
    a_run_with_many_reasons(hub, "sync-reasons")
    offered = reasons_of(visit("/sync-runs/sync-reasons"))
    refused, lacking = "Zoho Books refused it: … 3", "'email' must be filled. 2"
    assert {refused, "No answer. 1", "'name' must be filled. 3", lacking} == set(offered)

    narrowed = reader.get(offered[lacking]).text
    assert text_of(narrowed).count("'email' must be filled.") == 1 + 2, "the reason, and two records"
    assert "株式会社あおぞら精機" in narrowed
    assert "No answer." not in narrowed
    assert "Show every record of the run" in narrowed

    narrowed = reader.get(offered[refused]).text
    assert "The e-mail is taken." in narrowed
    assert "It is too long." in narrowed
    assert "<td>No answer.</td>" not in narrowed
    token = form_token(narrowed)
    answer = reader.post("/sync-runs/sync-reasons/retry", data={"form_token": token, "reason": "refused"})
    said = text_of(reader.get(answer.headers["location"]).text)
    assert "Being tried again: 3. … refused it: …" in said, said
    assert "株式会社あおぞら精機 , Harbour" in said, said
    again = visit("/open-items", reason="refused")
    assert "The e-mail is taken." in again
    assert "No answer." not in again
    # The second click finds the same ones again; nobody is told of an error.
    assert reader.post(answer.request.url.path, data={"form_token": token, "reason": "refused"}).status_code == 303
    nonsense = reader.post(answer.request.url.path, data={"form_token": token, "reason": "nonsense"})
    assert nonsense.status_code == 422


def test_a_state_that_is_none_is_said_and_one_without_records_is_empty(visit: Visit, reader: httpx2.Client) -> None:
    answer = reader.get("/sync-runs/sync-reasons", params={"state": "refused"})
    assert answer.status_code == 422
    assert "Valid are: failed, abandoned" in answer.text
    assert "Nothing fits these filters" in visit("/sync-runs/sync-reasons", state="adopt")


def test_a_single_state_is_read_page_by_page(hub: Hub, visit: Visit, reader: httpx2.Client) -> None:
    why = Text(en="New in the CRM.", ja="CRM側の新しいレコードです。")
    made = [
        SyncOutcome(
            pair="p", left=RecordRef("crm", "account", f"new-{number:02}"), right=None, outcome="create", reason=why
        )
        for number in range(45)
    ]
    with hub.store.write() as session:
        SyncRuns(session).start("sync-long", "full", NOW)
        SyncRuns(session).add_outcomes("sync-long", made)
        SyncRuns(session).finish("sync-long", "done", NOW)
    seen: list[str] = []
    address = "/sync-runs/sync-long?state=create"
    while address:
        page = reader.get(address).text
        seen += re.findall(r"new-\d+(?=</a>)", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert seen == [f"new-{number:02}" for number in range(45)]
    assert "The first 20 of 45." in visit("/sync-runs/sync-long")


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
