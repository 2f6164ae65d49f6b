"""Which organisations of which services are connected, with their settings and sealed secrets."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.connector import Organization
from tsunagi.errors import NotConnected
from tsunagi.store.columns import PlainJson, SealedJson, UtcDateTime
from tsunagi.store.database import Store, utc_now
from tsunagi.store.notifications import Subscriptions
from tsunagi.store.process_locks import process_lock
from tsunagi.store.tables import Row, core, upsert


class ConnectionRow(Row, table=True):
    """A connected service: at most one organisation each. `settings` never holds a secret."""

    __tablename__ = "connection"

    service: str = Field(primary_key=True)
    organization_id: str
    organization_name: str
    base_currency: str
    time_zone: str
    settings: dict[str, Any] = Field(sa_type=PlainJson)
    secrets: dict[str, str] = Field(sa_type=SealedJson)
    # "active" or "off"; a connection that is off keeps its settings, secrets and links sealed.
    state: str
    # By feature name, those a person switched on or off; the others are on.
    features: dict[str, bool] = Field(sa_type=PlainJson)
    # What the hub did for this connection and must remember to undo, such as turning multi-currency on.
    remembered: dict[str, Any] = Field(sa_type=PlainJson)
    connected_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


_CONNECTION = core(ConnectionRow)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connected organisation. `settings` are plain JSON values without secrets.

    `state` is "active" or "off". `features` holds those a person switched on or off, by name; the others are on.
    `remembered` is what the hub did for the connection and must undo with it. `connected_by` is an e-mail address.
    """

    service: str
    organization: Organization
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: str = "active"
    features: Mapping[str, bool] = field(default_factory=dict)
    remembered: Mapping[str, Any] = field(default_factory=dict)
    connected_by: str = ""

    @property
    def active(self) -> bool:
        return self.state == "active"


class Connections:
    """Reads and writes connections; secrets only ever pass through `secrets` and `save_secrets`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, connection: Connection, at: datetime) -> None:
        """Add a connection, or change all of it but its secrets."""
        row = {
            "service": connection.service,
            "organization_id": connection.organization.id,
            "organization_name": connection.organization.name,
            "base_currency": connection.organization.base_currency,
            "time_zone": connection.organization.time_zone,
            "settings": dict(connection.settings),
            "secrets": {},
            "state": connection.state,
            "features": dict(connection.features),
            "remembered": dict(connection.remembered),
            "connected_by": connection.connected_by,
            "created_at": at,
            "updated_at": at,
        }
        upsert(self._session, _CONNECTION, [row], keep=frozenset({"created_at", "secrets"}))

    def get(self, service: str) -> Connection:
        """Raises NotConnected."""
        found = self._session.execute(self._query().where(_CONNECTION.c.service == service)).one_or_none()
        if found is None:
            raise NotConnected(service)
        return _connection(found)

    def all(self) -> list[Connection]:
        """In order of service: one for each, so a handful."""
        return [_connection(row) for row in self._session.execute(self._query().order_by(_CONNECTION.c.service))]

    def secrets(self, service: str) -> dict[str, str]:
        """Raises NotConnected, or ConfigError when no key fits."""
        query = sa.select(_CONNECTION.c.secrets).where(_CONNECTION.c.service == service)
        found: dict[str, str] | None = self._session.execute(query).scalar_one_or_none()
        if found is None:
            raise NotConnected(service)
        return found

    def save_secrets(self, service: str, values: Mapping[str, str], at: datetime) -> None:
        """Replace all secrets of a connection. Raises NotConnected."""
        changed = sa.update(_CONNECTION).where(_CONNECTION.c.service == service).returning(_CONNECTION.c.service)
        row = {"secrets": values, "updated_at": at}
        if self._session.execute(changed.values(row)).one_or_none() is None:
            raise NotConnected(service)

    def reseal(self) -> None:
        """Encrypt all secrets again with the first key, so that the others can be given up."""
        for row in self._session.execute(sa.select(_CONNECTION.c.service, _CONNECTION.c.secrets)).all():
            again = sa.update(_CONNECTION).where(_CONNECTION.c.service == row.service)
            self._session.execute(again.values(secrets=row.secrets))

    def remove(self, service: str) -> None:
        """Forget the connection and its secrets; what was read through it stays."""
        self._session.execute(sa.delete(_CONNECTION).where(_CONNECTION.c.service == service))

    def _query(self) -> sa.Select[Any]:
        # Everything but the secrets: a page that lists connections needs no key.
        return sa.select(*(column for column in _CONNECTION.columns if column.name != "secrets"))


def _connection(row: sa.Row[Any]) -> Connection:
    organization = Organization(row.organization_id, row.organization_name, row.base_currency, row.time_zone)
    return Connection(
        service=row.service,
        organization=organization,
        settings=row.settings,
        state=row.state,
        features=row.features,
        remembered=row.remembered,
        connected_by=row.connected_by,
    )


class ConnectionSecrets:
    """The SecretBox of one connection. Raises NotConnected where the store has no such connection."""

    def __init__(
        self,
        store: Store,
        service: str,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._service = service
        self._now = now
        self._sleep = sleep

    def load(self) -> Mapping[str, str]:
        with self._store.read() as session:
            return Connections(session).secrets(self._service)

    def save(self, values: Mapping[str, str]) -> None:
        """Replaces all of them."""
        with self._store.write() as session:
            Connections(session).save_secrets(self._service, values, self._now())

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the one lock of this name of this connection; waits for its holder, at most until its time is up."""
        with process_lock(self._store, f"{self._service}:{name}", now=self._now, sleep=self._sleep):
            yield


def reseal(store: Store) -> None:
    """Seal every secret with the newest key; afterwards the older keys may be taken away."""
    with store.write() as session:
        Connections(session).reseal()
        Subscriptions(session).reseal()
