"""A running sandbox whose organisation uses Expense, and a plain HTTP client of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import simplejson

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

HEADER = "X-com-zoho-expense-organizationid"
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


class ExpenseClient:
    """Calls one organisation of Expense, named by the header."""

    def __init__(self, http: httpx2.Client, organization_id: str) -> None:
        self.http = http
        self.organization_id = organization_id
        self.sign_in()

    def sign_in(self) -> None:
        answer = self.http.post("/oauth/v2/token", data=CREDENTIALS)
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        headers = {"Content-Type": "application/json"}
        if self.organization_id:
            headers[HEADER] = self.organization_id
        answer = self.http.request(
            method,
            f"/expense/v1{path}",
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

    def made(self, path: str, body: Any) -> dict[str, Any]:
        """What a creation answers: the one resource beside code and message."""
        reply = self.post(path, body)
        assert reply.status == 201, reply.body
        (resource,) = (value for name, value in reply.body.items() if name not in ("code", "message"))
        assert isinstance(resource, dict)
        return resource

    def category(self, name: str = "Lodging") -> str:
        found = self.get("/expensecategories").body["expense_accounts"]
        return next(str(row["category_id"]) for row in found if row["category_name"] == name)

    def expense(self, amount: Any = 1000, **fields: Any) -> dict[str, Any]:
        return self.made("/expenses", {"category_id": self.category(), "amount": amount, **fields})

    def report(self, name: str = "Trip", **fields: Any) -> dict[str, Any]:
        return self.made("/expensereports", {"report_name": name, **fields})

    def submitted(self, **fields: Any) -> dict[str, Any]:
        """A submitted report with one expense."""
        report = self.report(expenses=[{"expense_id": self.expense()["expense_id"]}], **fields)
        assert self.post(f"/expensereports/{report['report_id']}/submit").status == 200
        return report

    def shown(self, report: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = self.get(f"/expensereports/{report['report_id']}").body["expense_report"]
        return body


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a sandbox that serves one test file."""
    settings = SandboxSettings(data=tmp_path_factory.mktemp("expense") / "sandbox.db", seed_data="empty")
    with running(settings) as server, httpx2.Client(base_url=server.base_url) as http:
        yield http


@pytest.fixture
def expense(served: httpx2.Client) -> Iterator[ExpenseClient]:
    """A client of an empty organisation in yen; the clock tells real time."""
    body = {"name": "Sandbox Company", "currency_code": "JPY", "services": ["books", "expense"]}
    made = served.post("/_sandbox/organizations", json=body).json()["organization"]
    yield ExpenseClient(served, made["organization_id"])
    served.delete("/_sandbox/clock")
