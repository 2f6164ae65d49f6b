"""Everything the hub keeps of one service: counted before it is switched off, erased when it is to be forgotten."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.store.document_totals import CustomerTotals, DocumentTotalRow
from tsunagi.store.documents import DocumentRow
from tsunagi.store.history import HistoryRow
from tsunagi.store.intents import IntentRow
from tsunagi.store.links import Link
from tsunagi.store.listings import Position
from tsunagi.store.notifications import Notice, SubscriptionRow
from tsunagi.store.records import RecordRow
from tsunagi.store.tables import core

_RECORD, _DOCUMENT, _LINK = core(RecordRow), core(DocumentRow), core(Link)
_TOTAL, _HISTORY = core(DocumentTotalRow), core(HistoryRow)
_INTENT, _INBOX, _CURSOR, _SUBSCRIPTION = core(IntentRow), core(Notice), core(Position), core(SubscriptionRow)


@dataclass(frozen=True, slots=True)
class ServiceTraces:
    """How much there is: records and documents shown, links kept, writes and notifications still waiting."""

    records: int
    documents: int
    links: int
    planned_writes: int
    notifications: int


class Traces:
    """Counts and erases by service."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, service: str) -> ServiceTraces:
        planned = sa.and_(_INTENT.c.service == service, _INTENT.c.state == "planned")
        return ServiceTraces(
            records=self._count(_RECORD, sa.and_(_RECORD.c.service == service, _RECORD.c.deleted_at.is_(None))),
            documents=self._count(_DOCUMENT, sa.and_(_DOCUMENT.c.service == service, _DOCUMENT.c.deleted_at.is_(None))),
            links=self._count(_LINK, _linked_with(service)),
            planned_writes=self._count(_INTENT, planned),
            notifications=self._count(_INBOX, _INBOX.c.service == service),
        )

    def erase(self, service: str) -> None:
        """Forget all of it; what was done stays in the history of events and rules."""
        kinds = sa.select(_DOCUMENT.c.entity).where(_DOCUMENT.c.service == service).distinct()
        for entity in sorted(self._session.scalars(kinds)):
            CustomerTotals(self._session, service, entity).lock()
        for table in (_DOCUMENT, _TOTAL, _RECORD, _CURSOR, _INBOX, _SUBSCRIPTION, _INTENT, _HISTORY):
            self._session.execute(sa.delete(table).where(table.c.service == service))
        self._session.execute(sa.delete(_LINK).where(_linked_with(service)))

    def _count(self, table: sa.Table, which: sa.ColumnElement[bool]) -> int:
        return self._session.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one()


def _linked_with(service: str) -> sa.ColumnElement[bool]:
    return sa.or_(_LINK.c.left_service == service, _LINK.c.right_service == service)
