"""Runs the hub's application: in the foreground for `tsunagi serve`, in a thread for tests and the demo."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn

from tsunagi.app.jobs import AlreadyRunning
from tsunagi.app.sync import notifications, worker
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.http.application import create_application
from tsunagi.hub import Hub
from tsunagi.logging import Log
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.hub import Hub


log = Log(__name__)

# How soon another process's work is taken over once it has ended, and how often callbacks are seen to.
_TRY_AGAIN = 2.0
# How often the date that answers carry is renewed, in seconds.
_TICK = 1.0
_SEE_AGAIN = 30.0


class Worker:
    """A thread that tries to be the installation's worker, and does what only the worker may.

    `public_url` is where services reach this hub; without one no callbacks are subscribed to.
    """

    def __init__(self, hub: "Hub", *, public_url: str = "") -> None:
        self._hub = hub
        self._public_url = public_url
        self._sync_worker: worker.SyncWorker | None = None
        self._subscribed: set[str] = set()
        self._first_round = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tsunagi-worker", daemon=True)

    def begin(self) -> None:
        """Take up work at once where nobody else does it; keep trying otherwise."""
        self._take_up()
        self._thread.start()

    def nudge(self) -> None:
        """Notifications have arrived."""
        if self._sync_worker is not None:
            self._sync_worker.nudge()

    def wait_for_callbacks(self, timeout: float) -> bool:
        """Wait until a subscription was tried at every connected service; False when that takes longer."""
        return self._first_round.wait(timeout)

    def end(self, *, timeout: float) -> None:
        """Stop; work in hand that takes longer goes on at the next start."""
        self._ending.set()
        if self._sync_worker is not None:
            self._sync_worker.stop(timeout=timeout)
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._hub.jobs.running and not self._ending.wait(_TRY_AGAIN):
            self._take_up()
        if self._ending.is_set():
            return
        self._see_to(self._subscribe)
        self._first_round.set()
        self._see_to(lambda: worker.resume_postponed(self._hub.context, self._hub.jobs))
        while not self._ending.wait(_SEE_AGAIN):
            self._see_to(self._subscribe)
            self._see_to(self._hub.jobs.rest)

    def _see_to(self, duty: Callable[[], None]) -> None:
        try:
            duty()
        except TsunagiError as error:
            log.warning("duty_waits", reason=str(error))
        except Exception:  # what nobody foresaw must not end the others
            log.exception("duty_failed")

    def _take_up(self) -> None:
        if not self._hub.jobs.running:
            try:
                self._hub.jobs.start(self._hub.context)
            except AlreadyRunning:
                log.info("another_process_works")
                return
        self._sync_worker = worker.SyncWorker(self._hub.context, self._hub.jobs, public_url=self._public_url)
        self._sync_worker.start()

    def _subscribe(self) -> None:
        """Subscribe at the services not tried yet; one that is away is tried again later."""
        if not self._public_url:
            return
        for connection in self._hub.connectors.active():
            if connection.service not in self._subscribed and not self._ending.is_set():
                self._subscribe_to(connection.service)

    def _subscribe_to(self, service: str) -> None:
        try:
            granted = notifications.subscribe(self._hub.context, service, self._public_url)
        except TsunagiError as error:
            log.warning("no_callbacks_yet", service=service, reason=str(error))
            return
        self._subscribed.add(service)
        log.info("callbacks", service=service, granted=granted is not None)


_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Seconds that requests, and work in hand, have to come to an end.
_GRACE = 1
_START = 30.0

OnReady = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A hub being served by a thread of this process."""

    base_url: str


def serve(
    hub: Hub,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    public_url: str | None = None,
    on_ready: OnReady | None = None,
) -> None:
    """Serve until a signal comes; `on_ready` gets the address once calls are answered.

    `public_url` (default: the setting) is where services can reach this hub: with it callbacks are subscribed to.
    Raises ConfigError where the address cannot be listened on.
    """
    server = _Server(hub, host, port, _public(hub, public_url), on_ready)
    server.serve_until_stopped()


