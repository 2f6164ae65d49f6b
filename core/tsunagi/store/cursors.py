"""How far each listing has come."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.connector import Cursor
from tsunagi.store.columns import UtcDateTime
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import Row, core, row
from tsunagi.store.upserts import upsert


class Position(Row, table=True):
    """Where the listing of one kind of record goes on, and whether it has ever come to its end.

    Until it has, what it shows was there before the connection. `updated_at` is when it last brought anything or found
    nothing new.
    """

    __tablename__ = "cursor"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    cursor: Cursor
    complete: bool
    updated_at: datetime = Field(sa_type=UtcDateTime)


_CURSOR = core(Position)


class Cursors:
    """Reads and writes one position for each entity of a service."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, service: str, entity: str) -> Position | None:
        return row(self._session, sa.select(Position).where(of_kind(_CURSOR, service, entity)))

    def complete(self) -> frozenset[tuple[str, str]]:
        """The kinds of record (service, entity) of which a listing has come to its end."""
        query = sa.select(_CURSOR.c.service, _CURSOR.c.entity).where(_CURSOR.c.complete)
        return frozenset((row.service, row.entity) for row in self._session.execute(query))

    def read_at(self, service: str, entity: str) -> datetime | None:
        """When a listing of these last brought anything or found nothing new."""
        found = self.get(service, entity)
        return found.updated_at if found else None

    def put(self, service: str, entity: str, cursor: Cursor, at: datetime, *, complete: bool) -> None:
        row = {"service": service, "entity": entity, "cursor": cursor, "complete": complete, "updated_at": at}
        upsert(self._session, _CURSOR, [row])
