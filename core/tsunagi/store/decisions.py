"""What rules decided from: the facts of an event and the version of the book, from which any trace is computed."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields
from tsunagi.store.columns import JsonFields, PlainJson, UtcDateTime
from tsunagi.store.tables import Row, core, row, values
from tsunagi.store.upserts import insert_new


class StoredBook(Row, table=True):
    """A version of the rules that something was decided by.

    `texts` are the rule files by name as they were, `plugins` those they were read with: {plugin: version}.
    """

    __tablename__ = "rule_book"

    version: str = Field(primary_key=True)
    texts: dict[str, str] = Field(sa_type=PlainJson)
    plugins: dict[str, str] = Field(sa_type=PlainJson)
    at: datetime = Field(sa_type=UtcDateTime)


class RuleDecision(Row, table=True):
    """What the rules decided from after one event.

    `facts` are those of the records that the event's own record refers to, by the name of the field; the event has the
    rest. `book` is the version of the rules.
    """

    __tablename__ = "rule_decision"

    event: str = Field(primary_key=True, foreign_key="event.id", ondelete="CASCADE")
    facts: dict[str, Fields] = Field(sa_type=JsonFields)
    book: str = Field(foreign_key="rule_book.version")
    at: datetime = Field(sa_type=UtcDateTime)


_DECISION, _BOOK = core(RuleDecision), core(StoredBook)


class RuleDecisions:
    """Reads and writes decisions; the first one of an event stands, and so does a version of the book."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, decisions: Sequence[RuleDecision]) -> None:
        insert_new(self._session, _DECISION, [values(decision) for decision in decisions])

    def keep_book(self, book: StoredBook) -> None:
        known = sa.select(_BOOK.c.version).where(_BOOK.c.version == book.version)
        if self._session.execute(known).one_or_none() is None:
            insert_new(self._session, _BOOK, [values(book)])

    def get(self, event: str) -> RuleDecision | None:
        return row(self._session, sa.select(RuleDecision).where(_DECISION.c.event == event))

    def book(self, version: str) -> StoredBook | None:
        return row(self._session, sa.select(StoredBook).where(_BOOK.c.version == version))
