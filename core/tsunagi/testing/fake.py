"""The other end of a connector under test, and the faults it can simulate."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

import simplejson
from pydantic import BaseModel

# Calls that only look, and calls that change something.
Calls = Literal["reads", "writes"]


class Fault(Enum):
    """What goes wrong with a call, seen from the service.

    SLOW_DOWN          refused without effect: too many calls, a wait of one second is requested
    COME_BACK_LATER    refused without effect: nothing is answered for an hour or more
    LOST_REQUEST       the connection breaks before the call is understood
    LOST_ANSWER        carried out, and the connection breaks before the answer is there
    NOT_JSON           answered as a success without effect, with a page for people
    NOTHING_IN_IT      answered as a success without effect, with an empty object
    """

    SLOW_DOWN = "slow_down"
    COME_BACK_LATER = "come_back_later"
    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    NOT_JSON = "not_json"
    NOTHING_IN_IT = "nothing_in_it"


class ServiceFake(Protocol):
    """What plays the service: a sandbox of the vendor's, an emulator, a FakeService of your own.

    It answers real calls. Several tests may share it: each makes records of its own.
    """

    @property
    def settings(self) -> BaseModel:
        """Settings (an instance of the ConnectorType's model) that lead to it, with credentials it accepts."""
        ...

    @property
    def organization_id(self) -> str:
        """The organisation to connect; empty where there is only one."""
        ...

    def strike(self, fault: Fault, *, on: Calls, times: int = 1) -> None:
        """Let this happen to the next calls of the kind; requests for an access token are not affected."""
        ...

    def calm(self) -> None:
        """Forget every fault that did not happen yet."""
        ...

    def tick(self) -> None:
        """Let enough time pass that a change made from now on is dated later than all before."""
        ...

    def add(self, entity: str, number: int) -> str:
        """Somebody makes the record `number` there; returns its id. Called only for what a connector cannot create.

        No two records have one number; a record that costs something costs `amount(number)`.
        """
        ...

    def alter(self, entity: str, id: str, number: int) -> None:
        """Somebody changes a record there, `number` making it another change each time.

        Called only for what a connector cannot update.
        """
        ...


_READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class FakeRequest:
    """One call that came in. Header names are lower case; numbers in `body` are int or Decimal."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """What goes back, as JSON."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)


class FakeService(ABC):
    """Answers on `base_url` while it is entered, one call at a time; faults are built in.

    A subclass returns in `answer` what the service would, and is a ServiceFake with `settings`, `organization_id`,
    `add`, `alter` and, where changes are dated by a clock of its own, `tick`.
    """

    def __init__(self) -> None:
        self._faults: dict[Calls, list[Fault]] = {"reads": [], "writes": []}
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @abstractmethod
    def answer(self, request: FakeRequest) -> FakeAnswer:
        """The service at work."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def strike(self, fault: Fault, *, on: Calls, times: int = 1) -> None:
        with self._lock:
            self._faults[on] += [fault] * times

    def calm(self) -> None:
        with self._lock:
            self._faults = {"reads": [], "writes": []}

    def tick(self) -> None:  # noqa: B027 - most fakes number their changes and have no clock to move
        """Move the service's clock on, where it has one of its own."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def respond(self, request: FakeRequest) -> "Response | None":
        """The response to send, None to hang up without a word."""
        with self._lock:
            fault = self._next_fault(request)
            if fault is None:
                return _json(self.answer(request))
            if fault is Fault.LOST_ANSWER:
                self.answer(request)
            return _RESPONSES.get(fault)

    def _next_fault(self, request: FakeRequest) -> Fault | None:
        waiting = self._faults["reads" if request.method in _READS else "writes"]
        return waiting.pop(0) if waiting else None


@dataclass(frozen=True, slots=True)
class Response:
    """Bytes on the wire."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def _json(answer: FakeAnswer, **headers: str) -> Response:
    content = simplejson.dumps(answer.body, use_decimal=True).encode()
    return Response(answer.status, content, {"Content-Type": "application/json", **headers})


_TOO_MANY = FakeAnswer(429, {"error": "too many requests"})
_RESPONSES = {
    Fault.SLOW_DOWN: _json(_TOO_MANY, **{"Retry-After": "1"}),
    Fault.COME_BACK_LATER: _json(_TOO_MANY, **{"Retry-After": "7200"}),
    Fault.NOT_JSON: Response(200, b"<html>We are back soon</html>", {"Content-Type": "text/html"}),
    Fault.NOTHING_IN_IT: _json(FakeAnswer(200)),
}


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one packet: apart, each answer waits for the acknowledgement of its head.
        wbufsize = -1

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            response = service.respond(_request(self, content))
            if response is None:
                self._hang_up()
                return
            self.send_response(response.status)
            for name, value in {**response.headers, "Content-Length": str(len(response.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the library looks for these names

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is no place for an access log."""

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    return Handler


def _request(handler: BaseHTTPRequestHandler, content: bytes) -> FakeRequest:
    parts = urlsplit(handler.path)
    return FakeRequest(
        method=handler.command,
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=simplejson.loads(content, use_decimal=True) if content else {},
    )
