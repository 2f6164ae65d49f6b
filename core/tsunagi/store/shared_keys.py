"""Keys with which another user may connect the issuer's organisation, kept as hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import Encrypted, PlainJson, Serial, UtcDateTime
from tsunagi.store.tables import Row, core


class SharedKeyRow(Row, table=True):
    """A key with which another user may connect the issuer's organisation; only its hash is kept.

    One is live for each service and issuer: a new one revokes the old.
    """

    __tablename__ = "shared_key"
    __table_args__ = (sa.Index(None, "service", "issuer_key"),)

    id: str = Field(primary_key=True)
    service: str
    issuer: str
    # The issuer's e-mail address in lower case.
    issuer_key: str
    issuer_id: str
    organization_id: str
    digest: str
    settings: dict[str, Any] = Field(sa_type=PlainJson)
    secrets: str = Field(sa_type=Encrypted)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


class RefusedTryRow(Row, table=True):
    """A try with a wrong key, by who was asked for; too many in a short time and nobody is heard for a while."""

    __tablename__ = "refused_try"
    __table_args__ = (sa.Index(None, "subject", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    subject: str
    at: datetime = Field(sa_type=UtcDateTime)


_KEY = core(SharedKeyRow)
_TRY = core(RefusedTryRow)
_LIVE = _KEY.c.revoked_at.is_(None)


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A key as it may be shown: neither its text nor the issuer's credentials are part of it."""

    id: str
    service: str
    issuer: str
    issuer_id: str
    organization_id: str
    settings: Mapping[str, Any]
    created_at: datetime
    revoked_at: datetime | None


class SharedKeys:
    """Reads and writes shared keys; at most one is live for each service and issuer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def issue(self, key: SharedKey, digest: str, secrets: Mapping[str, str]) -> None:
        """Add a key; the one its issuer had for the service is revoked with it."""
        self.revoke(key.service, key.issuer, key.created_at)
        self._session.execute(
            sa.insert(_KEY).values(
                id=key.id,
                service=key.service,
                issuer=key.issuer,
                issuer_key=_folded(key.issuer),
                issuer_id=key.issuer_id,
                organization_id=key.organization_id,
                digest=digest,
                settings=dict(key.settings),
                secrets=json.dumps(dict(secrets)),
                created_at=key.created_at,
                revoked_at=None,
            )
        )

    def revoke(self, service: str, issuer: str, at: datetime) -> bool:
        """Whether there was a live key; the issuer's credentials are erased with it."""
        live = _KEY.c.service == service, _KEY.c.issuer_key == _folded(issuer), _LIVE
        ended = sa.update(_KEY).where(*live).values(revoked_at=at, secrets="{}").returning(_KEY.c.id)
        return bool(self._session.execute(ended).all())

    def live(self, service: str, issuer: str) -> tuple[SharedKey, str] | None:
        """The issuer's live key and its hash."""
        live = _KEY.c.service == service, _KEY.c.issuer_key == _folded(issuer), _LIVE
        row = self._session.execute(_visible().add_columns(_KEY.c.digest).where(*live)).one_or_none()
        return None if row is None else (_key(row), row.digest)

    def secrets(self, id: str) -> dict[str, str]:
        """The issuer's credentials, for connecting with. Raises ConfigError when no key of ours opens them."""
        values: dict[str, str] = json.loads(
            self._session.execute(sa.select(_KEY.c.secrets).where(_KEY.c.id == id)).scalar_one()
        )
        return values

    def all(self) -> list[SharedKey]:
        """The latest first; a handful, since each was made by hand."""
        rows = self._session.execute(_visible().order_by(_KEY.c.created_at.desc(), _KEY.c.id))
        return [_key(row) for row in rows]

    def refused(self, subject: str, at: datetime) -> None:
        """Remember a try that failed."""
        self._session.execute(sa.insert(_TRY).values(subject=subject, at=at))

    def refusals(self, subject: str, since: datetime) -> int:
        """How many tries failed since then; older ones are forgotten."""
        self._session.execute(sa.delete(_TRY).where(_TRY.c.at < since))
        counted = sa.select(sa.func.count()).select_from(_TRY).where(_TRY.c.subject == subject, _TRY.c.at >= since)
        return self._session.execute(counted).scalar_one()


def _visible() -> sa.Select[Any]:
    hidden = {"secrets", "digest", "issuer_key"}
    return sa.select(*(column for column in _KEY.columns if column.name not in hidden))


def _folded(email: str) -> str:
    return email.strip().lower()


def _key(row: sa.Row[Any]) -> SharedKey:
    return SharedKey(
        id=row.id,
        service=row.service,
        issuer=row.issuer,
        issuer_id=row.issuer_id,
        organization_id=row.organization_id,
        settings=row.settings,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
