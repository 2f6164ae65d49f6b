"""Rules as a business user writes them: suggestions, mistakes, the rule in words, its cases, and what it changes."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from filled_hub import AOZORA, NOW, empty_hub, filled_hub, take_in
from pictures import keep
from playwright.sync_api import Browser, Locator, Page, expect
from signing_in import kept_by_browser, let_in, sign_in

from tsunagi import Money, Record, RecordRef
from tsunagi.app.access.tokens import create_token
from tsunagi.app.automation import rule_editing
from tsunagi.app.connections.connecting import connect
from tsunagi.app.sync.ingest import ingest
from tsunagi.http.server import running
from tsunagi.hub import Hub
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

FILE = "automations/deal_won_invoice.yaml"
SCREENS = ((1280, "en", "light"), (390, "ja", "light"), (1280, "ja", "dark"))
SMALL_DEALS = 28


def _small_deals(hub: Hub) -> None:
    """Won since, and too small for the rule in force."""
    fields: dict[str, Any] = {
        "stage": "Negotiation",
        "outcome": "open",
        "amount": Money(Decimal(40_000), "JPY"),
        "closing_date": dt.date(2026, 11, 24),
        "account": AOZORA,
    }
    ids = [str(6000 + number) for number in range(SMALL_DEALS)]
    take_in(hub, "crm", "deal", *((id, {**fields, "name": f"小口案件 {id}"}) for id in ids))
    won = {**fields, "stage": "Closed Won", "outcome": "won"}
    read = [
        Record(RecordRef("crm", "deal", id), {**won, "name": f"小口案件 {id}"}, "2", NOW + dt.timedelta(hours=1))
        for id in ids
    ]
    ingest(hub.context, hub.registry.entity("crm", "deal"), read, batch="won")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("rules")) as hub:
        path = hub.settings.rules_dir / FILE
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("greater_than: 0", "greater_than: 50000 JPY"), encoding="utf-8")
        table = Path(__file__).parents[2] / "rules" / "automations" / "deal_won_invoice_test.yaml"
        (path.parent / table.name).write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
        rule_editing.take_files(hub.context)
        _small_deals(hub)
        yield hub


@pytest.fixture(scope="module")
def address(company: Hub) -> Iterator[str]:
    with running(company, work=False) as served:
        yield served.base_url


@pytest.fixture(params=SCREENS, ids=str)
def visitor(request: pytest.FixtureRequest, browser: Browser, company: Hub, address: str) -> Iterator[Page]:
    width, language, scheme = request.param
    context = browser.new_context(
        base_url=address,
        storage_state=kept_by_browser(company, address),
        viewport={"width": width, "height": 844},
        locale=language,
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def _text(page: Page) -> Locator:
    return page.locator("#text").locator("xpath=..").locator(".cm-content")


def _open(page: Page) -> Locator:
    page.goto(f"/rules/edit?file={FILE}")
    text = _text(page)
    expect(text).to_be_visible()
    return text


def _find(page: Page, words: str) -> None:
    """Select words in the text by the keyboard alone."""
    _text(page).focus()
    page.keyboard.press("Control+f")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def _accessible(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [
        (each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []


def test_a_broken_rule_is_mended_by_the_message_alone(visitor: Page) -> None:
    _open(visitor)
    problems, words = visitor.locator("#problems"), visitor.locator("#words")
    expect(words).to_contain_text("50,000")
    _find(visitor, "greater_than")
    visitor.keyboard.type("at_leest")
    expect(problems).to_contain_text("at_least")
    # The line is one that a click, or Enter, leads to.
    line = problems.get_by_role("button")
    expect(line).to_contain_text("15:")
    expect(_text(visitor).locator(".cm-lintRange-error")).to_be_visible()
    keep(visitor, "rule-broken")
    _accessible(visitor)
    line.press("Enter")
    visitor.keyboard.press("Control+Shift+ArrowRight")
    visitor.keyboard.type("at_least")
    expect(problems).to_have_text(visitor.locator(".editor").first.get_attribute("data-right") or "")
    expect(words).to_contain_text("50,000" if visitor.evaluate("document.documentElement.lang") == "en" else "以上")


def test_keys_and_values_are_suggested_and_explained(visitor: Page) -> None:
    _open(visitor)
    _text(visitor).focus()
    visitor.keyboard.press("Control+End")
    visitor.keyboard.type("\ngr")
    options = visitor.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("group")
    visitor.keyboard.press("Enter")
    visitor.keyboard.type("first")
    _find(visitor, "deal.won}")
    visitor.keyboard.type("deal.l")
    expect(options.filter(has_text="deal.lost")).to_be_visible()
    keep(visitor, "rule-suggestions")
    visitor.keyboard.type("ost}")
    _find(visitor, "is_set")
    about = visitor.locator(".editor-about").first
    expect(about).to_contain_text("is_set: ")
    _accessible(visitor)


def test_a_backtest_shows_what_would_change_as_a_chart(visitor: Page) -> None:
    _open(visitor)
    _find(visitor, "50000 JPY")
    visitor.keyboard.type("0")
    visitor.locator("#since").fill("2026-01-01")
    visitor.locator("button[value=backtest]").click()
    charts = visitor.locator(".compared")
    # The small deals, and one in dollars, which cannot be compared with yen.
    expect(charts).to_have_count(3)
    expect(charts.first.get_by_role("listitem")).to_contain_text(str(SMALL_DEALS + 1))
    assert charts.first.locator(".bar-before").get_attribute("width") == "0%"
    expect(charts.nth(1).get_by_role("listitem")).to_contain_text("1,120,000")
    assert charts.first.locator(".bar-after").evaluate("bar => bar.getBoundingClientRect().width") > 80
    visitor.locator("#many").scroll_into_view_if_needed()
    # A long table of cases is not what the picture is of.
    visitor.locator("details:has(#cases) > summary").click()
    keep(visitor, "rule-backtest")
    _accessible(visitor)


def test_a_deal_is_found_by_its_name_and_the_cases_are_run(visitor: Page) -> None:
    _open(visitor)
    visitor.locator("#record").fill("小口案件 60")
    visitor.locator("button[value=simulate]").click()
    visitor.get_by_role("button", name="小口案件 6003").click()
    # In the words of the page that says why.
    expect(visitor.locator(".trace")).to_contain_text("50,000")
    expect(visitor.locator(".trace")).not_to_contain_text("deal.amount")
    visitor.locator("button[value=cases]").click()
    report = visitor.locator(".cases")
    expect(report.get_by_role("listitem").first).to_be_visible()
    keep(visitor, "rule-cases")
    _accessible(visitor)


def test_without_scripts_there_is_a_plain_field(browser: Browser, company: Hub, address: str) -> None:
    state = kept_by_browser(company, address)
    context = browser.new_context(base_url=address, java_script_enabled=False, storage_state=state, locale="en")
    page = context.new_page()
    page.goto(f"/rules/edit?file={FILE}")
    text = page.locator("#text").input_value()
    page.locator("#text").fill(text.replace("greater_than", "greater_then"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#problems")).to_contain_text("Did you mean 'greater_than'?")
    context.close()


def test_only_the_editor_brings_much_script(browser: Browser, company: Hub, address: str) -> None:
    """What the other pages load, as it is sent, stays under 100 kB."""
    with httpx2.Client(base_url=address, headers={"accept-encoding": "gzip"}) as client:
        sign_in(client, let_in(company), address)
        page = client.get("/rules").text
        sources = [part.split('"')[0] for part in page.split('<script src="')[1:]]
        sizes = []
        for source in sources:
            with client.stream("GET", source) as answer:
                sizes.append(sum(len(chunk) for chunk in answer.iter_raw()))
    assert sources
    assert sum(sizes) < 100_000
    assert "codemirror" not in page


@pytest.fixture(scope="module")
def administered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A hub whose CRM says who administers it: its address, and a token of theirs."""
    folder = tmp_path_factory.mktemp("administered")
    settings = SandboxSettings(data=folder / "sandbox.db", seed_data="empty")
    with (
        sandbox_running(settings) as sandbox,
        empty_hub(folder / "hub", rules_dir=folder / "rules") as hub,
    ):
        entered = {
            "base_url": sandbox.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
        }
        made = connect(hub.context, "crm", entered)
        connect(hub.context, "books", entered)
        token = create_token(hub.context, None, made.connected_by).text
        with running(hub, work=False) as served:
            yield served.base_url, token


@pytest.mark.parametrize("path", ["/permissions/edit", "/sync-pairs/books.customers"])
def test_permissions_and_sync_settings_are_mended_by_the_message_too(
    browser: Browser, administered: tuple[str, str], path: str
) -> None:
    address, token = administered
    context = browser.new_context(base_url=address, locale="en", viewport={"width": 1280, "height": 844})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/sign-in")
    page.locator("#token").fill(token)
    page.locator("main button").click()
    page.goto(path)
    text, problems = _text(page), page.locator("#problems")
    expect(text).to_be_visible()
    right = page.locator("#text").input_value()
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nnotes [")
    expect(problems).to_contain_text("'notes [' is no key with a value: a colon is missing")
    line = problems.get_by_role("button").first
    line.press("Enter")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    expect(problems).to_have_text(page.locator(".editor").first.get_attribute("data-right") or "")
    assert page.locator("#text").input_value().strip() == right.strip()
    context.close()
