"""Locks among all processes of an installation, each good for a time only: a dead holder blocks nobody for ever."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core
from tsunagi.store.upserts import insert_into


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
