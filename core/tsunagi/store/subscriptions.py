"""Callbacks we subscribed to at services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.events import Subscription
from tsunagi.store.columns import Encrypted, StringTuple, UtcDateTime
from tsunagi.store.tables import Row, core
from tsunagi.store.upserts import upsert


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
