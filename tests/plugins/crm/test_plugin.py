"""The plugin as the hub meets it: through its entry point, and with callbacks the sandbox really sends."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from tsunagi import NewRecord, Subscription
from tsunagi.plugin_loading import load_plugins
from tsunagi_crm import parse_notification
from tsunagi_crm.connector import CrmConnector


def test_the_hub_loads_it_like_any_other_plugin() -> None:
    loaded = load_plugins(disabled=("books",))
    (report,) = (report for report in loaded.reports if report.name == "crm")
    assert (report.state, report.problem) == ("active", None)
    assert loaded.registry.connector("crm").entities == ("account", "contact", "deal")
    assert [m.name for m in loaded.registry.entity("crm", "deal").moments] == [
        "won",
        "lost",
        "reopened",
        "stage_changed",
        "amount_changed",
        "products_changed",
    ]


@pytest.fixture
def callbacks() -> Iterator[tuple[str, "Queue[bytes]"]]:
    """A URL that takes callbacks, and the bodies it was sent."""
    bodies: Queue[bytes] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/callbacks", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_change_in_the_crm_arrives_as_a_notification(
    sandbox: Any, connect: Callable[..., CrmConnector], callbacks: tuple[str, "Queue[bytes]"]
) -> None:
    url, bodies = callbacks
    connector = connect(sandbox.harness())
    ends = datetime.now(UTC) + timedelta(days=1)
    connector.subscribe(Subscription("1000000068001", url, "s3cret", ("account", "deal"), ends))
    made = connector.create("deal", NewRecord("k", {"name": "D", "stage": "Qualification"}))
    connector.update(made.ref, {"stage": "Closed Won"}, expected_version=None)
    connector.delete(made.ref)
    told = [parse_notification("crm", bodies.get(timeout=10)) for _ in range(3)]
    assert [[(n.entity, n.operation, n.ids) for n in some or ()] for some in told] == [
        [("deal", operation, (made.ref.id,))] for operation in ("created", "updated", "deleted")
    ]
    assert {(n.channel, n.secret) for some in told for n in some or ()} == {("1000000068001", "s3cret")}
