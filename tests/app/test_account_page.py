"""An account's page: what it asks the store does not grow with its rows, and what it sums up is owed."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filled_hub import connect, document, empty_hub
from filled_hub import take_in as seed
from trade import NOON, yen

from tsunagi.app.sync.ingest import ingest
from tsunagi.app.views.records import account_page
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links, NewLink


def asked(house: Any) -> int:
    count = [0]

    def counted(*_: Any) -> None:
        count[0] += 1

    sa.event.listen(house.hub.store.engine, "before_cursor_execute", counted)
    try:
        assert account_page(house.hub.context, "1", limit=50) is not None
    finally:
        sa.event.remove(house.hub.store.engine, "before_cursor_execute", counted)
    return count[0]


def bill_won(house: Any, number: int) -> None:
    """A deal is won, and the bill its rule asks for is made."""
    account, deal = RecordRef("crm", "account", "1"), RecordRef("crm", "deal", str(number))
    fields = {"name": f"保守 {number}", "outcome": "won", "amount": yen(100), "account": account}
    kind = house.hub.registry.entity("crm", "deal")
    ingest(house.hub.context, kind, [Record(deal, fields, "v1", NOON)], batch="news")
    made = RecordRef("ledger", "bill", str(number))
    zero = {"balance": yen(100), "base_total": yen(100), "base_balance": yen(100)}
    bill = {
        "number": f"B-{number}",
        "status": "sent",
        "total": yen(100),
        "customer": RecordRef("ledger", "customer", "1"),
    }
    take_in(house, "ledger", "bill", Record(made, {**bill, **zero}, "v1", NOON))
    with house.hub.store.write() as session:
        (intent,) = Intents(session).creates_planned_for([deal])[deal]
        Intents(session).receipt(intent.key, made, NOON)


def take_in(house: Any, service: str, entity: str, record: Record) -> None:
    ingest(house.hub.context, house.hub.registry.entity(service, entity), [record], batch="seed", initial=True)


def test_an_accounts_page_asks_as_often_for_forty_documents_as_for_two(house: Any) -> None:
    account, customer = RecordRef("crm", "account", "1"), RecordRef("ledger", "customer", "1")
    take_in(house, "crm", "account", Record(account, {"name": "青葉商事"}, "v1", NOON))
    take_in(house, "ledger", "customer", Record(customer, {"name": "青葉商事"}, "v1", NOON))
    with house.hub.store.write() as session:
        Links(session).add(NewLink("ledger.customers", account, customer, "created"), NOON)
    for number in (1, 2):
        bill_won(house, number)
    page = account_page(house.hub.context, "1", limit=50)
    assert page is not None
    assert [row.why.rule for panel in page.panels for row in panel.rows if row.why] == ["bill_won"] * 2
    few = asked(house)
    for number in range(3, 41):
        bill_won(house, number)
    assert asked(house) == few


def test_void_documents_and_drafts_are_in_no_total(tmp_path: Path) -> None:
    """A void document is owed by nobody, and a draft not yet: drafts are told apart."""
    with empty_hub(tmp_path) as hub:
        connect(hub, "crm", "books")
        seed(hub, "crm", "account", ("1", {"name": "青葉商事"}))
        seed(hub, "books", "customer", ("7", {"name": "青葉商事", "currency": "JPY"}))
        customer = RecordRef("books", "customer", "7")
        with hub.store.write() as session:
            Links(session).add(NewLink("books.customers", RecordRef("crm", "account", "1"), customer, "match"), NOON)
        amounts = {"sent": "900000", "void": "400000", "draft": "103000"}
        invoices = [
            (str(number), document(f"INV-{number}", total, "JPY", customer=customer, status=status))
            for number, (status, total) in enumerate(amounts.items())
        ]
        seed(hub, "books", "invoice", *invoices)

        page = account_page(hub.context, "1")
        assert page is not None
        (panel,) = [view for view in page.panels if view.rows]
        assert panel.count == 3
        assert [(sums.count, sums.total, sums.balance) for sums in panel.totals] == [(1, yen(900000), yen(900000))]
        assert [(sums.count, sums.total) for sums in panel.drafts] == [(1, yen(103000))]
