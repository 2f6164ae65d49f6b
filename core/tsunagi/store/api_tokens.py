"""Tokens people sign in with, kept as hashes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core, row, rows, values


class ApiToken(Row, table=True):
    """A token somebody signs in with: never its text, which nobody keeps, but a hash of it."""

    __tablename__ = "api_token"

    digest: str = Field(primary_key=True, repr=False)
    id: str = Field(unique=True)
    email: str
    label: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_TOKEN = core(ApiToken)


class ApiTokens:
    """Reads and writes tokens by the hash of their text."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, token: ApiToken) -> None:
        self._session.execute(sa.insert(_TOKEN).values(values(token)))

    def live(self, digest: str) -> ApiToken | None:
        """The token with this hash, unless it was revoked."""
        return self._live(_TOKEN.c.digest == digest)

    def live_id(self, id: str) -> ApiToken | None:
        """The token with this id, unless it was revoked."""
        return self._live(_TOKEN.c.id == id)

    def used(self, id: str, at: datetime) -> None:
        self._session.execute(sa.update(_TOKEN).where(_TOKEN.c.id == id).values(used_at=at))

    def all(self) -> list[ApiToken]:
        """The latest first; a handful, since each was made by hand."""
        return rows(self._session, sa.select(ApiToken).order_by(_TOKEN.c.created_at.desc(), _TOKEN.c.id))

    def revoke(self, id: str, at: datetime) -> bool:
        """Whether there was such a token and it was live."""
        chosen = sa.update(_TOKEN).where(_TOKEN.c.id == id, _TOKEN.c.revoked_at.is_(None))
        return self._session.execute(chosen.values(revoked_at=at).returning(_TOKEN.c.id)).one_or_none() is not None

    def _live(self, which: sa.ColumnElement[bool]) -> ApiToken | None:
        return row(self._session, sa.select(ApiToken).where(which, _TOKEN.c.revoked_at.is_(None)))
