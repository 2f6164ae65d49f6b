"""A company with its CRM and its books, a hub beside them, and everything in between real HTTP."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
import simplejson

from tsunagi.app.access import tokens
from tsunagi.app.access.permissions import person_named
from tsunagi.app.connections import connecting
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import notifications, workflows
from tsunagi.domain.directory import Person
from tsunagi.http.server import running as hub_running
from tsunagi.hub import Hub
from tsunagi.store.intents import Intents
from tsunagi.store.notifications import Inbox
from tsunagi.store.sync_runs import SyncRun
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from ready_made import empty_sandbox, lay_down
from signing_in import sign_in

RULES = Path(__file__).parents[2] / "rules"
# For what comes at once, on a machine that may be busy.
PATIENT_SECONDS = 60.0

ADMINISTRATOR = "hanako.sato@example.com"
EMPLOYEE = "ichiro.suzuki@example.com"
OUTSIDER = "emily.carter@example.net"
# What each of them has let the hub act with.
GRANTS = {
    ADMINISTRATOR: "1000.sandbox-refresh",
    EMPLOYEE: "1000.sandbox-standard",
    OUTSIDER: "1000.sandbox-other",
}
# The services as the hub names them, and as their addresses and the sandbox do.
PRODUCTS = {"books": "books", "invoice": "invoice", "expense": "expense", "subscriptions": "billing"}
ADDRESSES = {"books": "/books/v3", "invoice": "/invoice/v3", "expense": "/expense/v1", "subscriptions": "/billing/v1"}
# Where the organisation is named in a header.
HEADERS = {"subscriptions": "X-com-zoho-subscriptions-organizationid"}


class Clock:
    """The hub's time: real, and moved on at will."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_(self, **time: float) -> None:
        self._ahead += timedelta(**time)


