"""Tables about people: who they are, what they sign in and connect with, what they mailed."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from tsunagi.domain.records import RecordRef
from tsunagi.store.columns import Encrypted, PlainJson, RefText, Serial, UtcDateTime
from tsunagi.store.tables import Row


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
    read_at: dt.datetime = Field(sa_type=UtcDateTime)


class ApiTokenRow(Row, table=True):
    """A token somebody signs in with; only its hash is kept."""

    __tablename__ = "api_token"

    digest: str = Field(primary_key=True)
    id: str = Field(unique=True)
    email: str
    label: str
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    used_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: dt.datetime | None = Field(sa_type=UtcDateTime)


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
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    revoked_at: dt.datetime | None = Field(sa_type=UtcDateTime)


class RefusedTryRow(Row, table=True):
    """A try with a wrong key, by who was asked for; too many in a short time and nobody is heard for a while."""

    __tablename__ = "refused_try"
    __table_args__ = (sa.Index(None, "subject", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    subject: str
    at: dt.datetime = Field(sa_type=UtcDateTime)


class MailingRow(Row, table=True):
    """A document that was e-mailed: by whom, to whom, through what, and how it went."""

    __tablename__ = "mailing"
    __table_args__ = (sa.Index(None, "document", "at"),)

    id: str = Field(primary_key=True)
    document: RecordRef = Field(sa_type=RefText)
    sender: str
    recipients: list[str] = Field(sa_type=PlainJson)
    subject: str
    through: str
    state: str
    problem_en: str | None
    problem_ja: str | None
    at: dt.datetime = Field(sa_type=UtcDateTime)
