"""What every table has in common. Each is declared once, as the row class beside its repository.

Where a row is what people would call the thing itself, the repository gives back such rows: plain values, which belong
to no session any more. Changing one changes nothing in the database; repositories write by statements alone.

Where many pass by at a time (records, documents, events, intents, baselines), repositories read columns and make their
values from them. Measured with 5,000 rows: reading rows or columns takes the same (10 microseconds for a link), but
making a row takes 20 microseconds and making a value 1, so what is written in bulk is given as values (NewLink,
NewIntent). Links are rows all the same: adding one takes 38 microseconds where 18 would do.
"""

from functools import cache
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import SQLModel


class Row(SQLModel):
    """Tables of the hub; their constraints have names, or SQLite could never change them."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


<<<<<<< HEAD
class ConnectionRow(Row, table=True):
    """A connected service: at most one organisation each. `settings` never holds a secret."""

    __tablename__ = "connection"

    service: str = Field(primary_key=True)
    organization_id: str
    organization_name: str
    base_currency: str
    time_zone: str
    settings: dict[str, Any] = Field(sa_type=PlainJson)
    secrets: str = Field(sa_type=Encrypted)
    # "active" or "off"; a connection that is off keeps its settings, secrets and links sealed.
    state: str
    # By feature name, those a person switched on or off; the others are on.
    features: dict[str, bool] = Field(sa_type=PlainJson)
    # What the hub did for this connection and must remember to undo, such as turning multi-currency on.
    remembered: dict[str, Any] = Field(sa_type=PlainJson)
    connected_by: str
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)


class RecordRow(Row, table=True):
    """A record as last read. `seen_in` names the full listing that showed it last."""

    __tablename__ = "record"
    __table_args__ = (
        sa.Index(
            "ix_record_title",
            "service",
            "entity",
            "title_key",
            "id",
            sqlite_where=_ALIVE,
            postgresql_where=_ALIVE,
        ),
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str
    modified_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    title: str
    # The title without case and width: what is searched and sorted by, alike on every database.
    title_key: str
    fields: Fields = Field(sa_type=JsonFields)
    deleted_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    seen_in: str
    # Of a record that is gone because it was merged: the one that survived.
    merged_into: RecordRef | None = Field(sa_type=RefText)


class RecordReferenceRow(Row, table=True):
    """A field of one record that names another; follows the record's fields."""

    __tablename__ = "record_reference"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["service", "entity", "id"], ["record.service", "record.entity", "record.id"], ondelete="CASCADE"
        ),
        sa.Index(
            "ix_record_reference_target",
            "target_service",
            "target_entity",
            "target_id",
            "service",
            "entity",
            "id",
        ),
        {"sqlite_with_rowid": False},
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    target_service: str = Field(primary_key=True)
    target_entity: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)


