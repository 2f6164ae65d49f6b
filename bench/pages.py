"""Whole pages over HTTP with a million documents, compared with the bare queries each of them needs.

`python bench/pages.py [DOCUMENTS]` fills a store of its own as bench/account_page.py does, serves it from a process of
its own, signs in and asks for each page as a browser would: one connection, query, template and HTTP included.
Milliseconds of wall time, median and 95th percentile, and the size of the page.
"""

import multiprocessing
import re
import secrets
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from time import perf_counter

import httpx2
from account_page import BIG, CHUNK, NOW, ROWS, SMALL, SUMS, fill, record, timed
from rich.console import Console
from rich.table import Table

from tsunagi.app.access.tokens import digest
from tsunagi.app.settings import Settings, load_settings
from tsunagi.app.views.record_lists import MOST_SORTED
from tsunagi.domain.directory import Person
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.logging import configure
from tsunagi.store import Records, Store
from tsunagi.store.people import ApiToken, ApiTokens, People

READER = Person("crm", "1", "reader@example.com", "Reader", "Administrator", administrator=True)
KIND = "service = 'books' AND entity = 'invoice' AND deleted_at IS NULL"
OF_DEAL, ACCOUNTS = "deal = 'crm:deal:9'", "service = 'crm' AND entity = 'account'"
OF_LISTS = {
    "list by date": ("", f"{KIND} ORDER BY day DESC, id DESC"),
    "list by total": ("&sort=total", f"{KIND} ORDER BY total DESC, id DESC"),
    "list of one status": ("&status=sent", f"{KIND} AND status = 'sent' ORDER BY day DESC, id DESC"),
    "list, searched": (
        "&search=INV-77777",
        f"{KIND} AND (number LIKE '%INV-77777%' OR reference LIKE '%INV-77777%') ORDER BY day DESC, id DESC",
    ),
}
# Its name, its address, and the bare queries in SQL.
PAGES = [
    ("account with a ninth of all", f"/accounts/{BIG}", (ROWS, SUMS)),
    ("small account", f"/accounts/{SMALL}", tuple(each.replace(":1'", ":2'") for each in (ROWS, SUMS))),
    (
        "a deal",
        "/deals/9",
        (f"SELECT * FROM document WHERE {KIND} AND deal = 'crm:deal:9' ORDER BY day DESC, id DESC LIMIT 51",),
    ),
    *(
        (name, f"/documents?service=books&kind=invoice{query}", (f"SELECT * FROM document WHERE {where} LIMIT 51",))
        for name, (query, where) in OF_LISTS.items()
    ),
    (
        "list of accounts",
        "/accounts",
        ("SELECT * FROM record WHERE service = 'crm' AND entity = 'account' ORDER BY id LIMIT 51",),
    ),
    (
        "list of accounts by owner",
        "/accounts?sort=owner",
        (f"SELECT * FROM record WHERE {ACCOUNTS} ORDER BY json_extract(fields, '$.owner'), id LIMIT 51",),
    ),
]


def main(documents: int) -> None:
    console = Console()
    table = Table(
        "page", "bare median", "bare p95", "page median", "page p95", "kB", title=f"{documents:,} documents, ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        token = _filled(Path(folder), documents, console)
        here, there = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=_serve, args=(folder, there))
        server.start()
        with Hub(_settings(folder)) as hub, httpx2.Client(base_url=here.recv(), timeout=120) as client:
            _sign_in(client, token)
            for name, address, queries in PAGES:
                size = len(client.get(address).raise_for_status().content)
                times = (*timed(_bare(hub.store, queries)), *timed(lambda address=address: client.get(address)))
                table.add_row(name, *(f"{each:.1f}" for each in times), f"{size / 1000:.0f}")
        here.send("stop")
        server.join()
    console.print(table)


def _settings(folder: str) -> Settings:
    return load_settings(home=Path(folder), synchronous="NORMAL", rules_dir=Path(folder) / "rules")


def _filled(folder: Path, documents: int, console: Console) -> str:
    """A store with a company's history, and a token to sign in with."""
    token = "tsunagi_" + secrets.token_urlsafe(32)
    started = perf_counter()
    with Hub(_settings(str(folder))) as hub:
        fill(hub, documents)
        _fill_accounts(hub)
        with hub.store.write() as session:
            People(session).replace_all("crm", [READER], NOW)
            ApiTokens(session).add(
                ApiToken(digest=digest(token), id=secrets.token_hex(6), email=READER.email, label="", created_at=NOW)
            )
    console.print(f"filled in {perf_counter() - started:.0f} s")
    return token


def _fill_accounts(hub: Hub) -> None:
    """As many, together with the two that are there, as a list that can be sorted by any column has."""
    kind = hub.registry.entity("crm", "account")
    for start in range(3, MOST_SORTED + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, MOST_SORTED + 1))
        owned = [record("account", str(id), name=f"Account {id}", owner=f"Owner {id % 7}") for id in numbers]
        with hub.store.write() as session:
            Records(session).upsert_many(kind, owned)


def _serve(folder: str, pipe: Pipe) -> None:
    configure("ERROR")
    with Hub(_settings(folder)) as hub, running(hub, work=False) as served:
        pipe.send(served.base_url)
        pipe.recv()


def _bare(store: Store, queries: tuple[str, ...]) -> Callable[[], None]:
    connection = store.engine.raw_connection()

    def ask() -> None:
        for query in queries:
            cursor = connection.cursor()
            cursor.execute(query)
            cursor.fetchall()

    return ask


def _sign_in(client: httpx2.Client, token: str) -> None:
    form = re.search(r'name="form_token" value="(\w+)"', client.get("/sign-in").text)
    assert form, "no sign-in form"
    answer = client.post("/sign-in", data={"token": token, "form_token": form.group(1)})
    assert answer.status_code == 303, answer.text


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
