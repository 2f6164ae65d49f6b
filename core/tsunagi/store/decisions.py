"""What rules decided from: the facts of an event and the version of the book, from which any trace is computed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields
from tsunagi.store.columns import JsonFields, PlainJson, UtcDateTime
from tsunagi.store.grouping import chunks
from tsunagi.store.tables import Row, core, row, rows, values
from tsunagi.store.upserts import insert_new


class StoredBook(Row, table=True):
    """A version of the rules that something was decided by.

    `texts` are the rule files by name as they were, `plugins` those they were read with: {plugin: version}; `at` is
    when they came into force.
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
    """Reads and writes decisions; the first one of an event is kept, and so is a version of the book."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, decisions: Sequence[RuleDecision]) -> None:
        insert_new(self._session, _DECISION, [values(decision) for decision in decisions])

    def keep_book(self, book: StoredBook) -> None:
        known = sa.select(_BOOK.c.version).where(_BOOK.c.version == book.version)
        if self._session.execute(known).one_or_none() is None:
            insert_new(self._session, _BOOK, [values(book)])

    def take_book(self, book: StoredBook) -> None:
        """This version comes into force, perhaps again."""
        self.keep_book(book)
        self._session.execute(sa.update(_BOOK).where(_BOOK.c.version == book.version).values(at=book.at))

    def latest(self) -> str | None:
        """The version that came into force last."""
        query = sa.select(_BOOK.c.version).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def get(self, event: str) -> RuleDecision | None:
        return row(self._session, sa.select(RuleDecision).where(_DECISION.c.event == event))

    def facts_of(self, events: Sequence[str]) -> dict[str, Mapping[str, Fields]]:
        """The facts kept for these events; those without a decision are left out."""
        found: dict[str, Mapping[str, Fields]] = {}
        for some in chunks(events):
            query = sa.select(_DECISION.c.event, _DECISION.c.facts).where(_DECISION.c.event.in_(some))
            found |= {row.event: row.facts for row in self._session.execute(query)}
        return found

    def versions(self, *, limit: int = 200) -> list[StoredBook]:
        """Versions of the rules, the latest first."""
        return rows(self._session, sa.select(StoredBook).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(limit))

    def book(self, version: str) -> StoredBook | None:
        return row(self._session, sa.select(StoredBook).where(_BOOK.c.version == version))
