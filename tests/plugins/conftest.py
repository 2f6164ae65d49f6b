"""A sandbox over HTTP, and what the hub hands a connector: secrets, a rate limiter, time that costs nothing."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from ready_made import empty_sandbox

from tsunagi import ApiCall, ConnectorContext, Limits, NewRecord, Page, Record, RecordRef
from tsunagi_zoho import RetryPolicy, ZohoSettings
from tsunagi_zoho.finance.mailing import DocumentConnector
from tsunagi_zoho.finance.organization import finance_client
from tsunagi_zoho.finance.service import FinanceService
from zoho_sandbox.finance import organizations
from zoho_sandbox.finance.currencies import add_currency
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings


@dataclass
class Time:
    """Waiting moves this clock on and takes no time."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def retry_policy(self, **changes: Any) -> RetryPolicy:
        return RetryPolicy(sleep=self.sleep, random=lambda: 1.0, **changes)


class Secrets:
    """A secret box of one process."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}

    def load(self) -> Mapping[str, str]:
        return dict(self._values)

    def save(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def locked(self, name: str) -> AbstractContextManager[Any]:
        return self._locks.setdefault(name, threading.Lock())


class Bucket:
    """A rate limiter of one process: evenly spaced calls, and a pause after a refusal."""

    def __init__(self, limits: Limits, time: Time) -> None:
        self.limits = limits
        self.calls = 0
        self.penalties: list[float] = []
        self._time = time
        self._free_at = time.now()

    def acquire(self) -> None:
        wait = (self._free_at - self._time.now()).total_seconds()
        if wait > 0:
            self._time.sleep(wait)
        self.calls += 1
        if self.limits.per_minute:
            self._free_at = self._time.now() + timedelta(minutes=1) / self.limits.per_minute

    def penalize(self, seconds: float) -> None:
        self.penalties.append(seconds)
        self._free_at = max(self._free_at, self._time.now() + timedelta(seconds=seconds))


@dataclass
class Harness:
    """A connection under test: its context, and everything that was seen of it."""

    context: ConnectorContext
    secrets: Secrets
    time: Time
    calls: list[ApiCall]
    buckets: list[Bucket]

    def seen(self) -> list[str]:
        """`GET /crm/v8/Deals 200`, in order, without the calls for tokens."""
        return [f"{c.method} {c.path} {c.status}" for c in self.calls if not c.path.startswith("/oauth")]

    def token_calls(self) -> int:
        return sum(call.path.startswith("/oauth") for call in self.calls)


def harness(settings: ZohoSettings, secrets: Secrets | None = None) -> Harness:
    time, kept, calls, buckets = Time(), secrets or Secrets(), [], []

    def limiter(limits: Limits) -> Bucket:
        buckets.append(Bucket(limits, time))
        return buckets[-1]

    context = ConnectorContext(
        connection="test",
        organization_id=settings.organization_id,
        settings=settings,
        secrets=kept,
        limiter=limiter,
        observe=calls.append,
        now=time.now,
    )
    return Harness(context, kept, time, calls, buckets)


@dataclass
class ServedSandbox:
    """A sandbox that answers on a loopback port, with its controls."""

    base_url: str
    _http: httpx2.Client

    def fault(self, kind: str, **options: Any) -> None:
        """Inject a fault; see zoho_sandbox.faults.Fault."""
        self._http.post("/_sandbox/faults", json={"kind": kind, **options}).raise_for_status()

    def requests(self, **filters: str) -> list[dict[str, Any]]:
        """The log, oldest first, without the controls."""
        answer = self._http.get("/_sandbox/requests", params={"limit": "1000", **filters})
        return [entry for entry in reversed(answer.json()["requests"]) if entry["service"] != "sandbox"]

    def settings(self, **changes: Any) -> ZohoSettings:
        known = {
            "base_url": self.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": SecretStr("sandbox-secret"),
            "refresh_token": SecretStr("1000.sandbox-refresh"),
        }
        return ZohoSettings(**{**known, **changes})

    def harness(self, secrets: Secrets | None = None, **settings: Any) -> Harness:
        return harness(self.settings(**settings), secrets)


Serve = Callable[..., ServedSandbox]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an empty sandbox; `before` may fill it before the first call."""
    ends: list[Callable[[], None]] = []

    def start(before: Callable[[Sandbox], None] | None = None, **settings: Any) -> ServedSandbox:
        described = SandboxSettings(data=empty_sandbox(tmp_path / "sandbox.db"), seed_data="empty", **settings)
        context = running(described, before=before)
        served = context.__enter__()
        ends.append(lambda: context.__exit__(None, None, None))
        http = httpx2.Client(base_url=served.base_url, trust_env=False)
        ends.append(http.close)
        return ServedSandbox(served.base_url, http)

    yield start
    for end in reversed(ends):
        end()


