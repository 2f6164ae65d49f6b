"""Tokens people sign in with, kept as hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core


class ApiTokenRow(Row, table=True):
    """A token somebody signs in with; only its hash is kept."""

    __tablename__ = "api_token"

    digest: str = Field(primary_key=True)
    id: str = Field(unique=True)
    email: str
    label: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


_TOKEN = core(ApiTokenRow)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it may be shown: never its text, which nobody keeps."""

    id: str
    email: str
    label: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class ApiTokens:
    """Reads and writes tokens by the hash of their text."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, token: ApiToken, digest: str) -> None:
        self._session.execute(
            sa.insert(_TOKEN).values(
                digest=digest,
                id=token.id,
                email=token.email,
                label=token.label,
                created_at=token.created_at,
                used_at=None,
                revoked_at=None,
            )
        )

    def live(self, digest: str) -> ApiToken | None:
        """The token with this hash, unless it was revoked."""
        query = sa.select(_TOKEN).where(_TOKEN.c.digest == digest, _TOKEN.c.revoked_at.is_(None))
        row = self._session.execute(query).one_or_none()
        return None if row is None else _token(row)

    def live_id(self, id: str) -> ApiToken | None:
        """The token with this id, unless it was revoked."""
        query = sa.select(_TOKEN).where(_TOKEN.c.id == id, _TOKEN.c.revoked_at.is_(None))
        row = self._session.execute(query).one_or_none()
        return None if row is None else _token(row)

    def used(self, id: str, at: datetime) -> None:
        self._session.execute(sa.update(_TOKEN).where(_TOKEN.c.id == id).values(used_at=at))

    def all(self) -> list[ApiToken]:
        """The latest first; a handful, since each was made by hand."""
        rows = self._session.execute(sa.select(_TOKEN).order_by(_TOKEN.c.created_at.desc(), _TOKEN.c.id))
        return [_token(row) for row in rows]

    def revoke(self, id: str, at: datetime) -> bool:
        """Whether there was such a token and it was live."""
        chosen = sa.update(_TOKEN).where(_TOKEN.c.id == id, _TOKEN.c.revoked_at.is_(None))
        return self._session.execute(chosen.values(revoked_at=at).returning(_TOKEN.c.id)).one_or_none() is not None


def _token(row: sa.Row[Any]) -> ApiToken:
    return ApiToken(row.id, row.email, row.label, row.created_at, row.used_at, row.revoked_at)
