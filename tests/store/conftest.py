"""A real database file for every test, and makers of the records that go into it."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from ready_made import lay_down_store

from tsunagi import EntityType, Money, Record, RecordRef, Text
from tsunagi.domain.records import Value
from tsunagi.store import Store, new_secret_key

sys.path.insert(0, str(Path(__file__).parent))
import fresh_postgresql

# The programs of a PostgreSQL server come with the system or not at all; continuous integration installs them.
collect_ignore = [] if fresh_postgresql.programs() else ["test_postgresql.py"]
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
Maker = Callable[..., Record]


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite3"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def secret_key() -> str:
    return new_secret_key()


@pytest.fixture
def store(url: str, path: Path, secret_key: str) -> Iterator[Store]:
    lay_down_store(path)
    opened = Store(url, secret_keys=[secret_key], synchronous="NORMAL")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def account_type() -> EntityType:
    return EntityType("crm", "account", Text("Account", "取引先"), Text("Accounts", "取引先"), ())


@pytest.fixture
def contact_type() -> EntityType:
    return EntityType("crm", "contact", Text("Contact", "連絡先"), Text("Contacts", "連絡先"), ())


@pytest.fixture
def invoice_type() -> EntityType:
    label = Text("Invoice", "請求書")
    return EntityType("books", "invoice", label, label, (), kind="document", title="number")


@pytest.fixture
def account() -> Maker:
    def make(id: str, *, version: str = "1", minutes: int = 0, **fields: Value) -> Record:
        named: dict[str, Value] = {"name": f"Account {id}", **fields}
        return Record(RecordRef("crm", "account", id), named, version, NOW + dt.timedelta(minutes=minutes))

    return make


@pytest.fixture
def contact() -> Maker:
    def make(id: str, account: str, *, version: str = "1", **fields: Value) -> Record:
        named: dict[str, Value] = {"name": f"Contact {id}", "account": RecordRef("crm", "account", account), **fields}
        return Record(RecordRef("crm", "contact", id), named, version, NOW)

    return make


@pytest.fixture
def invoice() -> Maker:
    def make(
        id: str, total: str = "100", currency: str = "JPY", *, version: str = "1", minutes: int = 0, **fields: Value
    ) -> Record:
        amount = Money(Decimal(total), currency)
        named: dict[str, Value] = {
            "number": f"INV-{id}",
            "status": "draft",
            "date": dt.date(2026, 11, 1),
            "due_date": None,
            "total": amount,
            "balance": amount,
            "base_total": amount,
            "base_balance": amount,
            "customer": RecordRef("books", "customer", "1"),
            "deal": None,
            "reference": "",
            **fields,
        }
        return Record(RecordRef("books", "invoice", id), named, version, NOW + dt.timedelta(minutes=minutes))

    return make
