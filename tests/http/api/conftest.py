"""The hub's API over real HTTP on a filled store."""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tsunagi.app.access.tokens import create_token
from tsunagi.app.connections import connecting
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "company"))
from filled_hub import empty_hub, filled_hub, one_rule
from signing_in import bearer, let_in

from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Errors are provoked here; nobody wants to read them."""
    configure("ERROR", form="json", stream=io.StringIO())


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="session")
def address(hub: Hub) -> Iterator[str]:
    with running(hub, work=False) as served:
        yield served.base_url


@pytest.fixture(scope="session")
def token(hub: Hub) -> str:
    """A CRM administrator's."""
    return let_in(hub)


@pytest.fixture(scope="session")
def api(address: str, token: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=20, headers=bearer(token)) as client:
        yield client


@dataclass
class ApiDesk:
    """An administrator's client of the API, and what they enter."""

    api: httpx2.Client
    settings: dict[str, Any]
    hub: Hub

    def ask(self, method: str, path: str, json: Any = None, *, expect: int = 200, **more: Any) -> Any:
        answer = self.api.request(method, f"/api/{path}", json=json, **more)
        assert answer.status_code == expect, answer.text
        assert "sandbox-secret" not in answer.text
        return answer.json() if answer.text else None

    def wait(self, run: dict[str, Any]) -> dict[str, Any]:
        self.hub.jobs.settle()
        return dict(self.ask("GET", f"sync-runs/{run['id']}"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiDesk]:
    folder = tmp_path_factory.mktemp("desk")
    settings = SandboxSettings(data=folder / "sandbox.db", seed_data="empty")
    rules = one_rule(folder / "rules")
    with sandbox_running(settings) as sandbox, empty_hub(folder / "hub", rules_dir=rules) as hub:
        entered = {
            "base_url": sandbox.base_url,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
            "requests_per_minute": 0,
        }
        connecting.connect(hub.context, "crm", entered)
        token = create_token(hub.context, None, "hanako.sato@example.com").text
        with (
            running(hub) as served,
            httpx2.Client(base_url=served.base_url, headers=bearer(token), timeout=20) as api,
        ):
            yield ApiDesk(api, entered, hub)
