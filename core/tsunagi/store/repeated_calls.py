"""Calls of the API that may be sent again: by key, with what they were answered, encrypted."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import Encrypted, UtcDateTime
from tsunagi.store.tables import Row, core, insert_into, row

KEPT = timedelta(days=1)


class RepeatedCall(Row, table=True):
    """A call whose caller named a key. `call` is a hash of who, where and the key, `body` one of what was sent.

    `answer` is as the face wrote it; None: the call is being done, or ended without one.
    """

    __tablename__ = "repeated_call"

    call: str = Field(primary_key=True)
    body: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    answer: str | None = Field(default=None, sa_type=Encrypted, repr=False)


_CALL = core(RepeatedCall)


class RepeatedCalls:
    """Reads and writes them by the hash of their key; each is kept for a day."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, call: str, body: str, at: datetime) -> RepeatedCall | None:
        """None where it is the first of its key, to be done now; else that first one."""
        self._session.execute(sa.delete(_CALL).where(_CALL.c.at < at - KEPT))
        new = insert_into(self._session, _CALL).values(call=call, body=body, at=at)
        made = self._session.execute(new.on_conflict_do_nothing().returning(_CALL.c.call)).one_or_none()
        return None if made is not None else row(self._session, sa.select(RepeatedCall).where(_CALL.c.call == call))

    def answered(self, call: str, answer: str) -> None:
        self._session.execute(sa.update(_CALL).where(_CALL.c.call == call).values(answer=answer))

    def forget(self, call: str) -> None:
        """The call did nothing: its key is free again."""
        self._session.execute(sa.delete(_CALL).where(_CALL.c.call == call))
