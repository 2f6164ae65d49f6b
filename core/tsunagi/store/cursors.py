"""How far each listing has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.connector import Cursor
from tsunagi.store.tables import CursorRow, core
from tsunagi.store.upserts import upsert

_CURSOR = core(CursorRow)


@dataclass(frozen=True, slots=True)
class Position:
    """Where to go on, and whether the listing has ever come to its end."""

    cursor: Cursor
    complete: bool


class Cursors:
    """Reads and writes one cursor for each entity of a service."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, service: str, entity: str) -> Position | None:
        query = sa.select(_CURSOR.c.cursor, _CURSOR.c.complete)
        row = self._session.execute(query.where(_CURSOR.c.service == service, _CURSOR.c.entity == entity)).one_or_none()
        return None if row is None else Position(row.cursor, row.complete)

    def complete(self) -> frozenset[tuple[str, str]]:
        """The kinds of record (service, entity) of which a listing has come to its end."""
        query = sa.select(_CURSOR.c.service, _CURSOR.c.entity).where(_CURSOR.c.complete)
        return frozenset((row.service, row.entity) for row in self._session.execute(query))

    def all(self, service: str) -> Mapping[str, Cursor]:
        """By entity."""
        query = sa.select(_CURSOR.c.entity, _CURSOR.c.cursor).where(_CURSOR.c.service == service)
        return {row.entity: row.cursor for row in self._session.execute(query)}

    def read_at(self, service: str, entity: str) -> datetime | None:
        """When a listing of these last brought anything or found nothing new."""
        query = sa.select(_CURSOR.c.updated_at).where(_CURSOR.c.service == service, _CURSOR.c.entity == entity)
        at: datetime | None = self._session.execute(query).scalar_one_or_none()
        return at

    def put(self, service: str, entity: str, cursor: Cursor, at: datetime, *, complete: bool) -> None:
        row = {"service": service, "entity": entity, "cursor": cursor, "complete": complete, "updated_at": at}
        upsert(self._session, _CURSOR, [row])

    def remove(self, service: str, entity: str) -> None:
        """Start over: the next listing is a full one."""
        self._session.execute(sa.delete(_CURSOR).where(_CURSOR.c.service == service, _CURSOR.c.entity == entity))
