"""What rules decided from: the facts of an event and the version of the book, from which any trace is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.records import Fields
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
    """Rule files by name as they were, and the plugins they were read with: {plugin: version}."""

    version: str
    texts: Mapping[str, str]
    plugins: Mapping[str, str]


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

    def get(self, event: str) -> RuleDecision | None:
        row = self._session.execute(sa.select(_DECISION).where(_DECISION.c.event_id == event)).one_or_none()
        return None if row is None else RuleDecision(row.event_id, row.facts, row.book, row.at)

    def book(self, version: str) -> StoredBook | None:
        row = self._session.execute(sa.select(_BOOK).where(_BOOK.c.version == version)).one_or_none()
        return None if row is None else StoredBook(row.version, row.texts, row.plugins)
