"""A sync run as it is watched."""

import re
from collections.abc import Iterator

import pytest
from filled_hub import AOZORA, NOW, filled_hub
from pictures import examine, keep
from playwright.sync_api import Browser, BrowserContext, Page, expect
from signing_in import kept_by_browser

from tsunagi import OutsideWrite, Text
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.sync_runs import SyncRuns


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("office")) as hub:
        yield hub


@pytest.fixture(scope="module")
def address(office: Hub) -> Iterator[str]:
    with running(office) as served:
        yield served.base_url


@pytest.fixture
def context(browser: Browser, office: Hub, address: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=address, storage_state=kept_by_browser(office, address))
    yield context
    context.close()


def progress(hub: Hub, done: int) -> None:
    with hub.store.write() as session:
        told = {"phase": "write", "name": "books.customers", "done": done, "of": 200}
        SyncRuns(session).progress("sync-watched", told)


def test_progress_moves_by_itself_until_the_run_ends(page: Page, office: Hub) -> None:
    with office.store.write() as session:
        SyncRuns(session).start("sync-watched", "incremental", NOW)
    progress(office, 20)
    page.goto("/sync-runs/sync-watched")
    expect(page.get_by_text("20 of 200")).to_be_visible()
    assert page.get_by_role("progressbar").get_attribute("value") == "20"

    progress(office, 140)
    expect(page.get_by_text("140 of 200")).to_be_visible()

    with office.store.write() as session:
        counts = {"books.customers": {"create": 200, "done": 200}}
        SyncRuns(session).finish("sync-watched", "done", NOW, counts=counts)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("row", name="Accounts and Zoho Books customers")).to_contain_text("200")
    # Nobody asks any more once there is nothing to wait for.
    assert page.locator("#run").get_attribute("hx-trigger") is None


def test_the_button_begins_a_sync(page: Page, office: Hub) -> None:
    with office.store.write() as session:
        SyncRuns(session).start("sync-before", "incremental", NOW)
        SyncRuns(session).finish("sync-before", "done", NOW)
    page.goto("/sync-runs")
    page.get_by_role("button", name="Sync now").click()
    expect(page).to_have_url(re.compile("/sync-runs/sync-"))
    # These connections have no credentials, and the page says so rather than wait for ever.
    expect(page.get_by_text("Failed").first).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()


def test_records_are_narrowed_to_a_reason_and_all_of_it_is_tried_again(page: Page, office: Hub) -> None:
    key, said = "watched-refused", Text(en="The e-mail is taken.", ja="メールは使用済みです。")
    write = NewIntent(
        key=key, write=OutsideWrite("create", "books", "customer"), batch="sync-told:p", pair="p", plan={"left": AOZORA}
    )
    with office.store.write() as session:
        SyncRuns(session).start("sync-told", "full", NOW)
        SyncRuns(session).finish("sync-told", "done", NOW)
        Intents(session).plan([write], NOW)
        Intents(session).failure(key, said, NOW)
        item = NewOpenItem(key=f"write:p:{key}", kind="write", service="books", reason="refused", text=said)
        OpenItems(session).report([item], NOW)
    page.goto("/sync-runs/sync-told")
    page.get_by_role("link", name="The e-mail is taken.").click()
    expect(page.get_by_role("link", name="The e-mail is taken.")).to_have_attribute("aria-current", "true")
    examine(page)
    keep(page, "sync-run-reason")
    page.get_by_role("button", name="Try again: 1").click()
    expect(page.get_by_text("Being tried again: 1.")).to_be_visible()
    examine(page)
