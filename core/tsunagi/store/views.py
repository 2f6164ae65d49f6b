"""Which records a view of a service selects."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.grouping import by_kind
from tsunagi.store.records import RecordRow
from tsunagi.store.tables import Row, core
from tsunagi.store.upserts import upsert


class ViewMemberRow(Row, table=True):
    """A record that a view of its service showed, in the version it showed."""

    __tablename__ = "view_member"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    view: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str


_MEMBER = core(ViewMemberRow)
_RECORD = core(RecordRow)


class ViewMembers:
    """Reads and writes what the listing of a view showed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, view: str, records: Iterable[Record]) -> None:
        """Records the view showed, each in the version it showed."""
        rows = [
            {
                "service": record.ref.service,
                "entity": record.ref.entity,
                "view": view,
                "id": record.ref.id,
                "version": record.version,
            }
            for record in records
        ]
        upsert(self._session, _MEMBER, rows)

    def forget(self, service: str, entity: str, view: str) -> None:
        """Before the view is listed from the beginning."""
        chosen = _MEMBER.c.service == service, _MEMBER.c.entity == entity, _MEMBER.c.view == view
        self._session.execute(sa.delete(_MEMBER).where(*chosen))

    def among(self, view: str, refs: Iterable[RecordRef]) -> set[RecordRef]:
        """Those of these records that the view selects: it showed the very version that is known of each."""
        found: set[RecordRef] = set()
        for service, entity, ids in by_kind(refs):
            same = [_MEMBER.c[name] == _RECORD.c[name] for name in ("service", "entity", "id", "version")]
            query = sa.select(_MEMBER.c.id).join(_RECORD, sa.and_(*same))
            chosen = _MEMBER.c.service == service, _MEMBER.c.entity == entity, _MEMBER.c.view == view
            rows = self._session.execute(query.where(*chosen, _MEMBER.c.id.in_(ids)))
            found |= {RecordRef(service, entity, row.id) for row in rows}
        return found
