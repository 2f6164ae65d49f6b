"""Keys with which another user may connect the issuer's organisation, kept as hashes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer
from sqlmodel import Field

from tsunagi.store.columns import PlainJson, SealedJson, Serial, UtcDateTime
from tsunagi.store.tables import Row, core, row, rows, values


class SharedKey(Row, table=True):
    """A key with which another user may connect the issuer's organisation: never its text, but a hash of it.

    One is live for each service and issuer: a new one revokes the old. The issuer's credentials are not part of what
    is read back: only `SharedKeys.secrets` opens them.
    """

    __tablename__ = "shared_key"
    __table_args__ = (sa.Index(None, "service", "issuer_key"),)

    id: str = Field(primary_key=True)
    service: str
    issuer: str
    # The issuer's e-mail address in lower case.
    issuer_key: str = ""
    issuer_id: str
    organization_id: str
    organization_name: str = ""
    digest: str = Field(repr=False)
    settings: dict[str, Any] = Field(sa_type=PlainJson)
    secrets: dict[str, str] = Field(sa_type=SealedJson, repr=False)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefusedTryRow(Row, table=True):
    """A try with a wrong key, by issuer; after too many in a short time, all tries are refused for a while."""

    __tablename__ = "refused_try"
    __table_args__ = (sa.Index(None, "subject", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    subject: str
    at: datetime = Field(sa_type=UtcDateTime)


_KEY = core(SharedKey)
_TRY = core(RefusedTryRow)
_LIVE = _KEY.c.revoked_at.is_(None)
# A page that lists keys needs no key of ours.
_VISIBLE = sa.select(SharedKey).options(defer(SharedKey.secrets, raiseload=True))  # type: ignore[arg-type]


class SharedKeys:
    """Reads and writes shared keys; at most one is live for each service and issuer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def issue(self, key: SharedKey) -> None:
        """Add a key; the one its issuer had for the service is revoked with it."""
        self.revoke(key.service, key.issuer, key.created_at)
        self._session.execute(sa.insert(_KEY).values({**values(key), "issuer_key": _folded(key.issuer)}))

    def revoke(self, service: str, issuer: str, at: datetime) -> bool:
        """Whether there was a live key; the issuer's credentials are erased with it."""
        live = _KEY.c.service == service, _KEY.c.issuer_key == _folded(issuer), _LIVE
        ended = sa.update(_KEY).where(*live).values(revoked_at=at, secrets={}).returning(_KEY.c.id)
        return bool(self._session.execute(ended).all())

    def live(self, service: str, issuer: str) -> SharedKey | None:
        """The issuer's live key."""
        live = _KEY.c.service == service, _KEY.c.issuer_key == _folded(issuer), _LIVE
        return row(self._session, _VISIBLE.where(*live))

    def secrets(self, id: str) -> dict[str, str]:
        """The issuer's credentials, for connecting with. Raises ConfigError when no key of ours opens them."""
        found: dict[str, str] = self._session.execute(sa.select(_KEY.c.secrets).where(_KEY.c.id == id)).scalar_one()
        return found

    def all(self) -> list[SharedKey]:
        """The latest first; a handful, since each was made by hand."""
        return rows(self._session, _VISIBLE.order_by(_KEY.c.created_at.desc(), _KEY.c.id))

    def refused(self, subject: str, at: datetime) -> None:
        """Remember a try that failed."""
        self._session.execute(sa.insert(_TRY).values(subject=subject, at=at))

    def refusals(self, subject: str, since: datetime) -> int:
        """How many tries failed since then; older ones are forgotten."""
        self._session.execute(sa.delete(_TRY).where(_TRY.c.at < since))
        counted = sa.select(sa.func.count()).select_from(_TRY).where(_TRY.c.subject == subject, _TRY.c.at >= since)
        return self._session.execute(counted).scalar_one()


def _folded(email: str) -> str:
    return email.strip().lower()
