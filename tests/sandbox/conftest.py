"""A running sandbox, clients of it, and somebody who listens to its callbacks."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import simplejson
from ready_made import empty_sandbox

from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import Running, running
from zoho_sandbox.settings import SandboxSettings

CREDENTIALS = {
    "grant_type": "refresh_token",
    "refresh_token": "1000.sandbox-refresh",
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
}

# A machine may have much else to do.
PATIENT_SECONDS = 60

Serve = Callable[..., Running]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a sandbox: `serve(limits="real", before=…)`; it keeps its data in `tmp_path`."""
    with ExitStack() as stack:

        def start(*, before: Callable[[Sandbox], None] | None = None, **settings: Any) -> Running:
            settings = {"data": tmp_path / "sandbox.db", "seed_data": "empty", **settings}
            if settings["seed_data"] == "empty":
                empty_sandbox(settings["data"])
            return stack.enter_context(running(SandboxSettings(**settings), before=before))

        yield start


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One empty sandbox for the tests of a module that do not mind each other."""
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with running(SandboxSettings(data=data, seed_data="empty")) as server:
        yield server


def access_token(base_url: str) -> str:
    answer = httpx2.post(f"{base_url}/oauth/v2/token", data=CREDENTIALS)
    return str(answer.json()["access_token"])


def signed_in(base_url: str) -> httpx2.Client:
    return httpx2.Client(
        base_url=base_url, headers={"Authorization": f"Zoho-oauthtoken {access_token(base_url)}"}, timeout=20
    )


@pytest.fixture
def connect() -> Iterator[Callable[[Running], httpx2.Client]]:
    """A signed-in client of a server."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(signed_in(server.base_url))


@pytest.fixture
def api(shared: Running) -> Iterator[httpx2.Client]:
    """A signed-in client of the module's sandbox."""
    with signed_in(shared.base_url) as client:
        yield client


@pytest.fixture
def anonymous(shared: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shared.base_url) as client:
        yield client


class Listener:
    """Receives callbacks; answers with `statuses` one after the other, then 200, while `answering` is set."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.answering = threading.Event()
        self.answering.set()
        self._received: queue.Queue[dict[str, Any]] = queue.Queue()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener._received.put(simplejson.loads(body, use_decimal=True))
                listener.answering.wait(PATIENT_SECONDS)
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/callback"

    def next(self) -> dict[str, Any]:
        return self._received.get(timeout=PATIENT_SECONDS)

    def silent(self) -> bool:
        return self._received.empty()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    thread = threading.Thread(target=listening.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield listening
    finally:
        listening.server.shutdown()
        listening.server.server_close()
        thread.join()