@pytest.fixture
def sandbox(serve: Serve) -> ServedSandbox:
    return serve()


@pytest.fixture
def make_harness() -> Callable[..., Harness]:
    """A harness for settings that lead elsewhere than to the sandbox."""
    return harness


@dataclass
class Office:
    """A connected finance organisation: its connector, the calls it made, and the sandbox's controls.

    `call` asks the service as any client would, around the connector; `context` is what it was built with.
    """

    connector: DocumentConnector
    context: ConnectorContext
    seen: Callable[[], list[str]]
    fault: Callable[..., None]
    requests: Callable[..., list[dict[str, Any]]]
    control: Callable[..., Any]
    call: Callable[..., dict[str, Any]]
    again: Callable[..., "Office"]

    def customer(self, name: str = "Acme", **fields: Any) -> RecordRef:
        return self.connector.create("customer", NewRecord(f"customer {name}", {"name": name, **fields})).ref

    def vendor(self, name: str = "Supplies") -> RecordRef:
        body = {"contact_name": name, "contact_type": "vendor"}
        made = self.call("POST", "/contacts", body)["contact"]
        return RecordRef(self.connector.service, "vendor", made["contact_id"])

    def made(self, entity: str, party: RecordRef, key: str = "key", **fields: Any) -> Record:
        return self.connector.create(entity, self.new_document(party, key, **fields))

    def new_document(self, party: RecordRef, key: str = "key", **fields: Any) -> NewRecord:
        line = {"name": "Widget", "rate": Decimal("10.50"), "quantity": Decimal(2)}
        return NewRecord(key, {"customer": party, "lines": (line,), "currency": "USD", **fields})

    def invoice(self, customer: RecordRef, key: str = "key", **fields: Any) -> Record:
        return self.made("invoice", customer, key, **fields)

    def estimate(self, customer: RecordRef) -> RecordRef:
        return self.made("estimate", customer).ref

    def time_passes(self, seconds: int = 60) -> None:
        self.control("POST", "/_sandbox/clock/advance", json={"seconds": seconds})

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
def open_office(serve: Serve) -> Iterator[Callable[[FinanceService], Office]]:
    """Connects the sandbox's organisation in a finance service, with yen as its base and dollars beside them."""
    closing: list[Callable[[], None]] = []

    def opened(service: FinanceService, **settings: Any) -> Office:
        found: dict[str, str] = {}

        def fill(sandbox: Sandbox) -> None:
            found["id"] = organizations.default_organization(sandbox.db).organization_id
            organizations.join(sandbox, found["id"], service.name)
            add_currency(sandbox, found["id"], "USD", Decimal("151.25"))

        served = serve(before=fill, **settings)
        http = httpx2.Client(base_url=served.base_url, trust_env=False)
        raw = finance_client(served.harness(requests_per_minute=0).context, service.name, service.base_path)
        closing.extend((http.close, raw.close))

        def control(method: str, path: str, **options: Any) -> Any:
            answer = http.request(method, path, **options)
            answer.raise_for_status()
            return answer.json()

        def call(method: str, path: str, body: Any = None, **params: str) -> dict[str, Any]:
            asked = {"organization_id": found["id"], **params}
            send = {"GET": raw.get, "POST": raw.post, "PUT": raw.put}[method]
            body = {} if body is None else {"json": body}
            return send(path, params=asked, **body).body

        def connect(organization_id: str | None = None, base_currency: str = "", **settings: Any) -> Office:
            wanted = found["id"] if organization_id is None else organization_id
            harness = served.harness(organization_id=wanted, **{"requests_per_minute": 0, **settings})
            context = replace(harness.context, base_currency=base_currency)
            connector = service.connect(context)
            closing.append(connector.close)
            return Office(connector, context, harness.seen, served.fault, served.requests, control, call, connect)

        return connect()

    yield opened
    for close in reversed(closing):
        close()
