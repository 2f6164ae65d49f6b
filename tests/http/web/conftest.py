"""The hub's pages over real HTTP, on a filled store and on an empty one."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "company"))
from filled_hub import empty_hub, filled_hub
from signing_in import let_in, sign_in

Visit = Callable[..., str]


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


@pytest.fixture
def stranger(address: str) -> Iterator[httpx2.Client]:
    """Somebody who has not signed in."""
    with httpx2.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
def reader(address: str, token: str) -> Iterator[httpx2.Client]:
    """An administrator without scripts, who keeps cookies."""
    with httpx2.Client(base_url=address, timeout=20) as client:
        sign_in(client, token)
        yield client


@pytest.fixture
def visit(reader: httpx2.Client) -> Visit:
    """The text of a page that must be there: `visit("/accounts", lang="ja")`."""

    def get(path: str, **parameters: str) -> str:
        answer = reader.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.text

    return get


@pytest.fixture
def serve_new(tmp_path: Path) -> Iterator[Callable[[], httpx2.Client]]:
    """A hub just installed, which nobody can sign in to yet."""
    with ExitStack() as stack:

        def serve() -> httpx2.Client:
            hub = stack.enter_context(empty_hub(tmp_path / "hub"))
            served = stack.enter_context(running(hub, work=False))
            return stack.enter_context(httpx2.Client(base_url=served.base_url, timeout=20))

        yield serve
