"""Documents that were e-mailed: who sent what to whom, and how it went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import PlainJson, RefText, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, slice_of
from tsunagi.store.tables import Row, core
from tsunagi.text import Text


class MailingRow(Row, table=True):
    """A document that was e-mailed: by whom, to whom, through what, and how it went."""

    __tablename__ = "mailing"
    __table_args__ = (sa.Index(None, "document", "at"),)

    id: str = Field(primary_key=True)
    document: RecordRef = Field(sa_type=RefText)
    sender: str
    recipients: list[str] = Field(sa_type=PlainJson)
    subject: str
    through: str
    state: str
    problem_en: str | None
    problem_ja: str | None
    at: datetime = Field(sa_type=UtcDateTime)


_MAILING = core(MailingRow)
MailingState = Literal["sending", "sent", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Mailing:
    """One message. `through` is the service that sent it, or "hub"; `unknown`: the answer was lost."""

    id: str
    document: RecordRef
    sender: str
    recipients: tuple[str, ...]
    subject: str
    through: str
    state: MailingState
    problem: Text | None
    at: datetime


class Mailings:
    """Reads and writes mailings."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, mailing: Mailing) -> None:
        problem = mailing.problem
        self._session.execute(
            sa.insert(_MAILING).values(
                id=mailing.id,
                document=mailing.document,
                sender=mailing.sender,
                recipients=list(mailing.recipients),
                subject=mailing.subject,
                through=mailing.through,
                state=mailing.state,
                problem_en=problem.en if problem else None,
                problem_ja=problem.ja if problem else None,
                at=mailing.at,
            )
        )

    def ended(self, id: str, state: MailingState, problem: Text | None = None) -> None:
        values = {"state": state, "problem_en": problem and problem.en, "problem_ja": problem and problem.ja}
        self._session.execute(sa.update(_MAILING).where(_MAILING.c.id == id).values(values))

    def of_document(self, ref: RecordRef, *, after: str | None = None, limit: int = 50) -> Slice[Mailing]:
        """Messages about one document, the latest first."""
        query = sa.select(_MAILING).where(_MAILING.c.document == ref)
        if after is not None:
            query = query.where(before_moment(_MAILING.c.at, _MAILING.c.id, after))
        query = query.order_by(_MAILING.c.at.desc(), _MAILING.c.id.desc()).limit(limit + 1)
        mailings = [_mailing(row) for row in self._session.execute(query)]
        return slice_of(mailings, limit, [[mailing.at.isoformat(), mailing.id] for mailing in mailings])


def _mailing(row: sa.Row[Any]) -> Mailing:
    return Mailing(
        id=row.id,
        document=row.document,
        sender=row.sender,
        recipients=tuple(row.recipients),
        subject=row.subject,
        through=row.through,
        state=row.state,
        problem=Text(row.problem_en, row.problem_ja) if row.problem_en is not None else None,
        at=row.at,
    )
