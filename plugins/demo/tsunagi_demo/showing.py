"""What of each service can be seen, and on whose page."""

from collections import Counter
from collections.abc import Iterator

from tsunagi import Money, Panel, RecordRef, Text
from tsunagi.embedding import (
    AccountPage,
    Hub,
    account_page,
    accounts_of_documents,
    documents,
    number,
    records_by_kind,
    say,
)
from tsunagi_demo.installation import BOOKS, CRM, Installation
from tsunagi_demo.outcome import Kept, LeftOut, OnPage, Service
from tsunagi_demo.walk import FURTHER

_NUMBERS = 3


def services_of(demo: Installation) -> dict[str, Service]:
    """The CRM, the books, and in the made-up company the other finance services, each with what it does not show."""
    hub = demo.hub
    connected = {connection.service: connection.organization.name for connection in hub.connectors.all()}
    wanted = (CRM, BOOKS, *FURTHER) if demo.home.state.options.data is None else (CRM, BOOKS)
    return {
        service: Service(
            label=_label(hub, service),
            organization=connected.get(service, ""),
            left_out=tuple(_left_out(hub, service) if service in connected else _not_loaded()),
        )
        for service in wanted
    }


def _label(hub: Hub, service: str) -> str:
    kind = hub.registry.connectors.get(service)
    return say(kind.label) if kind else service


def _left_out(hub: Hub, service: str) -> Iterator[LeftOut]:
    """Pairs that joining did not bring in step: the CRM has records, and the service none yet."""
    counts = records_by_kind(hub.context)
    for pair in hub.registry.pairs.values():
        there = counts.get(f"{pair.left.service}.{pair.left.entity}", 0)
        if pair.right.service == service in FURTHER and there and not counts.get(f"{service}.{pair.right.entity}", 0):
            yield LeftOut(what=say(pair.label), why=say(_a_call_each(there)))


def _a_call_each(calls: int) -> Text:
    return Text(
        f"one call each, {number(calls)} in all, for people who are in the books already; a sync brings them in",
        f"一件ごとに呼び出しが必要({number(calls)} 回)で、会計にはすでに登録済みのため。同期すれば登録されます",
    )


def _not_loaded() -> Iterator[LeftOut]:
    yield LeftOut(
        what=say(Text("everything", "すべて")),
        why=say(Text("its plugin is not loaded", "プラグインが読み込まれていないため")),
    )


def documents_shown(hub: Hub) -> dict[str, dict[str, Kept]]:
    """By service and kind: how many there are, and one account whose page shows them; few accounts for all kinds."""
    connected = {connection.service for connection in hub.connectors.active()}
    panels = [panel for panel in hub.registry.panels_on("account") if panel.service in connected]
    candidates = [accounts_of_documents(hub.context, panel.service, panel.entity) for panel in panels]
    # Few pages show much: an account that is named already is named again, else one with documents of many kinds.
    kinds = Counter(account for some in candidates for account in some)
    pages: dict[RecordRef, AccountPage | None] = {}
    found: dict[str, dict[str, Kept]] = {}
    for panel, some in zip(panels, candidates, strict=True):
        chosen = max(some, key=lambda account: (account in pages, kinds[account]), default=None)
        if chosen is not None and chosen not in pages:
            pages[chosen] = account_page(hub.context, chosen.id)
        page = None if chosen is None else pages[chosen]
        found.setdefault(panel.service, {})[panel.entity] = _kept(hub, panel, page)
    return found


def _kept(hub: Hub, panel: Panel, page: AccountPage | None) -> Kept:
    held = documents(hub.context, panel.service, panel.entity, numbers=1)
    base = hub.connectors.connection(panel.service).organization.base_currency
    total = sum((each.base_total for each in held.totals), Money.zero(base)).rounded()
    return Kept(
        label=say(panel.label),
        count=held.count,
        base_total=total.amount,
        base_currency=total.currency,
        page=None if page is None else _on_page(page, panel),
    )


def _on_page(page: AccountPage, panel: Panel) -> OnPage | None:
    """What the page itself shows in this panel, if anything."""
    view = next((view for view in page.panels if view.panel == panel and view.count), None)
    if view is None:
        return None
    return OnPage(
        account=page.account.text("name"),
        account_id=page.account.ref.id,
        count=view.count,
        numbers=tuple(row.document.number for row in view.rows[:_NUMBERS]),
    )