@contextmanager
def running(
    hub: Hub,
    port: int = 0,
    public_url: str | None = None,
    *,
    host: str = "127.0.0.1",
    local_callbacks: bool = False,
    work: bool = True,
) -> Iterator[Running]:
    """Serve from a thread while the block runs; port 0 takes any free one.

    `local_callbacks` subscribes to callbacks at the very address it listens on: right for services on this
    machine, such as the sandbox. Subscriptions were tried at services connected by then when the block begins.
    Without `work` it only answers: another process, or nobody, makes writes and reads notifications.
    """
    ready = threading.Event()
    given = _public(hub, public_url)
    server = _Server(hub, host, port, given, lambda _url: ready.set(), local=local_callbacks, work=work)
    thread = threading.Thread(target=server.serve_until_stopped, name="tsunagi-server")
    thread.start()
    try:
        if not _wait(ready, thread):
            raise RuntimeError(f"the hub on {server.base_url} did not start within {_START:.0f} s")
        if server.callbacks and work:
            server.worker.wait_for_callbacks(_START)
        yield Running(server.base_url)
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """Bound to its socket from the start, so that its address is known at once."""

    _running: asyncio.AbstractEventLoop | None = None
    _ended: asyncio.Event

    def __init__(
        self,
        hub: Hub,
        host: str,
        port: int,
        public_url: str,
        on_ready: OnReady | None,
        *,
        local: bool = False,
        work: bool = True,
    ) -> None:
        self._work = work
        self._socket = _bind(host, port)
        name = f"[{host}]" if ":" in host else host
        self.base_url = f"http://{name}:{self._socket.getsockname()[1]}"
        self._on_ready = on_ready
        self.callbacks = public_url or (self.base_url if local else "")
        self.worker = Worker(hub, public_url=self.callbacks)
        application = create_application(hub, hosts=_hosts(name, self.callbacks), nudge=self.worker.nudge)
        super().__init__(
            uvicorn.Config(
                application,
                # Its records go through the hub's own logging, see tsunagi.logging.
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=_GRACE,
            )
        )

    def serve_until_stopped(self) -> None:
        try:
            if self._work:
                self.worker.begin()
            self.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self.worker.end(timeout=_GRACE)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - called by position
        """Not raised again once the server has stopped, as uvicorn would: the hub is still to be closed in order."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    @property
    def should_exit(self) -> bool:
        return self._stop

    @should_exit.setter
    def should_exit(self, stop: bool) -> None:
        self._stop = stop
        if stop and self._running is not None:
            # From whichever thread, or within a signal: the loop need not look ten times a second whether it is to end.
            with suppress(RuntimeError):  # it has ended meanwhile
                self._running.call_soon_threadsafe(self._ended.set)

    async def main_loop(self) -> None:
        self._ended = asyncio.Event()
        self._running = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _TICK)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None:
            self._on_ready(self.base_url)


def _public(hub: Hub, given: str | None) -> str:
    return hub.settings.public_url if given is None else given


def _wait(ready: threading.Event, thread: threading.Thread) -> bool:
    for _ in range(int(_START * 10)):
        if ready.wait(0.1):
            return True
        if not thread.is_alive():
            return False
    return False


def _hosts(host: str, public_url: str) -> tuple[str, ...]:
    """Names answered to. On this machine only, a web site must not reach the hub under a name of its own."""
    if host not in _LOOPBACK:
        return ("*",)
    public = urlsplit(public_url).hostname
    return (*_LOOPBACK, public) if public else _LOOPBACK


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only where the protocol is named: without it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From here on a callback waits for the server rather than finding nobody.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(
            Text(
                en=f"The hub cannot listen on {host}:{port}: {error.strerror}.",
                ja=f"{host}:{port} で待ち受けできません: {error.strerror}",
            ),
            hint=Text(
                en="Choose another port: --port 0 takes a free one.", ja="別のポートを指定してください: --port 0"
            ),
        ) from None
    return listener
