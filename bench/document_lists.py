"""The cost of lists across all customers compared with the bare query, with a company's whole history.

`python bench/document_lists.py [DOCUMENTS]` fills a store of its own as bench/account_page.py does. The bare query
fetches the fifty-one rows a page needs, in SQL on an open connection, in the same order and with the same filter.
Milliseconds of wall time, median and 95th percentile; the export's rows a second, and how much memory grew meanwhile.
"""

import datetime as dt
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from account_page import fill, timed
from rich.console import Console
from rich.table import Table

from tsunagi.app.settings import load_settings
from tsunagi.app.views.document_lists import Asked, document_totals, list_documents
from tsunagi.app.views.exporting import csv_lines, document_table, write_xlsx
from tsunagi.hub import Hub
from tsunagi.store import Store
from tsunagi.store.document_lists import Order

KIND = "service = 'books' AND entity = 'invoice' AND deleted_at IS NULL"
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2020, 3, 31)
LISTS = {
    "by date": (Asked("books", "invoice"), f"{KIND} ORDER BY day DESC, id DESC"),
    "by total": (Asked("books", "invoice", order=Order("total")), f"{KIND} ORDER BY total DESC, id DESC"),
    "one status": (
        Asked("books", "invoice", status="sent"),
        f"{KIND} AND status = 'sent' ORDER BY day DESC, id DESC",
    ),
    "a status there is not": (
        Asked("books", "invoice", status="void"),
        f"{KIND} AND status = 'void' ORDER BY day DESC, id DESC",
    ),
    "three months": (
        Asked("books", "invoice", since=FIRST_DAY, until=LAST_DAY),
        f"{KIND} AND day BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}' ORDER BY day DESC, id DESC",
    ),
    "search, one hit": (
        Asked("books", "invoice", search="INV-77777"),
        f"{KIND} AND (number LIKE '%INV-77777%' OR reference LIKE '%INV-77777%') ORDER BY day DESC, id DESC",
    ),
}
SUMS = f"""
    SELECT currency, base_currency, status, count(*), sum(total), sum(balance), sum(base_total), sum(base_balance)
    FROM document WHERE {KIND} GROUP BY currency, base_currency, status
"""


def bare(store: Store, query: str) -> Callable[[], object]:
    connection = store.engine.raw_connection()
    return lambda: connection.cursor().execute(query).fetchall()


def main(documents: int) -> None:
    console = Console()
    table = Table("", "bare median", "bare p95", "page median", "page p95", title=f"{documents:,} documents, ms")
    with (
        tempfile.TemporaryDirectory() as folder,
        Hub(load_settings(home=Path(folder), synchronous="NORMAL", rules_dir=Path(folder) / "rules")) as hub,
    ):
        started = perf_counter()
        fill(hub, documents)
        console.print(f"filled in {perf_counter() - started:.0f} s")
        for name, (asked, where) in LISTS.items():
            query = bare(hub.store, f"SELECT * FROM document WHERE {where} LIMIT 51")
            times = (*timed(query), *timed(lambda asked=asked: list_documents(hub.context, None, asked)))
            table.add_row(name, *(f"{each:.1f}" for each in times))
        whole = Asked("books", "invoice")
        times = (*timed(bare(hub.store, SUMS)), *timed(lambda: document_totals(hub.context, None, whole)))
        table.add_row("sums of all", *(f"{each:.1f}" for each in times))
        console.print(table)
        for name, save in (("CSV", _csv), ("Excel", _xlsx)):
            before, started = _memory(), perf_counter()
            save(hub, whole, Path(folder) / f"list.{name}")
            spent = perf_counter() - started
            console.print(f"{name}: {documents / spent:,.0f} rows a second, memory grew {_memory() - before:.0f} MB")


def _csv(hub: Hub, asked: Asked, target: Path) -> None:
    found = document_table(hub.context, None, asked)
    with target.open("wb") as file:
        file.writelines(csv_lines(found.headings, found.rows))


def _xlsx(hub: Hub, asked: Asked, target: Path) -> None:
    found = document_table(hub.context, None, asked)
    write_xlsx(target, found.headings, found.rows)


def _memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
