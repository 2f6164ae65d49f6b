"""The cost of an account page compared with the bare query, in a store with a company's whole history.

`python bench/account_page.py [DOCUMENTS]` fills a store of its own: a big account has about a ninth of all invoices
and 40,000 deals, the others belong to many small ones. The bare query is what no page of the big account can do
without, in SQL on an open connection: fifty rows of its invoices, and one pass over all of them for the sums.
Milliseconds of wall time, median and 95th percentile.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from tsunagi.app.settings import load_settings
from tsunagi.app.views import records
from tsunagi.app.views.balances import ageing_of
from tsunagi.domain.connector import Organization
from tsunagi.domain.records import Record, RecordRef
from tsunagi.hub import Hub
from tsunagi.store import Connection, Connections, Links, NewLink, Records, Store
from tsunagi.store.document_totals import CustomerTotals
from tsunagi.store.tables import METADATA

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BIG, SMALL = "1", "2"
DEALS, CHUNK, TURNS = 40_000, 10_000, 20
ROWS = """
    SELECT * FROM document WHERE customer = 'books:customer:1' AND service = 'books' AND entity = 'invoice'
    AND deleted_at IS NULL ORDER BY day DESC, id DESC LIMIT 51
"""
SUMS = """
    SELECT currency, base_currency, count(*), sum(total), sum(balance), sum(base_total), sum(base_balance)
    FROM document WHERE customer = 'books:customer:1' AND service = 'books' AND entity = 'invoice'
    AND deleted_at IS NULL GROUP BY currency, base_currency
"""
# What serves the bare query best; the hub keeps its sums and has no such index.
COVERING = """
    CREATE INDEX bench_sums ON document (customer, service, entity, currency, base_currency, status, total, balance,
    base_total, base_balance, deleted_at) WHERE deleted_at IS NULL
"""


def fill(hub: Hub, documents: int) -> None:
    with hub.store.write() as session:
        for service in ("crm", "books"):
            Connections(session).save(
                Connection(service, Organization("1", "Minato Instruments", "JPY", "Asia/Tokyo")), NOW
            )
        accounts = [record("account", id, name=f"Account {id}") for id in (BIG, SMALL)]
        Records(session).upsert_many(hub.registry.entity("crm", "account"), accounts)
        for id in (BIG, SMALL):
            ends = RecordRef("crm", "account", id), RecordRef("books", "customer", id)
            Links(session).add(NewLink("books.customers", *ends), NOW)
    account = RecordRef("crm", "account", BIG)
    for start in range(0, DEALS, CHUNK):
        deals = [record("deal", str(id), name=f"Deal {id}", account=account) for id in range(start, start + CHUNK)]
        with hub.store.write() as session:
            Records(session).upsert_many(hub.registry.entity("crm", "deal"), deals)
    for start in range(0, documents, CHUNK):
        with hub.store.write(lasting=False) as session:
            made = list(rows(start, CHUNK))
            session.execute(sa.insert(METADATA.tables["document"]), made)
            CustomerTotals(session, "books", "invoice").change((), made)
    with hub.store.write() as session:
        session.execute(sa.text(COVERING))


def record(entity: str, id: str, **fields: Any) -> Record:
    return Record(RecordRef("crm", entity, id), fields, "1", NOW)


def rows(start: int, number: int) -> Iterator[dict[str, Any]]:
    for id in range(start, start + number):
        customer = BIG if id % 9 == 0 else str(2 + id % 20_000)
        day = date(2016, 1, 1) + timedelta(days=id % 4_000)
        yield {
            "service": "books",
            "entity": "invoice",
            "id": str(id),
            "version": "1",
            "modified_at": NOW,
            "number": f"INV-{id}",
            "status": "paid" if id % 10 else "sent",
            "date": day,
            "due_date": day,
            "day": day,
            "due_day": day,
            "total": Decimal(id),
            "balance": Decimal(0 if id % 10 else id),
            "currency": "EUR" if id % 5 == 0 else "JPY",
            "base_total": Decimal(id),
            "base_balance": Decimal(0 if id % 10 else id),
            "base_currency": "JPY",
            "customer": RecordRef("books", "customer", customer),
            "deal": RecordRef("crm", "deal", str(id % DEALS)) if id % 9 == 0 else None,
            "reference": "",
            "extra": {},
            "deleted_at": None,
            "seen_in": "",
        }


def bare(store: Store) -> Callable[[], None]:
    connection = store.engine.raw_connection()

    def ask() -> None:
        for query in (ROWS, SUMS):
            cursor = connection.cursor()
            cursor.execute(query)
            cursor.fetchall()

    return ask


def page_and_due(hub: Hub, id: str) -> None:
    """All that the web page of an account reads of its documents."""
    records.account_page(hub.context, id)
    ageing_of(hub.context, None, RecordRef("crm", "account", id))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds, after one turn that warms up."""
    work()
    spent = []
    for _ in range(TURNS):
        started = perf_counter()
        work()
        spent.append((perf_counter() - started) * 1000)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def main(documents: int) -> None:
    console = Console()
    table = Table("", "median ms", "p95 ms", title=f"{documents:,} documents")
    with (
        tempfile.TemporaryDirectory() as folder,
        Hub(load_settings(home=Path(folder), synchronous="NORMAL", rules_dir=Path(folder) / "rules")) as hub,
    ):
        started = perf_counter()
        fill(hub, documents)
        console.print(f"filled in {perf_counter() - started:.0f} s")
        for name, work in (
            ("bare query, big account", bare(hub.store)),
            ("page, big account", lambda: records.account_page(hub.context, BIG)),
            ("page, small account", lambda: records.account_page(hub.context, SMALL)),
            ("page and what is due, big account", lambda: page_and_due(hub, BIG)),
            ("page and what is due, small account", lambda: page_and_due(hub, SMALL)),
        ):
            median, p95 = timed(work)
            table.add_row(name, f"{median:.1f}", f"{p95:.1f}")
    console.print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
