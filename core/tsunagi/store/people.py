"""Users of the CRM, as last read, and the tokens they sign in with."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.directory import Person
from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core, row, rows, upsert, values


class PersonRow(Row, table=True):
    """A user of the CRM as last read."""

    __tablename__ = "person"
    __table_args__ = (sa.Index(None, "email_key"),)

    service: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    email: str
    # In lower case: what people type is not what the service keeps.
    email_key: str
    name: str
    profile: str
    administrator: bool
    active: bool
    role: str | None
    read_at: datetime = Field(sa_type=UtcDateTime)


_PERSON = core(PersonRow)


class People:
    """Reads and writes people."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace_all(self, service: str, people: Sequence[Person], at: datetime) -> None:
        """Keep exactly these people of a service; those who have left are removed."""
        self._session.execute(sa.delete(_PERSON).where(_PERSON.c.service == service))
        upsert(self._session, _PERSON, [_row(person, at) for person in people])

    def save(self, person: Person, at: datetime) -> None:
        """Keep this one as they are now, beside the others."""
        upsert(self._session, _PERSON, [_row(person, at)])

    def all(self, service: str) -> list[Person]:
        """Everybody of a service, by name."""
        query = sa.select(_PERSON).where(_PERSON.c.service == service)
        return [_person(row) for row in self._session.execute(query.order_by(_PERSON.c.name, _PERSON.c.id))]

    def everybody(self) -> list[Person]:
        """Of every service."""
        query = sa.select(_PERSON).order_by(_PERSON.c.service, _PERSON.c.id)
        return [_person(row) for row in self._session.execute(query)]

    def by_email(self, email: str) -> Person | None:
        """Whatever the case; an active user goes before one that was deactivated."""
        query = sa.select(_PERSON).where(_PERSON.c.email_key == email.strip().lower())
        row = self._session.execute(query.order_by(_PERSON.c.active.desc(), _PERSON.c.id).limit(1)).one_or_none()
        return None if row is None else _person(row)


def _row(person: Person, at: datetime) -> dict[str, object]:
    return {
        "service": person.service,
        "id": person.id,
        "email": person.email,
        "email_key": person.email.strip().lower(),
        "name": person.name,
        "profile": person.profile,
        "administrator": person.administrator,
        "active": person.active,
        "role": person.role,
        "read_at": at,
    }


def _person(row: sa.Row[tuple[object, ...]]) -> Person:
    found = row._mapping
    names = ("service", "id", "email", "name", "profile", "administrator", "active", "role")
    return Person(**{name: found[name] for name in names})


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
