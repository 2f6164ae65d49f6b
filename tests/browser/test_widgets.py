"""A record's documents inside the page of another site, as a browser lets it and does not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from filled_hub import AOZORA, NOW
from playwright.sync_api import Browser, FrameLocator, Page, expect
from signing_in import ADMINISTRATOR

from tsunagi.app.access.widgets import widget_address
from tsunagi.hub import Hub
from tsunagi.store.connections import Connections


@contextmanager
def site(address: str) -> Iterator[str]:
    """A page of another origin with our address in a frame."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f'<!doctype html><title>CRM</title><iframe src="{address}" width="390" height="600"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def in_frame(hub: Hub, base_url: str) -> Iterator[Callable[..., str]]:
    """Where another site shows the widget; `crm=True` says that it is the CRM's."""
    made = widget_address(hub.context, hub.settings, ADMINISTRATOR, AOZORA, ADMINISTRATOR.email)
    with hub.store.read() as session:
        before = Connections(session).get("crm")
    with ExitStack() as stack:

        def show(*, crm: bool) -> str:
            origin = stack.enter_context(site(base_url + made.path))
            settings = {"base_url": origin if crm else "https://crm.example"}
            with hub.store.write() as session:
                Connections(session).save(replace(before, settings=settings), NOW)
            return origin

        yield show
    with hub.store.write() as session:
        Connections(session).save(before, NOW)


@contextmanager
def visitor(browser: Browser, **options: object) -> Iterator[Page]:
    """Somebody with no cookie of ours."""
    context = browser.new_context(storage_state=None, **options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_the_crm_shows_the_documents_in_its_page(
    browser: Browser, in_frame: Callable[..., str], signed_in: object
) -> None:
    origin = in_frame(crm=True)
    for locale, heading in (("en-GB", "Invoices"), ("ja-JP", "請求書")):
        for scheme in ("light", "dark"):
            with visitor(browser, locale=locale, color_scheme=scheme, viewport={"width": 800, "height": 700}) as page:
                complaints: list[str] = []
                page.on("console", lambda each, seen=complaints: seen.append(each.text))
                page.goto(origin)
                frame = frame_of(page)
                expect(frame.get_by_role("heading", name=heading)).to_be_visible()
                expect(frame.get_by_text("INV-000042")).to_be_visible()
                inside = page.frames[1]
                # A frame sees no background but its own.
                assert inside.evaluate("document.documentElement.scrollWidth") <= 390
                found = Axe().run(inside).response["violations"]
                grave = [each for each in found if each["impact"] in ("serious", "critical")]
                assert [(scheme, node["html"], node["any"]) for each in grave for node in each["nodes"]] == []
                frame.locator("a[href*='service=ledger']").click()
                expect(frame.get_by_text("DN-1")).to_be_visible()
                assert [each for each in complaints if "favicon" not in each and "404" not in each] == []


def test_a_link_opens_the_whole_page_in_a_tab_of_its_own(browser: Browser, in_frame: Callable[..., str]) -> None:
    origin = in_frame(crm=True)
    with visitor(browser) as page:
        page.goto(origin)
        with page.context.expect_page() as opened:
            frame_of(page).get_by_role("link", name="Open in Tsunagi").click()
        # There is no session in this browser: the hub asks who it is.
        expect(opened.value).to_have_url(f"{opened.value.url.partition('/sign-in')[0]}/sign-in?to=%2Faccounts%2F1001")
        assert page.frames[1].url.partition("?")[0].endswith(f"/embed/account/{AOZORA.id}")


def test_any_other_site_shows_nothing(browser: Browser, in_frame: Callable[..., str], base_url: str) -> None:
    origin = in_frame(crm=False)
    with visitor(browser) as page:
        complaints: list[str] = []
        page.on("console", lambda each: complaints.append(each.text))
        with page.expect_response(lambda each: "/embed/" in each.url):
            page.goto(origin)
        expect(frame_of(page).get_by_text("INV-000042")).to_have_count(0)
        assert any("frame-ancestors" in each for each in complaints)
