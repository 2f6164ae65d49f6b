"""Each page at both widths, both languages, light and dark: nothing spills over or bars a screen reader."""

from collections.abc import Iterator
from typing import Any

import pytest
from filled_hub import AOZORA, CONTACT, INVOICE, PRODUCT, VENDOR, WON_DEAL, empty_hub
from pictures import examine, keep
from playwright.sync_api import Browser, Page, expect

from tsunagi.app.access.tokens import create_token
from tsunagi.app.connections.connecting import connect
from tsunagi.app.plans.saved import new_plan, save
from tsunagi.domain.records import RecordRef
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.saved_plans import PlanEntry
from tsunagi.text import Text
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

PAGES = (
    "/accounts",
    f"/accounts/{AOZORA.id}",
    f"/contacts/{CONTACT.id}",
    f"/deals/{WON_DEAL.id}",
    "/contacts",
    "/deals?sort=-amount&state=linked",
    "/vendors",
    f"/vendors/{VENDOR.id}",
    "/products",
    f"/products/{PRODUCT.id}",
    "/sync-pairs",
    "/sync-pairs/books.customers",
    "/sync-reviews",
    "/documents?service=books&kind=invoice",
    "/documents?service=books&kind=invoice&search=nothing",
    "/documents?service=ledger",
    "/reconciliation",
    "/sync-runs",
    "/open-items",
    "/rules",
    "/rules/edit",
    "/rules/history",
    "/rules/backfill?event=deal.won&plan=true",
    "/permissions",
    "/services",
    "/services/ledger/disable",
    "/plugins",
    "/reference",
    "/reference/rules",
    "/reference/documents",
    "/operations",
    "/receivables",
    "/operations/audit",
    f"/why/books/invoice/{INVOICE.id}",
    f"/why-not/crm/deal/{WON_DEAL.id}",
    "/why-not/crm/deal/3002",
    "/why-denied",
)
# These ask the CRM who administers it.
ADMINISTRATION = (
    "/services",
    "/services/books/connect",
    "/services/books/keys",
    "/services/keys",
    "/people",
    "/permissions/edit",
    "/documents/books/invoice/new",
    "/documents/books/purchase_order/new",
    "/plans",
    "/plans/plan-example",
    "/plans/plan-example?action=update",
)
# Width, language, and how the reader's system is set.
SCREENS = ((1280, "en", "light"), (390, "ja", "light"), (1280, "ja", "dark"))


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A hub whose CRM and Books answer: its address, and a token of the administrator."""
    folder = tmp_path_factory.mktemp("live")
    settings = SandboxSettings(data=folder / "sandbox.db", seed_data="empty")
    with sandbox_running(settings) as sandbox, empty_hub(folder / "hub") as hub:
        entered = {
            "base_url": sandbox.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
        }
        made = connect(hub.context, "crm", entered)
        connect(hub.context, "books", entered)
        _save_plan(hub)
        token = create_token(hub.context, None, made.connected_by).text
        with running(hub, work=False) as served:
            yield served.base_url, token


def _save_plan(hub: Hub) -> None:
    """A plan of a sync that was applied in part, with long names and values, and lines of files."""
    plan = new_plan(
        hub.context, None, "sync", {"pairs": []}, {"difference": ["--- a", "+++ b", "+" + "enabled: " * 30]}
    )
    plan.id = "plan-example"
    ends = {"left": RecordRef("crm", "account", "1" * 18), "right": RecordRef("books", "customer", "2" * 18)}
    old, new = "東京都千代田区丸の内 1-1-1 みなと計測ビルディング 12 階", "03-1234-5678"
    changed = {"billing_address": {"old": old, "new": None}, "phone": {"old": None, "new": new}}
    said = Text(en="The CRM's value is newer.", ja="CRM の値が新しいため。")
    update = {"pair": "books.customers", "action": "update", "work": "1", "changes": changed, "reason": said, **ends}
    entries = [
        PlanEntry(**update),
        PlanEntry(**update, state="left_out", left_out="record_changed"),
        PlanEntry(pair="books.customers", action="ask", left=ends["left"], reason=said),
    ]
    with hub.store.write() as session:
        save(hub.context, session, None, plan, entries)


@pytest.fixture(scope="module", params=SCREENS, ids=str)
def visitor(request: pytest.FixtureRequest, browser: Browser, base_url: str, signed_in: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=base_url, storage_state=signed_in, **_screen(*request.param))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=SCREENS, ids=str)
def administrator(request: pytest.FixtureRequest, browser: Browser, live: tuple[str, str]) -> Iterator[Page]:
    address, token = live
    context = browser.new_context(base_url=address, **_screen(*request.param))
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#token").fill(token)
    page.locator("main button").click()
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_can_be_used_by_everybody(visitor: Page, path: str) -> None:
    _look_at(visitor, path)


@pytest.mark.parametrize("path", ADMINISTRATION)
def test_a_page_for_administrators_does_too(administrator: Page, path: str) -> None:
    _look_at(administrator, path)


def _screen(width: int, language: str, scheme: str) -> dict[str, Any]:
    size = {"width": width, "height": 844}
    return {"viewport": size, "locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}


def _look_at(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    keep(page, path)
    examine(page)


def test_totals_follow_what_is_typed(administrator: Page) -> None:
    administrator.goto("/documents/books/invoice/new")
    administrator.locator('[name="line.1.name"]').fill("Calibration")
    administrator.locator('[name="line.1.quantity"]').fill("3")
    administrator.locator('[name="line.1.rate"]').press_sequentially("1500")
    expect(administrator.locator("#totals")).to_contain_text("4,500")
    administrator.locator('[name="line.1.quantity"]').fill("2")
    expect(administrator.locator("#totals")).to_contain_text("3,000")
    examine(administrator)
