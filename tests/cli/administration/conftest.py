"""A company's administrator at the command line: the CRM, four finance services, and what only controls can arrange."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from typing import Any

import httpx2
import pytest

HANAKO, ICHIRO, EMILY = "hanako.sato@example.com", "ichiro.suzuki@example.com", "emily.carter@example.net"
GRANTS = {HANAKO: "1000.sandbox-refresh", ICHIRO: "1000.sandbox-standard", EMILY: "1000.sandbox-other"}
PRODUCTS = {"books": "books", "invoice": "invoice", "expense": "expense", "subscriptions": "billing"}
# Whatever is printed, these are not.
HIDDEN = ("sandbox-secret", *GRANTS.values())

Ended = Any
Inside = Callable[..., Ended]


@dataclass
class Office:
    """The command line, with the credentials of whoever sits there, and the services it talks to."""

    call: Inside
    company: Any
    _patch: pytest.MonkeyPatch
    _http: httpx2.Client

    def __call__(self, *arguments: str) -> Ended:
        """Run a command; nothing it prints may hold a credential, and --json is one value alone."""
        ended = self.call(*arguments)
        assert not [secret for secret in HIDDEN if secret in ended.out + ended.err]
        if "--json" in arguments:
            json.loads(ended.out)
        return ended

    def sits(self, person: str) -> None:
        """Their credentials are in the environment from now on."""
        for name, value in self.company.variables("crm", *PRODUCTS).items():
            self._patch.setenv(name, GRANTS[person] if name.endswith("REFRESH_TOKEN") else value)

    def at_terminal(self, *answers: str) -> None:
        """A person who gives these answers to what is asked."""
        self._patch.setattr("sys.stdin", StringIO("".join(f"{answer}\n" for answer in answers)))
        self._patch.setattr("tsunagi.cli.printing.at_terminal", lambda: True)
        self._patch.setattr("tsunagi.cli.organizations.at_terminal", lambda: True)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"/_sandbox{path}", json=body)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.text else None

    def organization(self, name: str = "Sandbox Company") -> dict[str, Any]:
        return next(each for each in self.control("GET", "/organizations")["organizations"] if each["name"] == name)

    def use(self, *services: str, organization: str = "Sandbox Company") -> None:
        """The services an organisation uses, and no others."""
        id = self.organization(organization)["organization_id"]
        self.control("PUT", f"/organizations/{id}/services", {"services": [PRODUCTS[each] for each in services]})

    def books(self, method: str, path: str, body: Any = None) -> Any:
        """A call to Books by the administrator, about the company's organisation."""
        return self.request(method, f"/books/v3{path}", body, organization_id=self.organization()["organization_id"])

    def request(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """A call to a service by the administrator."""
        form = {"grant_type": "refresh_token", "client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
        token = self._http.post("/oauth/v2/token", data={**form, "refresh_token": GRANTS[HANAKO]}).json()
        answer = self._http.request(
            method,
            path,
            params=parameters,
            headers={"Authorization": f"Zoho-oauthtoken {token['access_token']}"},
            json=body,
        )
        assert answer.status_code < 400, answer.text
        return answer.json()

    def invoice(self) -> str:
        """A customer with an e-mail address, and a draft invoice for them; returns its id."""
        person = {"first_name": "花子", "last_name": "佐藤", "email": "buyer@example.com", "is_primary_contact": True}
        customer = self.books("POST", "/contacts", {"contact_name": "株式会社さくら商店", "contact_persons": [person]})
        line = {"name": "年間保守", "rate": 120000, "quantity": 1}
        fields = {"customer_id": customer["contact"]["contact_id"], "line_items": [line]}
        return str(self.books("POST", "/invoices", fields)["invoice"]["invoice_id"])

    def connect(self, *services: str) -> None:
        for service in services:
            ended = self("connect", service, "--json")
            assert ended.code == 0, ended.err


@pytest.fixture
def office(inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with closing(httpx2.Client(base_url=company.base_url, trust_env=False)) as http:
        made = Office(inside, company, monkeypatch, http)
        made.sits(HANAKO)
        yield made
