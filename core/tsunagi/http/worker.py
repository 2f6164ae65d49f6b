"""What the server does beside answering: it works, reads what was notified, and asks services for callbacks."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tsunagi.app.jobs import AlreadyRunning
from tsunagi.app.sync import notifications, worker
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log

if TYPE_CHECKING:
    from tsunagi.hub import Hub

log = Log(__name__)

# How soon another process's work is taken over once it has ended, and how often callbacks are seen to.
_TRY_AGAIN = 2.0
_SEE_AGAIN = 30.0


class Worker:
    """A thread that tries to be the installation's worker, and does what only the worker may.

    `public_url` is where services reach this hub; without one nobody is asked for callbacks.
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
        """Wait until every connected service has been asked once; False when that takes longer."""
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
        """Ask the services that were not asked yet; one that is away is asked again later."""
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
