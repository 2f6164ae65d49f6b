"""The hub's API over real HTTP on a filled store."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "company"))
from filled_hub import filled_hub
from signing_in import bearer, let_in


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
