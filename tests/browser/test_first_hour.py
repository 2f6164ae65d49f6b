"""The first hour of somebody new, by pages alone: from the set-up link to a service that is switched off again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from filled_hub import empty_hub
from pictures import examine, keep
from playwright.sync_api import Browser, Locator, Page, expect
from ready_made import empty_sandbox

from tsunagi.app.connections.set_up import set_up_code
from tsunagi.http.server import running
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

ADMINISTRATOR = "hanako.sato@example.com"
# A sync of a few records, on a machine that has much else to do.
PATIENT_MS = 30_000
OWN_RULE = """\
version: 1
automation: big_deal_invoice
title: {en: Invoice big deals, ja: 大型商談を請求する}
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, at_least: 1000000 JPY}
actions:
  - {action: books.invoice.create}
"""


@dataclass
class Company:
    """The company's services, as somebody at work uses them meanwhile."""

    base_url: str

    def call(self, method: str, module: str, fields: dict[str, Any]) -> str:
        with httpx2.Client(base_url=self.base_url) as client:
            form = {"grant_type": "refresh_token", "client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
            given = client.post("/oauth/v2/token", data={**form, "refresh_token": "1000.sandbox-refresh"}).json()
            headers = {"Authorization": f"Zoho-oauthtoken {given['access_token']}"}
            answer = client.request(method, f"/crm/v8/{module}", json={"data": [fields]}, headers=headers)
            assert answer.status_code < 300, answer.text
            return str(answer.json()["data"][0]["details"]["id"])

    def company_uses(self, *services: str) -> None:
        with httpx2.Client(base_url=f"{self.base_url}/_sandbox") as client:
            id = client.get("/organizations").json()["organizations"][0]["organization_id"]
            client.put(f"/organizations/{id}/services", json={"services": list(services)}).raise_for_status()


@dataclass
class Newcomer:
    """Somebody who reads what is on the page, and clicks; addresses they type are the one they were given."""

    page: Page
    company: Company
    deal: str

    def look(self, name: str) -> None:
        keep(self.page, f"first-hour-{name}")
        examine(self.page)

    def go(self, group: str, entry: str = "") -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=group).click()
        if entry:
            self.page.get_by_role("navigation", name=group).get_by_role("link", name=entry, exact=True).click()

    def click(self, name: str, role: Any = "button", within: Locator | None = None) -> None:
        (within or self.page.get_by_role("main")).get_by_role(role, name=name, exact=True).click()

    def enter_credentials(self) -> None:
        self.page.get_by_label("Client ID").fill("1000.SANDBOX")
        self.page.get_by_label("Client secret").fill("sandbox-secret")
        self.page.get_by_label("Refresh token").fill("1000.sandbox-refresh")
        self.page.get_by_text("More settings").click()
        self.page.get_by_label("Address in place of a data centre").fill(self.company.base_url)
        self.page.get_by_label("Calls a minute").fill("0")

    def run_ends(self) -> None:
        expect(self.page.get_by_role("main").get_by_text("Done", exact=True)).to_be_visible(timeout=PATIENT_MS)

    def card(self, service: str) -> Locator:
        return self.page.get_by_role("region", name=service)


