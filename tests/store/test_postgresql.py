"""The same store on PostgreSQL, and two processes that start on an empty one."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import fresh_postgresql
import pytest
import sqlalchemy as sa
from alembic import command
from many_deals import ALL, FIELDS, fill, ref, spec, whole

from tsunagi import ConfigError, EntityType, Money, RecordRef, Text
from tsunagi.store import (
    Cursors,
    Documents,
    DocumentsOf,
    Links,
    NewLink,
    NewOpenItem,
    OpenItems,
    Records,
    Store,
    new_secret_key,
)
from tsunagi.store.migrating import config, newest, version
from tsunagi.store.record_lists import FieldOrder, ListedRecords

_NUMBERS = count()
STARTING = """
import sys
from pathlib import Path
from tsunagi.hub import Hub
from tsunagi.app.settings import Settings
home, url = sys.argv[1:]
with Hub(Settings(home=Path(home), database_url=url, jobs_url=url)) as hub:
    print("ready", flush=True)
    sys.stdin.readline()
    hub.jobs.start(hub.context)
    print("works", flush=True)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with fresh_postgresql.server() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    """An empty database."""
    name = f"hub{next(_NUMBERS)}"
    engine = sa.create_engine(server.replace("://", "+psycopg://") + "/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url, secret_keys=[new_secret_key()])
    opened.migrate()
    yield opened
    opened.close()


def start(home: Path, url: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", STARTING, str(home), url]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_processes_that_start_on_an_empty_database_all_work(url: str, tmp_path: Path) -> None:
    started = [start(tmp_path / str(number), url) for number in range(3)]
    # All have the tables of the hub before any begins with those of durable work, then they begin together.
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=120) for process in started]
    assert [(out, process.returncode) for (out, _), process in zip(ended, started, strict=True)] == [("works\n", 0)] * 3
    assert [error for _, error in ended if "Traceback" in error] == []


def test_migrations_lead_to_the_declared_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        command.check(config(connection))
    assert version(store.engine) == newest()


def test_what_is_kept_comes_back(
    store: Store,
    account: Callable[..., Any],
    invoice: Callable[..., Any],
    account_type: EntityType,
    invoice_type: EntityType,
    now: dt.datetime,
) -> None:
    customer = RecordRef("books", "customer", "1")
    item = NewOpenItem(
        key="write:1", kind="write", service="books", records=(customer,), reason="refused", text=Text("No.", "不可。")
    )
    for _ in range(2):
        with store.write() as session:
            Records(session).upsert_many(account_type, [account("1"), account("2")])
            Documents(session).upsert_many(invoice_type, [invoice("1", "10.25"), invoice("2", "0.75")])
            Links(session).add(NewLink("books.customers", RecordRef("crm", "account", "1"), customer), now)
            OpenItems(session).report([item], now)
    with store.read() as session:
        assert Records(session).count("crm", "account") == 2
        [totals] = Documents(session).totals(DocumentsOf("books", "invoice", customers=[customer]))
        assert (totals.count, str(totals.total.amount)) == (2, "11")
        [link] = Links(session).of(customer)
        assert not link.orphaned
        assert [found.key for found in OpenItems(session).page(record=customer).items] == ["write:1"]


def test_kept_sums_stand_when_several_write_the_same_documents(
    store: Store, invoice: Callable[..., Any], invoice_type: EntityType
) -> None:
    customers = [RecordRef("books", "customer", str(number)) for number in range(3)]

    def write(writer: int) -> None:
        for turn in range(12):
            read = [
                invoice(id, f"{writer}{turn}.5", version=f"{writer}.{turn}", customer=customers[(writer + turn) % 3])
                for id in ("1", "2", str(10 + turn))
            ]
            with store.write() as session:
                Documents(session).upsert_many(invoice_type, read if turn % 2 else read[::-1])
            if turn % 4 == writer:
                with store.write() as session:
                    Documents(session).mark_deleted([read[0].ref], read[0].modified_at)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    assert kept_sums(store, customers) == added_up(store, customers)
    # An older version's database gets the very same.
    with store.engine.begin() as connection:
        command.downgrade(config(connection), "0108")
    store.migrate()
    assert kept_sums(store, customers) == added_up(store, customers)


def kept_sums(store: Store, customers: list[RecordRef]) -> list[tuple[int, Decimal]]:
    with store.read() as session:
        found = [Documents(session).totals(DocumentsOf("books", "invoice", customers=[each])) for each in customers]
    return [(sum(totals.count for totals in some), some[0].total.amount if some else Decimal(0)) for some in found]


def added_up(store: Store, customers: list[RecordRef]) -> list[tuple[int, Decimal]]:
    with store.read() as session:
        every = list(Documents(session).all(DocumentsOf("books", "invoice")))
    amounts = [[each.total.amount for each in every if each.customer == customer] for customer in customers]
    return [(len(some), sum(some, Decimal(0))) for some in amounts]


def test_a_reader_cannot_write(store: Store, now: dt.datetime) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="read-only"), store.read() as session:
        Cursors(session).put("crm", "account", "1", now, complete=True)


def test_a_database_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="cannot be reached"):
        Store(f"{url}missing").migrate()


def test_records_are_listed_in_any_order_and_state(store: Store) -> None:
    fill(store)
    for order in (FieldOrder(spec(name), descending) for name in FIELDS for descending in (False, True)):
        found = whole(store, ALL, order)
        assert len({record.ref for record in found}) == 30
    by_amount = [record.fields["amount"] for record in whole(store, ALL, FieldOrder(spec("amount"), descending=True))]
    amounts = [value.amount for value in by_amount if isinstance(value, Money)]
    assert amounts == sorted(amounts, reverse=True)
    assert by_amount[len(amounts) :] == [None] * 6
    linked = ListedRecords("crm", "deal", state="linked", partners=["books"])
    assert {record.ref for record in whole(store, linked, FieldOrder())} == {ref(n) for n in range(1, 10, 2)}
    unbilled = ListedRecords("crm", "deal", state="not_billed", troubled=["books"])
    assert [record.ref for record in whole(store, unbilled, FieldOrder())] == [ref(3)]
