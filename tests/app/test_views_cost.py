"""What a page asks the store does not grow with the rows it shows."""

from typing import Any

import sqlalchemy as sa
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
