"""Hubs to be served."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tsunagi.http.server import running
from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import connect, empty_hub
from signing_in import bearer, let_in, sign_in


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Errors are provoked here; nobody wants to read them."""
    configure("ERROR", form="json", stream=io.StringIO())


@pytest.fixture
def serve_empty(tmp_path: Path) -> Iterator[Callable[..., httpx2.Client]]:
    """A hub just installed, served to an administrator: `serve_empty("crm")` connects services first."""
    with ExitStack() as stack:

        def serve(*services: str, work: bool = False, **settings: object) -> httpx2.Client:
            hub = stack.enter_context(empty_hub(tmp_path / "hub", **settings))
            connect(hub, *services)
            # Somebody whose CRM was connected once and is not now: nobody else has a token.
            token = let_in(hub)
            served = stack.enter_context(running(hub, work=work))
            client = stack.enter_context(httpx2.Client(base_url=served.base_url, timeout=20, headers=bearer(token)))
            sign_in(client, token)
            return client

        yield serve
