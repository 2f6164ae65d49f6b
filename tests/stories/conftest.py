"""A company with its CRM and its books, a hub beside them, and everything in between real HTTP."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import simplejson

from tsunagi.app import connections, notices, syncing
from tsunagi.app.hub import Hub
from tsunagi.app.settings import load_settings
from tsunagi.serving import running as hub_running
from tsunagi.store.inbox import Inbox
from tsunagi.store.intents import Intents
from tsunagi.store.sync_runs import SyncRun
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

RULES = Path(__file__).parents[2] / "rules"
PATIENT_SECONDS = 30.0


@dataclass
class Zoho:
    """The company's Zoho, used as its people use it: through the APIs."""

    base_url: str
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10))
    _token: str = ""

    def credentials(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
            "requests_per_minute": 0,
        }

    def call(self, method: str, path: str, json: Any = None, **params: str) -> Any:
        if not self._token:
            form = {"grant_type": "refresh_token", **self.credentials()}
            answer = self.client.post(f"{self.base_url}/oauth/v2/token", data=form)
            self._token = answer.json()["access_token"]
        content = None if json is None else simplejson.dumps(json, use_decimal=True)
        answer = self.client.request(
            method,
            self.base_url + path,
            content=content,
            params=params,
            headers={"Authorization": f"Zoho-oauthtoken {self._token}", "Content-Type": "application/json"},
        )
        assert answer.status_code < 400, answer.text
        return simplejson.loads(answer.text, use_decimal=True) if answer.text else None

    def books(self, path: str, **params: str) -> Any:
        organization = self.call("GET", "/books/v3/organizations")["organizations"][0]["organization_id"]
        return self.call("GET", f"/books/v3{path}", organization_id=organization, **params)

    def invoices(self) -> list[dict[str, Any]]:
        return self.books("/invoices", per_page="200")["invoices"]

    def customers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, 10):
            answer = self.books("/contacts", contact_type="customer", page=str(page))
            found += answer["contacts"]
            if not answer["page_context"]["has_more_page"]:
                break
        return found

    def add(self, module: str, **fields: Any) -> str:
        """Create a record in the CRM and return its id."""
        return self.call("POST", f"/crm/v8/{module}", {"data": [fields]})["data"][0]["details"]["id"]

    def change(self, module: str, id: str, **fields: Any) -> None:
        self.call("PUT", f"/crm/v8/{module}/{id}", {"data": [fields]})

    def account_and_deal(
        self, *, name: str = "青葉商事株式会社", amount: int = 120_000, **deal: Any
    ) -> tuple[str, str]:
        account = self.add("Accounts", Account_Name=name)
        fields = {
            "Deal_Name": f"{name} 年間保守",
            "Stage": "Negotiation/Review",
            "Amount": amount,
            "Account_Name": {"id": account},
            "Closing_Date": "2026-11-20",
        }
        return account, self.add("Deals", **{**fields, **deal})

    def win(self, deal: str) -> None:
        self.change("Deals", deal, Stage="Closed Won")

    def fault(self, kind: str, **options: Any) -> None:
        answer = self.client.post(f"{self.base_url}/_sandbox/faults", json={"kind": kind, **options})
        assert answer.status_code < 300, answer.text

    def calls_to(self, path: str, method: str = "GET") -> int:
        """How often the sandbox was asked, by anybody."""
        answer = self.client.get(f"{self.base_url}/_sandbox/requests", params={"method": method, "path": path})
        return len(answer.json()["requests"])


@dataclass
class Office:
    """The hub at work, and its pages."""

    hub: Hub
    zoho: Zoho
    page_url: str
    client: httpx2.Client

    def connect(self) -> None:
        for service in ("crm", "books"):
            connections.connect(self.hub, service, self.zoho.credentials())

    def listen(self) -> None:
        """Ask the CRM for callbacks to this hub."""
        notices.subscribe(self.hub, "crm", self.page_url)

    def sync(self, **options: Any) -> SyncRun:
        run = syncing.start_sync(self.hub, **options)
        return syncing.run_sync(self.hub, run, **options)

    def page(self, path: str, language: str = "en") -> str:
        answer = self.client.get(self.page_url + path, headers={"Accept-Language": language})
        assert answer.status_code == 200, (answer.status_code, answer.text[:500])
        return answer.text

    def calls(self) -> Mapping[str, Mapping[str, int]]:
        return self.hub.meter.by_service()

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Come back when it has happened: asked again each time the hub finished a piece of work."""
        from time import monotonic, sleep

        end = monotonic() + PATIENT_SECONDS
        while not happened():
            assert monotonic() < end, self.state()
            sleep(0.02)

    def quiet(self) -> bool:
        """Every notification was read and every write was made."""
        with self.hub.store.read() as session:
            return Inbox(session).waiting() == 0 and not Intents(session).count_states().get("planned")

    def state(self) -> dict[str, Any]:
        with self.hub.store.read() as session:
            return {"inbox": Inbox(session).waiting(), "intents": Intents(session).count_states()}


OpenOffice = Callable[..., Office]


@pytest.fixture
def use_zoho() -> Callable[[str], Iterator[Zoho]]:
    """The company's Zoho at an address, closed at the end."""

    def use(base_url: str) -> Iterator[Zoho]:
        zoho = Zoho(base_url)
        yield zoho
        zoho.client.close()

    return use


@pytest.fixture
def zoho(tmp_path: Path, use_zoho: Callable[[str], Iterator[Zoho]]) -> Iterator[Zoho]:
    """A company with nothing in it yet."""
    with sandbox_running(SandboxSettings(data=tmp_path / "zoho.db", seed_data="empty", limits="off")) as server:
        yield from use_zoho(server.base_url)


@pytest.fixture
def open_office(tmp_path: Path, zoho: Zoho) -> Iterator[OpenOffice]:
    """Opens a hub; `connected` and `listening` say how far the administrator has come."""
    with ExitStack() as stack:

        def open_one(*, connected: bool = True, listening: bool = True, home: Path | None = None) -> Office:
            settings = load_settings(home=home or tmp_path / "hub", rules_dir=RULES)
            hub = stack.enter_context(Hub(settings))
            server = stack.enter_context(hub_running(hub))
            client = stack.enter_context(httpx2.Client(timeout=10))
            office = Office(hub, zoho, server.base_url, client)
            if connected:
                office.connect()
            if listening and connected:
                office.listen()
            return office

        yield open_one


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    return open_office()


__all__ = ["Office", "OpenOffice", "Sandbox", "Zoho"]
