"""The sandbox as the other end of a connector under test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import simplejson
from pydantic import SecretStr

from tsunagi.testing import Calls, Fault
from tsunagi_zoho import ZohoSettings
from zoho_sandbox.finance.currencies import add_currency
from zoho_sandbox.finance.organizations import default_organization, join
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

CREDENTIALS = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret", "refresh_token": "1000.sandbox-refresh"}
_METHODS = {"reads": "GET", "writes": "[PD]*"}
_FAULTS: dict[Fault, dict[str, Any]] = {
    Fault.SLOW_DOWN: {"kind": "rate_limit", "seconds": 1},
    Fault.COME_BACK_LATER: {"kind": "rate_limit", "seconds": 7200},
    Fault.LOST_REQUEST: {"kind": "drop_before"},
    Fault.LOST_ANSWER: {"kind": "drop_after"},
    Fault.NOT_JSON: {"kind": "status", "status": 200, "body": "<html>We are back soon</html>"},
    Fault.NOTHING_IN_IT: {"kind": "status", "status": 200, "body": {}},
}


class SandboxFake:
    """A served sandbox. `base_path` is where the service answers: faults hit its calls, never the accounts server.

    Subclasses say how people make and change what the connector cannot.
    """

    base_path = ""
    # The header that names the organisation, where it is no parameter.
    organization_header = ""

    def __init__(self, base_url: str, organization_id: str) -> None:
        self.organization_id = organization_id
        self._http = httpx2.Client(base_url=base_url, trust_env=False)
        self._base_url = base_url
        self._token = ""

    @property
    def settings(self) -> ZohoSettings:
        secrets = {name: SecretStr(CREDENTIALS[name]) for name in ("client_secret", "refresh_token")}
        return ZohoSettings(
            base_url=self._base_url, client_id=CREDENTIALS["client_id"], requests_per_minute=0, **secrets
        )

    def strike(self, fault: Fault, *, on: Calls, times: int = 1) -> None:
        described = {"method": _METHODS[on], "path": f"{self.base_path}/*", "count": times, **_FAULTS[fault]}
        self._control("POST", "/_sandbox/faults", described)

    def calm(self) -> None:
        self._control("DELETE", "/_sandbox/faults")

    def answer_with(self, body: dict[str, Any]) -> None:
        """The next read is answered with this, whatever is there."""
        described = {"kind": "status", "status": 200, "body": body, "method": "GET", "path": f"{self.base_path}/*"}
        self._http.post("/_sandbox/faults", content=simplejson.dumps(described, use_decimal=True)).raise_for_status()

    def tick(self) -> None:
        self._control("POST", "/_sandbox/clock/advance", {"seconds": 5})

    def add(self, entity: str, number: int) -> str:
        raise NotImplementedError(entity)

    def alter(self, entity: str, id: str, number: int) -> None:
        raise NotImplementedError(entity)

    def call(self, method: str, path: str, json: Any = None, **params: str) -> dict[str, Any]:
        """As the service's own people use it; `path` is under `base_path`."""
        answer = self._ask(method, path, json, params)
        if answer.status_code == 401:
            # Tests that move the clock outlive a token.
            self._token = ""
            answer = self._ask(method, path, json, params)
        assert answer.status_code < 300, answer.text
        return dict(simplejson.loads(answer.content, use_decimal=True))

    def requests(self, **filters: str) -> list[dict[str, Any]]:
        """The sandbox's log, newest first."""
        answer = self._http.get("/_sandbox/requests", params={"limit": "1000", **filters})
        return list(answer.json()["requests"])

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, json: Any, params: dict[str, str]) -> httpx2.Response:
        self._token = self._token or self._new_token()
        headers = {"Authorization": f"Zoho-oauthtoken {self._token}", "Content-Type": "application/json"}
        if self.organization_header:
            headers[self.organization_header] = self.organization_id
        elif self.organization_id:
            params = {"organization_id": self.organization_id, **params}
        content = None if json is None else simplejson.dumps(json, use_decimal=True)
        return self._http.request(method, self.base_path + path, params=params, content=content, headers=headers)

    def _new_token(self) -> str:
        form = {"grant_type": "refresh_token", **CREDENTIALS}
        return str(self._http.post("/oauth/v2/token", data=form).json()["access_token"])

    def _control(self, method: str, path: str, json: Any = None) -> None:
        self._http.request(method, path, json=json).raise_for_status()


Fake = TypeVar("Fake", bound=SandboxFake)


@contextmanager
def serving(
    kind: type[Fake], folder: Path, *, service: str = "", fill: Callable[[Sandbox], None] | None = None
) -> Iterator[Fake]:
    """An empty sandbox whose organisation uses `service`, with yen as its base and dollars beside them."""
    found: dict[str, str] = {}

    def prepare(sandbox: Sandbox) -> None:
        found["id"] = default_organization(sandbox.db).organization_id
        add_currency(sandbox, found["id"], "USD", Decimal("151.25"))
        if service:
            join(sandbox, found["id"], service)
        if fill is not None:
            fill(sandbox)

    settings = SandboxSettings(data=folder / "sandbox.db", seed_data="empty", limits="off")
    with running(settings, before=prepare) as served:
        fake = kind(served.base_url, found["id"] if service else "")
        try:
            yield fake
        finally:
            fake.close()
