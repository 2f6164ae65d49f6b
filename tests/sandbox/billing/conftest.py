"""A running sandbox whose organisation uses Billing, and a plain HTTP client of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import simplejson

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

HEADER = "X-com-zoho-subscriptions-organizationid"
START = "2026-01-31T10:00:00+09:00"
CREDENTIALS = {
    "grant_type": "refresh_token",
    "refresh_token": "1000.sandbox-refresh",
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


class BillingClient:
    """Calls one organisation of Billing, named by the header; the sandbox's clock stands where it is set."""

    def __init__(self, http: httpx2.Client, organization_id: str) -> None:
        self.http = http
        self.organization_id = organization_id
        self.base = "/billing/v1"

    def at(self, moment: str) -> None:
        """Set the clock, and sign in anew: tokens live for an hour."""
        self.http.put("/_sandbox/clock", json={"now": moment, "frozen": True})
        answer = self.http.post("/oauth/v2/token", data=CREDENTIALS)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {answer.json()['access_token']}"

    def on(self, day: str) -> None:
        self.at(f"{day}T10:00:00+09:00")

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        headers = {"Content-Type": "application/json"}
        if self.organization_id:
            headers[HEADER] = self.organization_id
        answer = self.http.request(
            method,
            f"{self.base}{path}",
            params={name: str(value) for name, value in query.items()},
            content=None if body is None else simplejson.dumps(body, use_decimal=True).encode(),
            headers=headers,
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
        (resource,) = (value for name, value in reply.body.items() if name not in ("code", "message"))
        assert isinstance(resource, dict)
        return resource

    def customer(self, name: str = "Acme", **fields: Any) -> dict[str, Any]:
        return self.made("/customers", {"display_name": name, "email": "billing@acme.example", **fields})

    def product(self, name: str = "Cloud") -> dict[str, Any]:
        return self.made("/products", {"name": name})

    def plan(self, code: str = "basic", **fields: Any) -> dict[str, Any]:
        body = {"plan_code": code, "name": code.title(), "recurring_price": 5000, "interval": 1, **fields}
        body.setdefault("product_id", None)
        if body["product_id"] is None:
            body["product_id"] = self.product()["product_id"]
        return self.made("/plans", body)

    def subscription(self, *, plan: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A subscription of a customer to a plan; both are made where they are not given."""
        plan = plan or self.plan()
        customer_id = fields.pop("customer_id", None) or self.customer()["customer_id"]
        body = {"customer_id": customer_id, "plan": {"plan_code": plan["plan_code"]}, **fields}
        return self.made("/subscriptions", body)

    def now(self, subscription: Mapping[str, Any]) -> dict[str, Any]:
        body = self.get(f"/subscriptions/{subscription['subscription_id']}").body
        shown: dict[str, Any] = body["subscription"]
        return shown

    def invoices(self, **query: Any) -> list[dict[str, Any]]:
        """The invoices, the earliest first."""
        body = self.get("/invoices", **query).body
        rows: list[dict[str, Any]] = body["invoices"]
        return rows[::-1]

    def pay(self, invoice: Mapping[str, Any], amount: Any = None) -> dict[str, Any]:
        amount = invoice["balance"] if amount is None else amount
        share = {"invoice_id": invoice["invoice_id"], "amount_applied": amount}
        body = {"customer_id": invoice["customer_id"], "amount": amount, "payment_mode": "cash", "invoices": [share]}
        return self.made("/payments", body)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a sandbox that serves one test file."""
    settings = SandboxSettings(data=tmp_path_factory.mktemp("billing") / "sandbox.db", seed_data="empty")
    with running(settings) as server, httpx2.Client(base_url=server.base_url) as http:
        yield http


@pytest.fixture
def billing(served: httpx2.Client) -> BillingClient:
    """A client of an empty organisation in yen; it is 31 January 2026, ten o'clock in Tokyo."""
    body = {"name": "Sandbox Company", "currency_code": "JPY", "services": ["books", "billing"]}
    made = served.post("/_sandbox/organizations", json=body).json()["organization"]
    client = BillingClient(served, made["organization_id"])
    client.at(START)
    return client