@pytest.fixture
def newcomer(tmp_path: Path, browser: Browser) -> Iterator[tuple[Newcomer, str]]:
    """Beside a company with one account and an open deal; with the link a new hub prints."""
    settings = SandboxSettings(data=empty_sandbox(tmp_path / "sandbox.db"), seed_data="empty")
    with (
        sandbox_running(settings) as sandbox,
        empty_hub(tmp_path / "hub", rules_dir=tmp_path / "rules", allowed_hosts=["127.0.0.1"]) as hub,
        running(hub) as served,
    ):
        company = Company(sandbox.base_url)
        company.company_uses("books", "invoice")
        account = company.call("POST", "Accounts", {"Account_Name": "株式会社あおぞら精機"})
        person = {"Last_Name": "坂本", "Email": "keiko@aozora.example", "Account_Name": {"id": account}}
        company.call("POST", "Contacts", person)
        deal = {
            "Deal_Name": "生産ライン更新",
            "Stage": "Qualification",
            "Amount": 2_400_000,
            "Closing_Date": "2026-12-01",
        }
        made = company.call("POST", "Deals", {**deal, "Amount": 2_400_000, "Account_Name": {"id": account}})
        context = browser.new_context(
            base_url=served.base_url,
            viewport={"width": 1280, "height": 844},
            locale="en-US",
            storage_state={"cookies": []},  # type: ignore[typeddict-item]  # nobody is signed in yet
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        yield Newcomer(page, company, made), f"{served.base_url}/set-up?code={set_up_code(hub.settings)}"
        context.close()


def test_a_new_user_finds_the_whole_way_by_pages_alone(newcomer: tuple[Newcomer, str]) -> None:
    somebody, link = newcomer
    somebody.page.goto(link)
    steps: tuple[Callable[[Newcomer], None], ...] = (
        _sets_up,
        _connects_a_service_of_their_own,
        _connects_a_service_by_a_key,
        _sees_the_first_sync_and_starts_it,
        _chooses_what_deals_make,
        _finds_the_invoice_of_a_won_deal,
        _writes_a_rule_and_tries_it_on_the_past,
        _decides_who_may_do_what,
        _makes_and_mails_an_invoice,
        _switches_a_service_off,
    )
    for step in steps:
        step(somebody)


def _sets_up(somebody: Newcomer) -> None:
    page = somebody.page
    page.get_by_label("Client ID").fill("1000.SANDBOX")
    page.get_by_label("Client secret").fill("sandbox-secret")
    somebody.click("Connect Zoho CRM")
    # A mistake is told in the words of the form, and what was no secret is still there.
    expect(page.get_by_role("alert")).to_contain_text("“Data centre”")
    expect(page.get_by_role("alert")).to_contain_text("enter them again")
    expect(page.get_by_label("Client ID")).to_have_value("1000.SANDBOX")
    somebody.look("set-up")
    somebody.enter_credentials()
    somebody.click("Connect Zoho CRM")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in")
    somebody.look("signed-in")
    somebody.click("Connect the finance services", "link")


def _connects_a_service_of_their_own(somebody: Newcomer) -> None:
    somebody.click("Connect Zoho Books", "link")
    somebody.enter_credentials()
    somebody.click("Connect")
    expect(somebody.page.get_by_role("status").first).to_contain_text("Zoho Books is connected.")
    expect(somebody.card("Zoho Books")).to_contain_text("First sync not started")


def _connects_a_service_by_a_key(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.click("Keys for others", "link")
    somebody.click("A key for Zoho Invoice", "link")
    somebody.enter_credentials()
    somebody.click("Issue a key")
    key = page.get_by_role("status").locator("code").inner_text()
    somebody.look("key")
    somebody.go("Settings")
    somebody.click("Connect Zoho Invoice", "link")
    page.get_by_label("Their e-mail address").fill(ADMINISTRATOR)
    page.get_by_label("Key", exact=True).fill(key)
    somebody.click("Connect with the key")
    expect(somebody.card("Zoho Invoice")).to_contain_text("Lent by")


def _sees_the_first_sync_and_starts_it(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.click("See what the first sync would do", "link", somebody.card("Zoho Books"))
    expect(page.get_by_role("main")).to_contain_text("nothing is written before you start it")
    somebody.look("first-sync")
    somebody.click("See what the first sync would do")
    expect(page.get_by_role("button", name="Start the first sync")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_role("heading", name="New")).to_be_visible()
    somebody.look("plan")
    somebody.click("Start the first sync")
    somebody.run_ends()
    somebody.go("Records")
    expect(page.get_by_role("row", name="株式会社あおぞら精機")).to_contain_text("Books")


def _chooses_what_deals_make(somebody: Newcomer) -> None:
    somebody.go("Rules")
    somebody.page.get_by_role("radio", name="Invoices").check()
    somebody.click("Use this")
    expect(somebody.page.get_by_role("status")).to_contain_text("A won deal makes an invoice")
    # What is on is on top.
    expect(somebody.page.get_by_role("article").first).to_contain_text("On")


def _finds_the_invoice_of_a_won_deal(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.company.call("PUT", "Deals", {"id": somebody.deal, "Stage": "Closed Won"})
    somebody.go("Sync")
    somebody.click("Sync now")
    somebody.run_ends()
    somebody.go("Documents")
    row = page.get_by_role("row", name="株式会社あおぞら精機")
    expect(row).to_contain_text("2,400,000")
    row.get_by_role("link", name="株式会社あおぞら精機").click()
    page.get_by_text("Why: Invoice a won deal").click()
    expect(page.get_by_text("Amount is more than 0")).to_be_visible()


def _writes_a_rule_and_tries_it_on_the_past(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.go("Rules")
    somebody.click("New rule", "link")
    text = page.locator("#text").locator("xpath=..").locator(".cm-content")
    expect(text).to_be_visible()
    # Nobody has to write cases: an empty table is no mistake.
    expect(page.locator("#cases-problems")).not_to_contain_text("empty")
    text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(OWN_RULE)
    expect(page.locator("#words")).to_contain_text("Amount is at least ¥1,000,000")
    expect(page.locator("#words")).to_contain_text("would be done twice")
    somebody.click("Compare")
    expect(page.locator(".compared").first.get_by_role("listitem")).to_contain_text("2")
    somebody.look("backtest")
    somebody.click("Save")
    mine = page.get_by_role("article").filter(has_text="Invoice big deals")
    expect(mine).to_be_visible()
    somebody.click("Switch off Invoice big deals", within=mine)


def _decides_who_may_do_what(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.go("Settings", "Permissions")
    page.get_by_role("checkbox", name="Standard: Zoho Books · Invoice create", exact=True).check()
    somebody.click("See what would change")
    expect(page.get_by_role("table", name="What would change")).to_contain_text("Zoho Books · Invoice: create")
    somebody.look("permissions")
    somebody.click("Save")
    expect(page.get_by_role("status")).to_have_text("Saved: the permissions are in force.")


def _makes_and_mails_an_invoice(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.go("Records")
    somebody.click("株式会社あおぞら精機", "link")
    somebody.click("New: Invoices", "link")
    expect(page.get_by_text("Left empty: 株式会社あおぞら精機")).to_be_visible()
    page.get_by_label("Name, line 1").fill("Calibration visit")
    page.get_by_label("Quantity, line 1").fill("two")
    page.get_by_label("Rate, line 1").fill("12000")
    somebody.click("Create: Invoice")
    expect(page.get_by_role("alert")).to_contain_text("Quantity, line 1")
    somebody.look("invoice-with-a-mistake")
    page.get_by_label("Quantity, line 1").fill("2")
    somebody.click("Create: Invoice")
    expect(page.get_by_role("status").filter(has_text="Made: Invoice INV-")).to_be_visible()
    row = page.locator("tr.has-why", has=page.get_by_role("link", name="E-mail")).filter(has_text="24,000")
    expect(row).to_contain_text("Draft")
    row.get_by_role("link", name="E-mail").click()
    expect(page.get_by_text("Left empty, it goes to: keiko@aozora.example")).to_be_visible()
    somebody.look("mail")
    somebody.click("Send")
    expect(page.get_by_role("status")).to_contain_text("The message was sent.")
    somebody.click("Back to 株式会社あおぞら精機", "link")
    expect(row).to_contain_text("Sent")


def _switches_a_service_off(somebody: Newcomer) -> None:
    page = somebody.page
    somebody.go("Settings")
    somebody.click("Switch off", "link", somebody.card("Zoho Invoice"))
    expect(page.get_by_role("main")).to_contain_text("Nothing is deleted at a service.")
    somebody.look("switch-off")
    page.get_by_label("Type “invoice” to confirm").fill("invoice")
    somebody.click("Switch off Zoho Invoice")
    expect(somebody.card("Zoho Invoice").get_by_text("Off", exact=True)).to_be_visible()
