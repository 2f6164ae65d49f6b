"""Books of the sandbox over HTTP, with yen as its base and dollars beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tsunagi import NewRecord, Page, Record, RecordRef
from tsunagi_books.connector import BooksConnector
from zoho_sandbox.books.currencies import add_currency
from zoho_sandbox.books.organizations import default_organization
from zoho_sandbox.sandbox import Sandbox


@dataclass
class Office:
    """A connected organisation: its connector, the calls it made, and the sandbox's controls."""

    connector: BooksConnector
    seen: Callable[[], list[str]]
    fault: Callable[..., None]
    requests: Callable[..., list[dict[str, Any]]]
    api: Callable[..., dict[str, Any]]
    again: Callable[[], "Office"]

    def customer(self, name: str = "Acme", **fields: Any) -> RecordRef:
        return self.connector.create("customer", NewRecord(f"customer {name}", {"name": name, **fields})).ref

    def invoice(self, customer: RecordRef, key: str = "key", **fields: Any) -> Record:
        return self.connector.create("invoice", self.new_invoice(customer, key, **fields))

    def new_invoice(self, customer: RecordRef, key: str = "key", **fields: Any) -> NewRecord:
        line = {"name": "Widget", "rate": Decimal("10.50"), "quantity": Decimal(2)}
        return NewRecord(key, {"customer": customer, "lines": (line,), "currency": "USD", **fields})

    def estimate(self, customer: RecordRef) -> RecordRef:
        return self.connector.create("estimate", self.new_invoice(customer)).ref

    def time_passes(self, seconds: int = 60) -> None:
        self.api("POST", "/_sandbox/clock/advance", json={"seconds": seconds})

    def changes(self, entity: str, cursor: str | None = None) -> tuple[list[Record], str]:
        """Everything from a cursor on, and the cursor for the next time."""
        pages: list[Page] = [self.connector.changes(entity, cursor)]
        while pages[-1].more:
            pages.append(self.connector.changes(entity, pages[-1].cursor))
        return [record for page in pages for record in page.records], pages[-1].cursor

    def calls_of(self, work: Callable[[], Any]) -> list[str]:
        before = len(self.seen())
        work()
        return self.seen()[before:]


@pytest.fixture
def office(serve: Callable[..., Any]) -> Iterator[Office]:
    found: dict[str, str] = {}

    def fill(sandbox: Sandbox) -> None:
        found["id"] = default_organization(sandbox.db).organization_id
        add_currency(sandbox, found["id"], "USD", Decimal("151.25"))

    served = serve(before=fill)
    closing: list[Callable[[], None]] = []
    http = httpx2.Client(base_url=served.base_url, trust_env=False)
    closing.append(http.close)

    def api(method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = http.request(method, path, **options)
        answer.raise_for_status()
        return dict(answer.json())

    def connect() -> Office:
        bench = served.bench(organization_id=found["id"], requests_per_minute=0)
        connector = BooksConnector(bench.context)
        closing.append(connector.close)
        return Office(connector, bench.seen, served.fault, served.requests, api, connect)

    yield connect()
    for close in closing:
        close()
