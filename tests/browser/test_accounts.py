"""Accounts, as somebody clicks and types."""

import re

import pytest
from filled_hub import AOZORA
from playwright.sync_api import Page, expect


def test_the_list_follows_what_is_typed(page: Page) -> None:
    page.goto("/accounts")
    expect(page.get_by_role("row")).to_have_count(51)
    search = page.get_by_role("searchbox")
    search.press_sequentially("あおぞら", delay=20)
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("link", name="株式会社あおぞら精機")).to_be_visible()
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile("search="))
    search.fill("zzz")
    expect(page.get_by_text("Nothing here is called “zzz”")).to_be_visible()


def test_a_search_survives_a_reload_and_a_way_back(page: Page) -> None:
    page.goto("/accounts")
    page.get_by_role("searchbox").fill("harbour")
    expect(page.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Harbour & Sons").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour & Sons <Ltd>")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("harbour")


def test_a_column_is_chosen_sorted_by_and_saved(page: Page) -> None:
    page.goto("/deals")
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_role("checkbox", name="Outcome").check()
    expect(page.get_by_role("columnheader", name="Outcome")).to_be_visible()
    page.get_by_role("link", name="Amount").click()
    expect(page.get_by_role("columnheader", name="Amount")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("columnheader", name="Outcome")).to_be_visible()
    page.get_by_label("State").select_option("not_billed")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    page.get_by_label("State").select_option("")
    expect(page.get_by_role("row")).to_have_count(4)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as CSV").click()
    assert "Outcome" in saved.value.path().read_text(encoding="utf-8").splitlines()[0]


def test_why_an_invoice_exists_unfolds(page: Page) -> None:
    page.goto(f"/accounts/{AOZORA.id}")
    condition = page.get_by_text("Amount is more than 0")
    expect(condition).to_be_hidden()
    page.get_by_text("Why: Invoice a won deal").click()
    expect(condition).to_be_visible()
    page.get_by_role("link", name="Show the rule “Invoice a won deal”").click()
    expect(page).to_have_url(re.compile("/rules#deal_won_invoice$"))


def test_tabs_of_services_change_without_a_new_page_and_can_be_undone(page: Page) -> None:
    page.goto(f"/accounts/{AOZORA.id}")
    expect(page.get_by_role("rowheader", name="INV-000042")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    page.get_by_role("main").get_by_role("link", name="Kumo Ledger").click()
    expect(page.get_by_text("DN-1")).to_be_visible()
    expect(page.get_by_role("rowheader", name="INV-000042")).to_be_hidden()
    assert page.evaluate("window.sameDocument") is True
    expect(page).to_have_url(re.compile("service=ledger"))
    page.go_back()
    expect(page.get_by_role("rowheader", name="INV-000042")).to_be_visible()


def test_the_language_can_be_switched_and_stays(page: Page) -> None:
    page.goto(f"/accounts/{AOZORA.id}")
    page.get_by_role("link", name="日本語").click()
    expect(page.get_by_role("heading", name="請求書")).to_be_visible()
    page.get_by_role("link", name="ルール").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ルール")


@pytest.mark.parametrize("path", ["/accounts", f"/accounts/{AOZORA.id}", "/sync-runs", "/rules", "/plugins"])
def test_nothing_hangs_over_the_edge_of_a_phone(narrow: Page, path: str) -> None:
    narrow.goto(path)
    width = narrow.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"{path} is {width} wide"


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/accounts")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Save as CSV")).to_be_focused()


def test_everything_is_there_without_scripts(without_scripts: Page) -> None:
    without_scripts.goto("/accounts")
    without_scripts.get_by_role("searchbox").fill("あおぞら")
    without_scripts.get_by_role("button", name="Show").click()
    without_scripts.get_by_role("link", name="株式会社あおぞら精機").click()
    expect(without_scripts.get_by_role("rowheader", name="INV-000042")).to_be_visible()
    without_scripts.get_by_role("main").get_by_role("link", name="Kumo Ledger").click()
    expect(without_scripts.get_by_text("DN-1")).to_be_visible()


@pytest.mark.parametrize("path", ["/accounts", f"/accounts/{AOZORA.id}", "/sync-runs", "/rules", "/plugins"])
def test_every_field_table_and_picture_has_a_name(page: Page, path: str) -> None:
    page.goto(path)
    nameless = page.evaluate(
        """() => [
          ...[...document.querySelectorAll("input:not([type=hidden])")].filter(e => !e.labels.length),
          ...[...document.querySelectorAll("table")].filter(e => !e.caption),
          ...[...document.querySelectorAll("thead th")].filter(e => !e.scope),
          ...[...document.querySelectorAll("svg:not([aria-hidden]), img:not([alt])")],
          ...[...document.querySelectorAll("nav, progress")].filter(e => !e.ariaLabel),
        ].map(e => e.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
