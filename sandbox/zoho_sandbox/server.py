"""Runs the sandbox as a web server, in the foreground or in a thread."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn

from zoho_sandbox.application import create_app, open_sandbox
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings

OnReady = Callable[[str], None]


class SandboxServer(uvicorn.Server):
    """A uvicorn server bound to its socket from the start, so that its URL is known at once."""

    def __init__(self, settings: SandboxSettings, *, before: Callable[[Sandbox], None] | None = None) -> None:
        self._socket = _bind(settings.host, settings.port)
        port = self._socket.getsockname()[1]
        self.base_url = f"http://{settings.host}:{port}"
        self.sandbox = self._opened(replace(settings, port=port, base_url=self.base_url), before)
        self._on_ready: OnReady | None = None
        application = create_app(self.sandbox, drop=self._drop)
        super().__init__(
            uvicorn.Config(
                application,
                log_level="warning",
                access_log=False,
                # Answers are dated by the sandbox's clock, not by the machine's.
                date_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    def _opened(self, settings: SandboxSettings, before: Callable[[Sandbox], None] | None) -> Sandbox:
        try:
            sandbox = open_sandbox(settings)
        except BaseException:
            self._socket.close()
            raise
        try:
            if before is not None:
                before(sandbox)
        except BaseException:
            self._socket.close()
            sandbox.close()
            raise
        return sandbox

    def serve_until_stopped(self, on_ready: OnReady | None = None) -> None:
        """Serve until a signal or `stop()`; `on_ready` is called with the base URL once calls are answered."""
        self._on_ready = on_ready
        try:
            self.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self.sandbox.close()

    def stop(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None:
            self._on_ready(self.base_url)

    def _drop(self, client: tuple[str, int] | None) -> None:
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client and connection.transport is not None:
                connection.transport.abort()


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox being served by a thread of this process."""

    base_url: str
    sandbox: Sandbox


@contextmanager
def running(settings: SandboxSettings, *, before: Callable[[Sandbox], None] | None = None) -> Iterator[Running]:
    """Serve in a thread while the block runs; `before` may fill the sandbox before the first call."""
    server = SandboxServer(settings, before=before)
    ready = threading.Event()
    thread = threading.Thread(target=server.serve_until_stopped, args=(lambda _url: ready.set(),))
    thread.start()
    try:
        if not ready.wait(timeout=30):
            raise RuntimeError(f"the sandbox on {server.base_url} did not start within 30 s")
        yield Running(server.base_url, server.sandbox)
    finally:
        server.stop()
        thread.join()


def stop_with_parent(server: SandboxServer) -> None:
    """Stop `server` once standard input ends, as it does when the process that started us is gone."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        server.stop()

    threading.Thread(target=watch, daemon=True).start()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only where the protocol is named: without it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