@dataclass
class Zoho:
    """The company's Zoho, used as its people use it: through the APIs."""

    base_url: str
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=PATIENT_SECONDS))
    _tokens: dict[str, str] = field(default_factory=dict)

    def credentials(self, person: str = ADMINISTRATOR) -> dict[str, Any]:
        """What somebody lets the hub act with: one of GRANTS, or a refresh token."""
        return {
            "base_url": self.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": GRANTS.get(person, person),
            "requests_per_minute": 0,
        }

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        by: str = ADMINISTRATOR,
        headers: Mapping[str, str] | None = None,
        **params: str,
    ) -> Any:
        if by not in self._tokens:
            form = {"grant_type": "refresh_token", **self.credentials(by)}
            answer = self.client.post(f"{self.base_url}/oauth/v2/token", data=form)
            self._tokens[by] = answer.json()["access_token"]
        content = None if json is None else simplejson.dumps(json, use_decimal=True)
        answer = self.client.request(
            method,
            self.base_url + path,
            content=content,
            params=params,
            headers={
                "Authorization": f"Zoho-oauthtoken {self._tokens[by]}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        assert answer.status_code < 400, answer.text
        return simplejson.loads(answer.text, use_decimal=True) if answer.text else None

    def books(self, path: str, **params: str) -> Any:
        return self.finance("books", "GET", path, **params)

    def finance(self, service: str, method: str, path: str, json: Any = None, **params: str) -> Any:
        """A call to one of the finance services, about the company's organisation."""
        id = self.organization()["organization_id"]
        if service in HEADERS:
            return self.call(method, f"{ADDRESSES[service]}{path}", json, headers={HEADERS[service]: id}, **params)
        return self.call(method, f"{ADDRESSES[service]}{path}", json, organization_id=id, **params)

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """What the vendor offers only in its own pages, or nobody but the weather does."""
        answer = self.client.request(method, f"{self.base_url}/_sandbox{path}", json=json)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.text else None

    def organizations(self) -> list[dict[str, Any]]:
        """Every finance organisation, the company's own first, with its services and users."""
        found: list[dict[str, Any]] = self.control("GET", "/organizations")["organizations"]
        return found

    def organization(self, name: str = "") -> dict[str, Any]:
        """The company's organisation, or the one of this name."""
        return next(each for each in self.organizations() if not name or each["name"] == name)

    def use(self, *services: str, organization: str = "") -> None:
        """The services (as the hub names them) an organisation uses, and no others."""
        id = self.organization(organization)["organization_id"]
        self.control("PUT", f"/organizations/{id}/services", {"services": [PRODUCTS[each] for each in services]})

    def make_person(self, first: str, last: str, email: str, profile: str | None = None) -> str:
        """Somebody who can sign in; returns a refresh token of theirs."""
        given = {"first_name": first, "last_name": last, "email": email, "crm_profile": profile}
        made = self.control("POST", "/people", {name: value for name, value in given.items() if value})
        id = made["person"]["user_id"]
        return str(self.control("POST", f"/people/{id}/refresh-tokens", {})["refresh_token"])

    def change_person(self, email: str, **changes: Any) -> None:
        people = self.control("GET", "/people")["people"]
        id = next(each["user_id"] for each in people if each["email"] == email)
        self.control("PUT", f"/people/{id}", changes)

    def join(self, organization: str, email: str, **role: str) -> None:
        """Somebody becomes a user of a finance organisation."""
        id = self.organization(organization)["organization_id"]
        self.control("POST", f"/organizations/{id}/users", {"email": email, **role})

    def change_member(self, organization: str, email: str, **changes: str) -> None:
        """Another role or status for a user of a finance organisation."""
        found = self.organization(organization)
        id = next(each["user_id"] for each in found["users"] if each["email"] == email)
        self.control("PUT", f"/organizations/{found['organization_id']}/users/{id}", changes)

    def writes(self) -> list[str]:
        """Every change anybody asked a service for, the controls left out."""
        answer = self.client.get(f"{self.base_url}/_sandbox/requests", params={"limit": "1000"})
        return [
            f"{each['method']} {each['path']}"
            for each in reversed(answer.json()["requests"])
            if each["method"] != "GET" and not each["path"].startswith(("/_sandbox", "/oauth"))
        ]

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

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        for fault in self.control("GET", "/faults")["faults"]:
            self.control("DELETE", f"/faults/{fault['id']}")

    def limit(self, service: str, **limits: int) -> None:
        """So many calls a day (`per_day`) and a minute (`per_minute`) are taken from now on."""
        id = self.organization()["organization_id"]
        self.control("PUT", f"/organizations/{id}/limits", {"service": PRODUCTS[service], **limits})

    def posted(self, path: str) -> list[str]:
        """Every record that was created there."""
        return [each for each in self.writes() if each == f"POST {path}"]

    def away(self, path: str) -> None:
        """From now on a page for people is answered there, as services do while they are repaired."""
        self.fault("status", path=path, status=200, body="<html>We are back soon</html>", count=None)

    def calls_to(self, path: str, method: str = "GET") -> int:
        """How often the sandbox was asked, by anybody."""
        asked = {"method": method, "path": path, "limit": "1000"}
        answer = self.client.get(f"{self.base_url}/_sandbox/requests", params=asked)
        return len(answer.json()["requests"])


@dataclass
class Office:
    """The hub at work, and its pages."""

    hub: Hub
    zoho: Zoho
    page_url: str
    client: httpx2.Client

    def connect(self, *services: str) -> None:
        for service in services or ("crm", "books"):
            connecting.connect(self.hub.context, service, self.zoho.credentials())

    def person(self, email: str = ADMINISTRATOR) -> Person:
        """A user of the CRM, as the hub last read them."""
        return person_named(self.hub.context, email)

    def sign_in(self, email: str = ADMINISTRATOR) -> None:
        """Pages and API are asked for by this person from now on."""
        token = tokens.create_token(self.hub.context, None, email)
        self.client.headers["Authorization"] = f"Bearer {token.text}"
        sign_in(self.client, token.text, self.page_url)

    def listen(self) -> None:
        """Ask the CRM for callbacks to this hub."""
        notifications.subscribe(self.hub.context, "crm", self.page_url)

    def sync(self, *, first: bool = True, **options: Any) -> SyncRun:
        run = workflows.start_sync(
            self.hub.context, first=first, **{name: value for name, value in options.items() if name != "most"}
        )
        return workflows.run_sync(self.hub.context, self.hub.jobs, run, **options)

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


@contextmanager
def zoho_of(settings: SandboxSettings) -> Iterator[Zoho]:
    """The company's Zoho while the block runs."""
    with sandbox_running(settings) as server:
        zoho = Zoho(server.base_url)
        with zoho.client:
            yield zoho


@contextmanager
def offices_of(zoho: Zoho, home: Path) -> Iterator[OpenOffice]:
    """Opens hubs, closed at the block's end; `connected` and `listening` say how far the administrator has come."""
    with ExitStack() as stack:

        def open_one(
            *,
            connected: bool = True,
            listening: bool = True,
            services: tuple[str, ...] = ("crm", "books"),
            now: Callable[[], datetime] | None = None,
            **settings: Any,
        ) -> Office:
            described = load_settings(**{"home": home, "rules_dir": RULES, "synchronous": "NORMAL", **settings})
            lay_down(described.home)
            hub = stack.enter_context(Hub(described, **({"now": now} if now else {})))
            server = stack.enter_context(hub_running(hub))
            client = stack.enter_context(httpx2.Client(timeout=PATIENT_SECONDS))
            office = Office(hub, zoho, server.base_url, client)
            if connected:
                office.connect(*services)
                office.sign_in()
            if listening and connected:
                office.listen()
            return office

        yield open_one


@pytest.fixture(scope="module")
def demo_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The demo data in place of an empty company, for the tests of a module; nobody is told of changes."""
    folder = tmp_path_factory.mktemp("demo")
    settings = SandboxSettings(data=folder / "zoho.db", seed_data="demo", limits="off")
    with zoho_of(settings) as zoho, offices_of(zoho, folder / "hub") as opened:
        yield opened(listening=False)


@pytest.fixture
def company() -> dict[str, Any]:
    """What the company's Zoho is started with, for a story to say otherwise."""
    return {}


@pytest.fixture
def zoho(tmp_path: Path, company: dict[str, Any]) -> Iterator[Zoho]:
    """A company with nothing in it yet."""
    described = {"data": tmp_path / "zoho.db", "seed_data": "empty", "limits": "off", **company}
    if described["seed_data"] == "empty":
        empty_sandbox(described["data"])
    with zoho_of(SandboxSettings(**described)) as zoho:
        yield zoho


@pytest.fixture
def open_office(tmp_path: Path, zoho: Zoho) -> Iterator[OpenOffice]:
    with offices_of(zoho, tmp_path / "hub") as opened:
        yield opened


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    return open_office()


@pytest.fixture
def new_company(tmp_path: Path) -> Callable[..., Any]:
    """Opens companies that know nothing of each other, as a block: an empty Zoho, and a hub at work beside it."""
    numbers = count(1)

    @contextmanager
    def open_one(**options: Any) -> Iterator[tuple[Zoho, Office]]:
        home = tmp_path / f"company-{next(numbers)}"
        home.mkdir()
        empty_sandbox(home / "zoho.db")
        described = SandboxSettings(data=home / "zoho.db", seed_data="empty", limits="off")
        with zoho_of(described) as zoho, offices_of(zoho, home / "hub") as opened:
            yield zoho, opened(**options)

    return open_one


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_desk(tmp_path: Path, zoho: Zoho, clock: Clock) -> Iterator[OpenOffice]:
    """Opens a hub at which an administrator sets things up: nothing is served and nobody works, so it is quick."""
    with ExitStack() as stack:

        def open_one(*services: str, **options: Any) -> Office:
            extra = options.pop("extra_plugins", None)
            settings = load_settings(
                **{"home": tmp_path / "hub", "rules_dir": RULES, "synchronous": "NORMAL", **options}
            )
            lay_down(settings.home)
            hub = stack.enter_context(Hub(settings, now=clock, extra_plugins=extra))
            office = Office(hub, zoho, "", stack.enter_context(httpx2.Client(timeout=PATIENT_SECONDS)))
            if services:
                office.connect(*services)
            return office

        yield open_one


@pytest.fixture
def desk(open_desk: OpenOffice) -> Office:
    """The CRM is connected, nothing else yet."""
    return open_desk("crm")


__all__ = ["Office", "OpenOffice", "Sandbox", "Zoho"]
