"""Documents that were e-mailed: who sent what to whom, and how it went."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import BothLanguages, RefText, StringTuple, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, slice_of
from tsunagi.store.tables import Row, core, rows, values
from tsunagi.text import Text

MailingState = Literal["sending", "sent", "failed", "unknown"]


class Mailing(Row, table=True):
    """One message. `through` is the service that sent it, or "hub"; `unknown`: the answer was lost."""

    __tablename__ = "mailing"
    __table_args__ = (sa.Index(None, "document", "at"),)

    id: str = Field(primary_key=True)
    document: RecordRef = Field(sa_type=RefText)
    sender: str
    recipients: tuple[str, ...] = Field(sa_type=StringTuple)
    subject: str
    through: str
    state: MailingState = Field(sa_type=sa.String)
    problem: Text | None = Field(sa_type=BothLanguages)
    at: datetime = Field(sa_type=UtcDateTime)


_MAILING = core(Mailing)


class Mailings:
    """Reads and writes mailings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, mailing: Mailing) -> None:
        self._session.execute(sa.insert(_MAILING).values(values(mailing)))

    def begin(self, mailing: Mailing) -> None:
        """One that may have been tried, and not sent, before."""
        self._session.execute(sa.delete(_MAILING).where(_MAILING.c.id == mailing.id))
        self.add(mailing)

    def get(self, id: str) -> Mailing | None:
        return next(iter(rows(self._session, sa.select(Mailing).where(_MAILING.c.id == id))), None)

    def were_mailed(self, refs: Iterable[RecordRef]) -> set[RecordRef]:
        """Those of the documents of which some message was sent, or may have been."""
        chosen = _MAILING.c.document.in_(list(refs)), _MAILING.c.state != "failed"
        return set(self._session.execute(sa.select(_MAILING.c.document).where(*chosen)).scalars())

    def ended(self, id: str, state: MailingState, problem: Text | None = None) -> None:
        self._session.execute(sa.update(_MAILING).where(_MAILING.c.id == id).values(state=state, problem=problem))

    def of_document(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[Mailing]:
        """Messages about one document, the latest first."""
        query = sa.select(Mailing).where(_MAILING.c.document == ref)
        if after is not None:
            query = query.where(before_moment(_MAILING.c.at, _MAILING.c.id, after))
        query = query.order_by(_MAILING.c.at.desc(), _MAILING.c.id.desc()).limit(limit + 1)
        mailings = rows(self._session, query)
        return slice_of(mailings, limit, [[mailing.at.isoformat(), mailing.id] for mailing in mailings])
