"""A plain HTTP client of Books, a running sandbox, and an organisation of its own for every test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
import simplejson

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        return int(self.body["code"])

    @property
    def message(self) -> str:
        return str(self.body["message"])


class BooksClient:
    """Calls one organisation, signed in by the Authorization header all clients of a sandbox share."""

    def __init__(self, http: httpx2.Client, organization_id: str, base: str = "/books/v3") -> None:
        self.http = http
        self.organization_id = organization_id
        self.base = base

    def sign_in(self, refresh_token: str = "1000.sandbox-refresh") -> None:
        """Get an access token for a demo user and keep it in the headers."""
        answer = self.http.post(
            "/oauth/v2/token",
            data={
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "client_id": "1000.SANDBOX",
                "client_secret": "sandbox-secret",
            },
        )
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        named = {"organization_id": self.organization_id} if self.organization_id else {}
        answer = self.http.request(
            method,
            self.base + path,
            params=named | {name: str(value) for name, value in query.items()},
            content=None if body is None else simplejson.dumps(body, use_decimal=True).encode(),
            headers={"Content-Type": "application/json"},
        )
        return Reply(answer.status_code, simplejson.loads(answer.content, use_decimal=True), answer.headers)

    def get(self, path: str, **query: Any) -> Reply:
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Reply:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Reply:
        return self.call("PUT", path, body, **query)

    def delete(self, path: str, **query: Any) -> Reply:
        return self.call("DELETE", path, **query)

    def made(self, path: str, body: Any, **query: Any) -> dict[str, Any]:
        """What a creation answers: the one resource beside code and message."""
        reply = self.post(path, body, **query)
        assert reply.status == 201, reply.body
        assert reply.code == 0
        (resource,) = (value for name, value in reply.body.items() if name not in ("code", "message"))
        assert isinstance(resource, dict)
        return resource

    def customer(self, name: str = "Acme", **fields: Any) -> dict[str, Any]:
        return self.made("/contacts", {"contact_name": name, **fields})

    def invoice(self, customer: Mapping[str, Any], rate: Any = 1000, **fields: Any) -> dict[str, Any]:
        body = {"customer_id": customer["contact_id"], "line_items": [{"name": "Work", "rate": rate}]}
        return self.made("/invoices", body | fields)

    def estimate(self, customer: Mapping[str, Any], rate: Any = 1000, **fields: Any) -> dict[str, Any]:
        body = {"customer_id": customer["contact_id"], "line_items": [{"name": "Work", "rate": rate}]}
        return self.made("/estimates", body | fields)

    def vendor(self, name: str = "Parts Ltd", **fields: Any) -> dict[str, Any]:
        return self.made("/contacts", {"contact_name": name, "contact_type": "vendor", **fields})

    def order(self, party: Mapping[str, Any], rate: Any = 1000, **fields: Any) -> dict[str, Any]:
        """A sales order of a customer, or a purchase order to a vendor."""
        kind = "sales" if party["contact_type"] == "customer" else "purchase"
        key = f"{party['contact_type']}_id"
        body = {key: party["contact_id"], "line_items": [{"name": "Work", "rate": rate}]}
        return self.made(f"/{kind}orders", body | fields)

    def bill(self, vendor: Mapping[str, Any], number: str, rate: Any = 1000, **fields: Any) -> dict[str, Any]:
        body = {"vendor_id": vendor["contact_id"], "bill_number": number, "line_items": [{"name": "W", "rate": rate}]}
        return self.made("/bills", body | fields)

    def shown(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """A document as it stands now; `kind` is like "invoice"."""
        answer = self.get(f"/{kind}s/{document[f'{kind}_id']}").body
        return dict(answer[kind])

    def pdf(self, path: str, **query: Any) -> httpx2.Response:
        return self.http.get(self.base + path, params={"organization_id": self.organization_id, **query})

    def currency(self, code: str, rate: Any = None) -> dict[str, Any]:
        """A foreign currency, with a rate since long ago where one is given."""
        currency = self.made("/settings/currencies", {"currency_code": code, "currency_format": "1,234,567.89"})
        if rate is not None:
            path = f"/settings/currencies/{currency['currency_id']}/exchangerates"
            self.made(path, {"effective_date": "2020-01-01", "rate": rate})
        return currency


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BooksClient]:
    """A client without an organisation, of a sandbox that serves one test file."""
    settings = SandboxSettings(data=tmp_path_factory.mktemp("books") / "sandbox.db", seed_data="empty")
    with running(settings) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        client = BooksClient(http, "")
        client.sign_in()
        yield client


@pytest.fixture(scope="module")
def another_user(served: BooksClient) -> Iterator[Callable[[str, str], BooksClient]]:
    """Makes a client signed in by another refresh token: `another_user(refresh_token, organization_id)`."""
    with ExitStack() as stack:

        def made(refresh_token: str, organization_id: str = "") -> BooksClient:
            http = stack.enter_context(httpx2.Client(base_url=served.http.base_url))
            client = BooksClient(http, organization_id)
            client.sign_in(refresh_token)
            return client

        yield made


@pytest.fixture(scope="session")
def make_client() -> Callable[[httpx2.Client], BooksClient]:
    """Makes a signed-in client of the default organisation of another sandbox."""

    def made(http: httpx2.Client) -> BooksClient:
        client = BooksClient(http, "")
        client.sign_in()
        organizations = client.get("/organizations").body["organizations"]
        return BooksClient(http, organizations[0]["organization_id"])

    return made


@pytest.fixture(scope="module")
def open_books(served: BooksClient) -> Callable[..., BooksClient]:
    """Makes an organisation and a client of it; USD unless told otherwise."""
    numbers = count(1)

    def opened(currency_code: str = "USD", time_zone: str = "America/New_York") -> BooksClient:
        organization = served.made(
            "/organizations",
            {
                "name": f"Company {next(numbers)}",
                "currency_code": currency_code,
                "time_zone": time_zone,
                "portal_name": "company",
            },
        )
        return BooksClient(served.http, organization["organization_id"])

    return opened


@pytest.fixture
def books(open_books: Callable[..., BooksClient]) -> BooksClient:
    """A client of an empty organisation in US dollars."""
    return open_books()


@pytest.fixture
def set_clock(served: BooksClient) -> Iterator[Callable[[str], None]]:
    """Stops the sandbox's clock at a moment; it runs again after the test."""

    def stop_at(moment: str) -> None:
        answer = served.http.put("/_sandbox/clock", json={"now": moment, "frozen": True})
        assert answer.status_code == 200, answer.text
        served.sign_in()

    yield stop_at
    served.http.delete("/_sandbox/clock")
    served.sign_in()
