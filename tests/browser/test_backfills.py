"""Rules on deals that were won before the first sync: what would follow is read before it can be asked for."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from filled_hub import AOZORA, NOW, take_in
from pictures import examine, keep
from playwright.sync_api import Page, expect

from tsunagi import Money, RecordRef
from tsunagi.app.connections.fit import start_first_sync
from tsunagi.hub import Hub
from tsunagi.store import Connections, Records

EARLIER = RecordRef("crm", "deal", "3900")


@pytest.fixture
def earlier_deal(hub: Hub) -> Iterator[None]:
    """A deal the first sync found won, at a hub whose first sync was started."""
    with hub.store.read() as session:
        before = Connections(session).all()
    start_first_sync(hub.context, [each.service for each in before])
    fields = {"name": "保守契約", "stage": "Closed Won", "outcome": "won", "amount": Money(Decimal(120000), "JPY")}
    take_in(hub, "crm", "deal", (EARLIER.id, {**fields, "closing_date": NOW.date(), "account": AOZORA}))
    yield
    with hub.store.write() as session:
        Records(session).mark_deleted([EARLIER], NOW)
        for each in before:
            Connections(session).save(each, NOW)


def test_what_would_follow_is_shown_and_has_to_be_read(page: Page, earlier_deal: None) -> None:
    page.goto("/rules")
    page.get_by_role("link", name="Earlier records: Invoice a won deal").click()
    expect(page.get_by_role("radio", name="Deal won")).to_be_checked()
    examine(page)
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_role("button", name="See what would follow").click()
    row = page.get_by_role("row", name="Create an invoice in Zoho Books")
    expect(row).to_contain_text("¥120,000")
    examine(page)
    keep(page, "backfill-plan")
    # The browser itself asks for the tick.
    button = page.get_by_role("button", name="Have the rules act")
    button.click()
    expect(page.get_by_role("checkbox", name="I have read what would follow.")).to_be_focused()
    expect(button).to_be_visible()