class DocumentRow(Row, table=True):
    """A document; `extra` holds the fields beyond those every document has."""

    __tablename__ = "document"
    __table_args__ = (
        sa.Index("ix_document_day", "service", "entity", "day", "id"),
        sa.Index("ix_document_customer", "customer", "service", "entity", "day", "id"),
        sa.Index("ix_document_deal", "service", "entity", "deal", "day", "id"),
        # Holds all that a customer's sums are made of: the documents themselves, which are wide, are not read.
        sa.Index("ix_document_sums", *_SUMMED, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
    )

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str
    modified_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    number: str
    status: str
    date: dt.date | None
    due_date: dt.date | None
    # The date, or the first day there is: databases disagree on where NULL sorts.
    day: dt.date
    total: Decimal = Field(sa_type=ExactDecimal)
    balance: Decimal = Field(sa_type=ExactDecimal)
    currency: str
    base_total: Decimal = Field(sa_type=ExactDecimal)
    base_balance: Decimal = Field(sa_type=ExactDecimal)
    base_currency: str
    customer: RecordRef | None = Field(sa_type=RefText)
    deal: RecordRef | None = Field(sa_type=RefText)
    reference: str
    extra: Fields = Field(sa_type=JsonFields)
    deleted_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    seen_in: str


class LinkRow(Row, table=True):
    """Two records that are one, or one that was made for the other. Within a pair each has one partner."""

    __tablename__ = "link"
    __table_args__ = (
        sa.UniqueConstraint("left_service", "left_entity", "left_id", "pair", name="uq_link_left"),
        sa.UniqueConstraint("right_service", "right_entity", "right_id", "pair", name="uq_link_right"),
        sa.Index(None, "pair", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    pair: str
    left_service: str
    left_entity: str
    left_id: str
    right_service: str
    right_entity: str
    right_id: str
    cause: str
    # One of the two was deleted for good; the other stands alone and is not created anew.
    orphaned: bool
    created_at: dt.datetime = Field(sa_type=UtcDateTime)


class BaselineRow(Row, table=True):
    """The canonical values both ends of a link last agreed on, and the versions that showed them."""

    __tablename__ = "baseline"

    link_id: int = Field(primary_key=True, sa_type=Serial, foreign_key="link.id", ondelete="CASCADE")
    agreed: Fields = Field(sa_type=JsonFields)
    left_version: str
    right_version: str


class CursorRow(Row, table=True):
    """How far the listing of one entity has come."""

    __tablename__ = "cursor"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    cursor: str
    # Whether a listing has ever come to its end: until then what it shows was there before the connection.
    complete: bool
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)


class EventRow(Row, table=True):
    """Something that happened; its id tells the same happening told twice. `batch` names the intents it led to."""

    __tablename__ = "event"
    __table_args__ = (sa.Index(None, "state", "at", "id"), sa.Index(None, "ref", "at"))

    id: str = Field(primary_key=True)
    name: str
    ref: RecordRef = Field(sa_type=RefText)
    before: Fields | None = Field(sa_type=JsonFields)
    after: Fields | None = Field(sa_type=JsonFields)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    state: str
    batch: str


class InboxRow(Row, table=True):
    """A record a service says has changed and that is still to be read. `times` counts how often it said so.

    `attempts` counts readings that failed; after one it is left alone until `next_try`.
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
    received_at: dt.datetime = Field(sa_type=UtcDateTime)
    attempts: int = Field(sa_column_kwargs={"server_default": "0"})
    next_try: dt.datetime | None = Field(sa_type=UtcDateTime)


class RuleRunRow(Row, table=True):
    """What one rule said to one event, and why."""

    __tablename__ = "rule_run"
    __table_args__ = (sa.UniqueConstraint("event_id", "rule"), sa.Index(None, "rule", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    event_id: str = Field(foreign_key="event.id", ondelete="CASCADE")
    rule: str
    verdict: str
    trace: Fields = Field(sa_type=JsonFields)
    at: dt.datetime = Field(sa_type=UtcDateTime)


class RuleBookRow(Row, table=True):
    """A version of the rules that something was decided by: its files, and the versions of the plugins."""

    __tablename__ = "rule_book"

    version: str = Field(primary_key=True)
    texts: dict[str, str] = Field(sa_type=PlainJson)
    plugins: dict[str, str] = Field(sa_type=PlainJson)
    at: dt.datetime = Field(sa_type=UtcDateTime)


class RuleDecisionRow(Row, table=True):
    """What the rules decided from after one event; the trace of any of them is computed from it."""

    __tablename__ = "rule_decision"

    event_id: str = Field(primary_key=True, foreign_key="event.id", ondelete="CASCADE")
    facts: dict[str, Fields] = Field(sa_type=JsonFields)
    book: str = Field(foreign_key="rule_book.version")
    at: dt.datetime = Field(sa_type=UtcDateTime)


class IntentRow(Row, table=True):
    """One outside write: decided, then made. `result` is its receipt."""

    __tablename__ = "intent"
    __table_args__ = (
        sa.Index(None, "batch", "position"),
        sa.Index("ix_intent_planned", "batch", "position", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
        sa.Index(None, "state", "created_at", "key"),
        sa.Index(None, "event"),
        sa.Index(None, "result"),
        sa.Index(None, "relates"),
    )

    key: str = Field(primary_key=True)
    batch: str
    position: int
    rule: str
    event: str
    pair: str
    action: str
    operation: str
    service: str
    entity: str
    fields: Fields = Field(sa_type=JsonFields)
    target: RecordRef | None = Field(sa_type=RefText)
    relates: RecordRef | None = Field(sa_type=RefText)
    verb: str
    # What a sync needs to know once the write is made: the baseline, the versions it was planned from.
    plan: Fields = Field(sa_type=JsonFields)
    state: str
    attempts: int
    result: RecordRef | None = Field(sa_type=RefText)
    summary: Fields | None = Field(sa_type=JsonFields)
    problem_en: str | None
    problem_ja: str | None
    created_at: dt.datetime = Field(sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(sa_type=UtcDateTime)


class SyncRunRow(Row, table=True):
    """One execution of a sync, with what it did so far."""

    __tablename__ = "sync_run"
    __table_args__ = (sa.Index(None, "started_at", "id"),)

    id: str = Field(primary_key=True)
    kind: str
    state: str
    started_at: dt.datetime = Field(sa_type=UtcDateTime)
    finished_at: dt.datetime | None = Field(sa_type=UtcDateTime)
    counts: Fields = Field(sa_type=JsonFields)
    progress: Fields = Field(sa_type=JsonFields)
    problem_en: str | None
    problem_ja: str | None


class SyncOutcomeRow(Row, table=True):
    """What a sync did with one pair of records, and why."""

    __tablename__ = "sync_outcome"
    __table_args__ = (sa.Index(None, "run", "outcome", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    run: str = Field(foreign_key="sync_run.id", ondelete="CASCADE")
    pair: str
    left_ref: RecordRef | None = Field(sa_type=RefText)
    right_ref: RecordRef | None = Field(sa_type=RefText)
    outcome: str
    reason_en: str
    reason_ja: str


class SubscriptionRow(Row, table=True):
    """A standing wish for callbacks, with the secret they must carry."""

    __tablename__ = "subscription"
    __table_args__ = (sa.Index(None, "service"), sa.Index(None, "expires_at"))

    channel: str = Field(primary_key=True)
    service: str
    url: str
    secret: str = Field(sa_type=Encrypted)
    entities: list[str] = Field(sa_type=PlainJson)
    expires_at: dt.datetime = Field(sa_type=UtcDateTime)


class RateBucketRow(Row, table=True):
    """What is left of an organisation's allowance of calls, in millionths of a call."""

    __tablename__ = "rate_bucket"

    name: str = Field(primary_key=True)
    tokens: int = Field(sa_type=sa.BigInteger)
    updated_at: dt.datetime = Field(sa_type=UtcDateTime)
    blocked_until: dt.datetime | None = Field(sa_type=UtcDateTime)


class ProcessLockRow(Row, table=True):
    """Who holds a lock among all processes, and until when the hold is good."""

    __tablename__ = "process_lock"

    name: str = Field(primary_key=True)
    holder: str
    expires_at: dt.datetime = Field(sa_type=UtcDateTime)


=======
>>>>>>> main
METADATA = Row.metadata
R = TypeVar("R", bound=Row)


def core(row: type[Row]) -> sa.Table:
    """The plain table of a row class, for statements."""
    return METADATA.tables[str(row.__tablename__)]


def rows(session: Session, query: sa.Select[R]) -> list[R]:
    """What the query finds, as values that are safe to use after the session, and that it never writes back."""
    found = list(session.scalars(query))
    session.expunge_all()
    return found


def row(session: Session, query: sa.Select[R]) -> R | None:
    """As `rows`, for a query that finds one at most."""
    return next(iter(rows(session, query)), None)


def values(row: Row) -> dict[str, Any]:
    """A row as the parameters of an insert; the database counts up a number that is not set."""
    given = {name: getattr(row, name) for name in _columns(type(row))}
    if given.get("id", 0) is None:
        del given["id"]
    return given


@cache
def _columns(row: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in core(row).columns)
