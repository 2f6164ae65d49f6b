"""Secrets of a connection, sealed in the store, and locks that all processes of an installation heed."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from tsunagi.logging import Log
from tsunagi.store.connections import Connections
from tsunagi.store.database import Store, utc_now
from tsunagi.store.process_locks import ProcessLocks
from tsunagi.store.subscriptions import Subscriptions

log = Log(__name__)

# Longer than any call made under a lock, short enough to wait for when its holder was killed.
LOCK_GOOD_FOR = timedelta(seconds=60)
# Seconds until a lock that is taken is looked at again: twice as long each time, up to the longest.
_SOON, _LATEST = 0.02, 0.25


class ConnectionSecrets:
    """The SecretBox of one connection. Raises NotConnected where the store has no such connection."""

    def __init__(
        self,
        store: Store,
        service: str,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._service = service
        self._now = now
        self._sleep = sleep

    def load(self) -> Mapping[str, str]:
        with self._store.read() as session:
            return Connections(session).secrets(self._service)

    def save(self, values: Mapping[str, str]) -> None:
        """Replaces all of them."""
        with self._store.write() as session:
            Connections(session).save_secrets(self._service, values, self._now())

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the one lock of this name of this connection; waits for its holder, at most until its time is up."""
        with process_lock(self._store, f"{self._service}:{name}", now=self._now, sleep=self._sleep):
            yield


@contextmanager
def process_lock(
    store: Store,
    name: str,
    *,
    good_for: timedelta = LOCK_GOOD_FOR,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold a lock among all processes; a holder that exceeds `good_for` may lose it to the next."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex}"
    wait = _SOON
    while not _take(store, name, holder, now(), good_for):
        sleep(wait)
        wait = min(2 * wait, _LATEST)
    try:
        yield
    finally:
        with store.write() as session:
            kept = ProcessLocks(session).give_back(name, holder)
        if not kept:
            log.warning("lock_outlived", lock=name, seconds=good_for.total_seconds())


def reseal(store: Store) -> None:
    """Seal every secret with the newest key; afterwards the older keys may be taken away."""
    with store.write() as session:
        Connections(session).reseal()
        Subscriptions(session).reseal()


def _take(store: Store, name: str, holder: str, now: datetime, good_for: timedelta) -> bool:
    with store.write() as session:
        return ProcessLocks(session).take(name, holder, now, good_for)
