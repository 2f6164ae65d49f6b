"""What rules decided from: the facts of an event and the version of the book, from which any trace is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.records import Fields
from tsunagi.store.grouping import chunks
from tsunagi.store.tables import RuleBookRow, RuleDecisionRow, core
from tsunagi.store.upserts import insert_new

_DECISION, _BOOK = core(RuleDecisionRow), core(RuleBookRow)


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """`facts` are those of the records an event's own record refers to, by the name of the field; the event has
    the rest. `book` is the version of the rules."""

    event: str
    facts: Mapping[str, Fields]
    book: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredBook:
    """Rule files by name as they were, and the plugins they were read with: {plugin: version}; `at` is when
    they came into force."""

    version: str
    texts: Mapping[str, str]
    plugins: Mapping[str, str]
    at: datetime | None = None


class RuleDecisions:
    """Reads and writes decisions; the first one of an event stands, and so does a version of the book."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_many(self, decisions: Sequence[RuleDecision]) -> None:
        rows = [{"event_id": each.event, "facts": each.facts, "book": each.book, "at": each.at} for each in decisions]
        insert_new(self._session, _DECISION, rows)

    def keep_book(self, book: StoredBook, at: datetime) -> None:
        known = sa.select(_BOOK.c.version).where(_BOOK.c.version == book.version)
        if self._session.execute(known).one_or_none() is None:
            row = {"version": book.version, "texts": dict(book.texts), "plugins": dict(book.plugins), "at": at}
            insert_new(self._session, _BOOK, [row])

    def take_book(self, book: StoredBook, at: datetime) -> None:
        """This version comes into force, perhaps again."""
        self.keep_book(book, at)
        self._session.execute(sa.update(_BOOK).where(_BOOK.c.version == book.version).values(at=at))

    def latest(self) -> str | None:
        """The version that came into force last."""
        query = sa.select(_BOOK.c.version).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def get(self, event: str) -> RuleDecision | None:
        row = self._session.execute(sa.select(_DECISION).where(_DECISION.c.event_id == event)).one_or_none()
        return None if row is None else RuleDecision(row.event_id, row.facts, row.book, row.at)

    def facts_of(self, events: Sequence[str]) -> dict[str, Mapping[str, Fields]]:
        """The facts kept for these events; those without a decision are left out."""
        found: dict[str, Mapping[str, Fields]] = {}
        for some in chunks(events):
            query = sa.select(_DECISION.c.event_id, _DECISION.c.facts).where(_DECISION.c.event_id.in_(some))
            found |= {row.event_id: row.facts for row in self._session.execute(query)}
        return found

    def versions(self, *, limit: int = 200) -> list[StoredBook]:
        """Versions of the rules, the latest first."""
        query = sa.select(_BOOK).order_by(_BOOK.c.at.desc(), _BOOK.c.version).limit(limit)
        return [StoredBook(row.version, row.texts, row.plugins, row.at) for row in self._session.execute(query)]

    def book(self, version: str) -> StoredBook | None:
        row = self._session.execute(sa.select(_BOOK).where(_BOOK.c.version == version)).one_or_none()
        return None if row is None else StoredBook(row.version, row.texts, row.plugins, row.at)
