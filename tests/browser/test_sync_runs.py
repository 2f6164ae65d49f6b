"""A sync run as it is watched."""

import re

from filled_hub import NOW
from playwright.sync_api import Page, expect

from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncRuns


def progress(hub: Hub, done: int) -> None:
    with hub.store.write() as session:
        told = {"phase": "write", "name": "books.customers", "done": done, "of": 200}
        SyncRuns(session).progress("sync-watched", told)


def test_progress_moves_by_itself_until_the_run_ends(page: Page, hub: Hub) -> None:
    with hub.store.write() as session:
        SyncRuns(session).start("sync-watched", "incremental", NOW)
    progress(hub, 20)
    page.goto("/sync-runs/sync-watched")
    expect(page.get_by_text("20 of 200")).to_be_visible()
    assert page.get_by_role("progressbar").get_attribute("value") == "20"

    progress(hub, 140)
    expect(page.get_by_text("140 of 200")).to_be_visible()

    with hub.store.write() as session:
        counts = {"books.customers": {"create": 200, "done": 200}}
        SyncRuns(session).finish("sync-watched", "done", NOW, counts=counts)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("row", name="Accounts and Zoho Books customers")).to_contain_text("200")
    # Nobody asks any more once there is nothing to wait for.
    assert page.locator("#run").get_attribute("hx-trigger") is None


def test_the_button_begins_a_sync(page: Page, hub: Hub) -> None:
    with hub.store.write() as session:
        SyncRuns(session).start("sync-before", "incremental", NOW)
        SyncRuns(session).finish("sync-before", "done", NOW)
    page.goto("/sync-runs")
    page.get_by_role("button", name="Sync now").click()
    expect(page).to_have_url(re.compile("/sync-runs/sync-"))
    # These connections have no credentials, and the page says so rather than wait for ever.
    expect(page.get_by_text("Failed").first).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()
