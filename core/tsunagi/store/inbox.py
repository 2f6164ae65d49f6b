"""Records a service says have changed, until they are read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.domain.notifications import Notification
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import InboxRow, core
from tsunagi.store.upserts import insert_into

_INBOX = core(InboxRow)
Kinds = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Notice:
    """One record to read. `operation` is the latest the service named; `times` counts the notifications."""

    id: int
    service: str
    entity: str
    record_id: str
    operation: str
    times: int
    received_at: datetime


class Inbox:
    """Takes in notifications; several for one record wait as one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, notification: Notification, at: datetime) -> None:
        rows = [
            {
                "service": notification.service,
                "entity": notification.entity,
                "record_id": record_id,
                "operation": notification.operation,
                "times": 1,
                "received_at": at,
            }
            for record_id in sorted(set(notification.ids))
        ]
        insert = insert_into(self._session, _INBOX)
        again = insert.on_conflict_do_update(
            index_elements=[_INBOX.c.service, _INBOX.c.entity, _INBOX.c.record_id],
            set_={"operation": insert.excluded.operation, "times": _INBOX.c.times + 1},
        )
        if rows:
            self._session.execute(again, rows)

    def next(self, kinds: Kinds | None = None, *, limit: int = 100) -> list[Notice]:
        """Notices of the kind of record that has waited longest, oldest first; they stay until `done`.

        `kinds` (service, entity) leaves the others waiting.
        """
        oldest = sa.select(_INBOX.c.service, _INBOX.c.entity).where(*_among(kinds)).order_by(_INBOX.c.id).limit(1)
        kind = self._session.execute(oldest).one_or_none()
        if kind is None:
            return []
        query = sa.select(_INBOX).where(of_kind(_INBOX, kind.service, kind.entity)).order_by(_INBOX.c.id).limit(limit)
        return [_notice(row) for row in self._session.execute(query)]

    def done(self, notices: Sequence[Notice]) -> None:
        """The records were read. One that was notified again in the meantime stays, to be read again."""
        if notices:
            gone = sa.delete(_INBOX).where(
                _INBOX.c.id == sa.bindparam("notice"), _INBOX.c.times == sa.bindparam("counted")
            )
            rows = [{"notice": notice.id, "counted": notice.times} for notice in notices]
            self._session.execute(gone, rows)

    def waiting(self, kinds: Kinds | None = None) -> int:
        counted = sa.select(sa.func.count()).select_from(_INBOX).where(*_among(kinds))
        return self._session.execute(counted).scalar_one()


def _among(kinds: Kinds | None) -> list[sa.ColumnElement[bool]]:
    return [] if kinds is None else [sa.tuple_(_INBOX.c.service, _INBOX.c.entity).in_(sorted(kinds))]


def _notice(row: sa.Row[Any]) -> Notice:
    return Notice(row.id, row.service, row.entity, row.record_id, row.operation, row.times, row.received_at)
