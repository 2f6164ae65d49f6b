"""Who did what: acts of people on settings, keys, tokens, services, rules, permissions and mails, never changed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import PlainJson, Serial, UtcDateTime
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import Row, core, rows


class AuditEntry(Row, table=True):
    """One act. `person` is an e-mail address in lower case, or "hub"; `details` are plain values without secrets.

    `action` is named as permissions name actions ("tokens:create"), `subject` is what was acted on.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index(None, "person", "id"), sa.Index(None, "action", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    at: datetime = Field(sa_type=UtcDateTime)
    person: str
    action: str
    subject: str
    details: dict[str, Any] = Field(sa_type=PlainJson)


_ENTRY = core(AuditEntry)


class Audit:
    """Adds and reads acts; none is changed or taken away."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, at: datetime, person: str, action: str, subject: str, details: dict[str, Any]) -> None:
        named = {"at": at, "person": person, "action": action, "subject": subject, "details": details}
        self._session.execute(sa.insert(_ENTRY).values(named))

    def page(
        self, *, person: str = "", action: str = "", after: str | None = None, limit: int = 50
    ) -> Slice[AuditEntry]:
        """The latest first; of one person, or one action, where given. Raises NoSuchPlace."""
        query = sa.select(AuditEntry)
        if person:
            query = query.where(_ENTRY.c.person == person.strip().lower())
        if action:
            query = query.where(_ENTRY.c.action == action)
        if after is not None:
            query = query.where(_ENTRY.c.id < _number(after))
        found = rows(self._session, query.order_by(_ENTRY.c.id.desc()).limit(limit + 1))
        return slice_of(found, limit, [[entry.id or 0] for entry in found])

    def people(self) -> list[str]:
        """Everybody who ever did something, in alphabetical order."""
        return self._different(_ENTRY.c.person)

    def actions(self) -> list[str]:
        return self._different(_ENTRY.c.action)

    def _different(self, column: sa.Column[Any]) -> list[str]:
        """Found by skipping along an index: the log may be long, those in it are few."""
        found: list[str] = []
        while True:
            query = sa.select(sa.func.min(column)).select_from(_ENTRY)
            following = self._session.execute(query.where(column > found[-1]) if found else query).scalar()
            if following is None:
                return found
            found.append(following)


def _number(after: str) -> int | str:
    return place(after, 1)[0]
