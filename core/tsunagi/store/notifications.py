"""Callbacks: those we subscribed to at services, and the inbox of those that came and are still to be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.events import Notification, Subscription
from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import Encrypted, Serial, StringTuple, UtcDateTime
from tsunagi.store.presence import of_kind
from tsunagi.store.tables import Row, chunks, core, insert_into, rows, upsert


class Notice(Row, table=True):
    """A record a service reported as changed that is still to be read.

    `operation` is the latest the service named; `times` counts the notifications. `attempts` counts the readings that
    failed; after one it is left alone until `next_try`.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("service", "entity", "record_id"),
        sa.Index(None, "service", "entity", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    service: str
    entity: str
    record_id: str
    operation: str
    times: int
    received_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    next_try: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def ref(self) -> RecordRef:
        return RecordRef(self.service, self.entity, self.record_id)


_INBOX = core(Notice)
Kinds = Collection[tuple[str, str]]


class Inbox:
    """Takes in notifications; several for one record wait as one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, notification: Notification, at: datetime) -> None:
        waiting = [
            {
                "service": notification.service,
                "entity": notification.entity,
                "record_id": record_id,
                "operation": notification.operation,
                "times": 1,
                "received_at": at,
                "attempts": 0,
            }
            for record_id in sorted(set(notification.ids))
        ]
        insert = insert_into(self._session, _INBOX)
        again = insert.on_conflict_do_update(
            index_elements=[_INBOX.c.service, _INBOX.c.entity, _INBOX.c.record_id],
            # Something happened to it again: whatever kept it from being read may be over.
            set_={"operation": insert.excluded.operation, "times": _INBOX.c.times + 1, "next_try": None},
        )
        if waiting:
            self._session.execute(again, waiting)

    def next(self, kinds: Kinds | None = None, *, at: datetime | None = None, limit: int = 100) -> list[Notice]:
        """Notices of the kind of record that has waited longest, oldest first; they stay until `done`.

        `kinds` (service, entity) leaves the others waiting. `at` leaves out those whose next try is later. What
        failed before is given in smaller and smaller handfuls, at last alone: one that cannot be read is found so.
        """
        ready = _ready(kinds, at)
        which = sa.select(_INBOX.c.service, _INBOX.c.entity, _INBOX.c.attempts).where(*ready)
        kind = self._session.execute(which.order_by(_INBOX.c.attempts, _INBOX.c.id).limit(1)).one_or_none()
        if kind is None:
            return []
        chosen = *ready, of_kind(_INBOX, kind.service, kind.entity), _INBOX.c.attempts == kind.attempts
        batch_size = max(1, limit // 10**kind.attempts)
        query = sa.select(Notice).where(*chosen).order_by(_INBOX.c.id).limit(batch_size)
        return rows(self._session, query)

    def put_off(self, notices: Sequence[Notice], until: datetime) -> None:
        """The records could not be read: they are left alone until then."""
        for some in chunks([notice.id for notice in notices]):
            later = {"attempts": _INBOX.c.attempts + 1, "next_try": until}
            self._session.execute(sa.update(_INBOX).where(_INBOX.c.id.in_(some)).values(later))

    def try_now(self, ref: RecordRef, at: datetime) -> None:
        """A notice about this record need not wait any longer."""
        chosen = of_kind(_INBOX, ref.service, ref.entity), _INBOX.c.record_id == ref.id
        self._session.execute(sa.update(_INBOX).where(*chosen).values(next_try=at))

    def next_due(self, kinds: Kinds | None = None, *, after: datetime) -> datetime | None:
        """When the first of the notices that were put off is to be tried again; None where none waits for its time."""
        query = sa.select(sa.func.min(_INBOX.c.next_try)).where(*_among(kinds), _INBOX.c.next_try > after)
        found: datetime | None = self._session.execute(query).scalar_one()
        return found

    def done(self, notices: Sequence[Notice]) -> None:
        """The records were read. One that was notified again in the meantime stays, to be read again."""
        if notices:
            statement = sa.delete(_INBOX).where(
                _INBOX.c.id == sa.bindparam("notice"), _INBOX.c.times == sa.bindparam("counted")
            )
            self._session.execute(statement, [{"notice": notice.id, "counted": notice.times} for notice in notices])

    def waiting(self, kinds: Kinds | None = None, *, at: datetime | None = None) -> int:
        """How many notices wait, or wait and may be read at this time."""
        counted = sa.select(sa.func.count()).select_from(_INBOX).where(*_ready(kinds, at))
        return self._session.execute(counted).scalar_one()


def _among(kinds: Kinds | None) -> list[sa.ColumnElement[bool]]:
    return [] if kinds is None else [sa.tuple_(_INBOX.c.service, _INBOX.c.entity).in_(sorted(kinds))]


def _ready(kinds: Kinds | None, at: datetime | None) -> list[sa.ColumnElement[bool]]:
    due = [] if at is None else [sa.or_(_INBOX.c.next_try.is_(None), _INBOX.c.next_try <= at)]
    return [*_among(kinds), *due]


class SubscriptionRow(Row, table=True):
    """A subscription to callbacks, with the secret they must carry."""

    __tablename__ = "subscription"
    __table_args__ = (sa.Index(None, "service"), sa.Index(None, "expires_at"))

    channel: str = Field(primary_key=True)
    service: str
    url: str
    secret: str = Field(sa_type=Encrypted)
    entities: tuple[str, ...] = Field(sa_type=StringTuple)
    expires_at: datetime = Field(sa_type=UtcDateTime)


_SUBSCRIPTION = core(SubscriptionRow)


@dataclass(frozen=True, slots=True)
class ServiceSubscription:
    """A subscription and the service it is with."""

    service: str
    subscription: Subscription


class Subscriptions:
    """Reads and writes subscriptions by channel; their secrets are sealed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, service: str, subscription: Subscription) -> None:
        row = {
            "channel": subscription.channel,
            "service": service,
            "url": subscription.url,
            "secret": subscription.secret,
            "entities": subscription.entities,
            "expires_at": subscription.expires_at,
        }
        upsert(self._session, _SUBSCRIPTION, [row])

    def get(self, channel: str) -> ServiceSubscription | None:
        return next(iter(self._where(_SUBSCRIPTION.c.channel == channel)), None)

    def of_service(self, service: str) -> list[ServiceSubscription]:
        return self._where(_SUBSCRIPTION.c.service == service)

    def all(self) -> list[ServiceSubscription]:
        """The most urgent to renew first."""
        return self._where(sa.true())

    def reseal(self) -> None:
        """Encrypt all secrets again with the first key, so that the others can be given up."""
        for row in self._session.execute(sa.select(_SUBSCRIPTION.c.channel, _SUBSCRIPTION.c.secret)).all():
            again = sa.update(_SUBSCRIPTION).where(_SUBSCRIPTION.c.channel == row.channel)
            self._session.execute(again.values(secret=row.secret))

    def remove(self, channels: Sequence[str]) -> None:
        self._session.execute(sa.delete(_SUBSCRIPTION).where(_SUBSCRIPTION.c.channel.in_(channels)))

    def _where(self, which: sa.ColumnElement[bool]) -> list[ServiceSubscription]:
        query = sa.select(_SUBSCRIPTION).where(which).order_by(_SUBSCRIPTION.c.expires_at, _SUBSCRIPTION.c.channel)
        return [_subscription(row) for row in self._session.execute(query)]


def _subscription(row: sa.Row[Any]) -> ServiceSubscription:
    return ServiceSubscription(
        row.service, Subscription(row.channel, row.url, row.secret, row.entities, row.expires_at)
    )
