"""Signing in and out, and the pages of deals, as somebody clicks and types."""

import re

from filled_hub import WON_DEAL
from playwright.sync_api import Browser, Page, expect
from signing_in import let_in

from tsunagi.hub import Hub


def test_a_stranger_signs_in_and_is_where_they_wanted_to_be(browser: Browser, base_url: str, hub: Hub) -> None:
    context = browser.new_context(base_url=base_url, locale="en-US")
    page = context.new_page()
    page.goto(f"/deals/{WON_DEAL.id}")
    expect(page.get_by_label("Token")).to_be_focused()
    page.get_by_label("Token").fill("tsunagi_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This token is not valid.")
    page.get_by_label("Token").fill(let_in(hub))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"/deals/{WON_DEAL.id}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("生産ライン更新")
    page.get_by_role("button", name="Sign out").click()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_a_tab_of_somebody_who_is_signed_out_meanwhile_leads_to_the_sign_in_page(
    browser: Browser, base_url: str, hub: Hub
) -> None:
    context = browser.new_context(base_url=base_url, locale="en-US")
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Token").fill(let_in(hub))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/deals/{WON_DEAL.id}")
    context.clear_cookies()
    page.get_by_role("main").get_by_role("link", name="Kumo Ledger").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_a_deal_fits_on_a_phone(narrow: Page) -> None:
    narrow.goto(f"/deals/{WON_DEAL.id}")
    expect(narrow.get_by_role("rowheader", name="INV-000042")).to_be_visible()
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
