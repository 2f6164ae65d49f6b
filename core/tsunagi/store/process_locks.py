"""Locks among all processes of an installation, each good for a time only: a dead holder blocks nobody for ever."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.logging import Log
from tsunagi.store.columns import UtcDateTime
from tsunagi.store.database import Store, utc_now
from tsunagi.store.tables import Row, core, insert_into

log = Log(__name__)

# Longer than any call made under a lock, short enough to wait for when its holder was killed.
LOCK_GOOD_FOR = timedelta(seconds=60)
# Seconds until a lock that is taken is looked at again: twice as long each time, up to the longest.
_SOON, _LATEST = 0.02, 0.25


class ProcessLockRow(Row, table=True):
    """Who holds a lock among all processes, and until when the hold is good."""

    __tablename__ = "process_lock"

    name: str = Field(primary_key=True)
    holder: str
    expires_at: datetime = Field(sa_type=UtcDateTime)


_LOCK = core(ProcessLockRow)


class ProcessLocks:
    """Takes and gives back locks by name; a holder is a text no other holder has."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, name: str, holder: str, now: datetime, good_for: timedelta) -> bool:
        """Take the lock, or keep it for longer; False while another holder's time has not run out."""
        row = {"name": name, "holder": holder, "expires_at": now + good_for}
        insert = insert_into(self._session, _LOCK).values(row)
        taken = insert.on_conflict_do_update(
            index_elements=[_LOCK.c.name],
            set_={"holder": insert.excluded.holder, "expires_at": insert.excluded.expires_at},
            where=sa.or_(_LOCK.c.expires_at <= now, _LOCK.c.holder == holder),
        )
        return self._session.execute(taken.returning(_LOCK.c.name)).one_or_none() is not None

    def give_back(self, name: str, holder: str) -> bool:
        """False where the lock had run out and another took it."""
        mine = sa.delete(_LOCK).where(_LOCK.c.name == name, _LOCK.c.holder == holder)
        return self._session.execute(mine.returning(_LOCK.c.name)).one_or_none() is not None


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


def _take(store: Store, name: str, holder: str, now: datetime, good_for: timedelta) -> bool:
    with store.write() as session:
        return ProcessLocks(session).take(name, holder, now, good_for)
