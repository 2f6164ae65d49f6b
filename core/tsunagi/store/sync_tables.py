"""The tables of what two-way syncs remember beside records and links."""

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, PlainJson, RefText, Serial, UtcDateTime
from tsunagi.store.tables import Row


class PairStateRow(Row, table=True):
    """What a pair's links were last compared by: a digest of its mapping."""

    __tablename__ = "pair_state"

    pair: str = Field(primary_key=True)
    mapping: str


class ViewMemberRow(Row, table=True):
    """A record that a view of its service showed, in the version it showed."""

    __tablename__ = "view_member"

    service: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    view: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str


class ReviewItemRow(Row, table=True):
    """Something a pair's last plan left to a person. Either of the two records may be missing."""

    __tablename__ = "review_item"
    __table_args__ = (sa.Index(None, "pair", "kind", "id"),)

    id: str = Field(primary_key=True)
    pair: str
    kind: str
    left_ref: RecordRef | None = Field(sa_type=RefText)
    right_ref: RecordRef | None = Field(sa_type=RefText)
    field: str
    candidates: list[str] = Field(sa_type=PlainJson)
    # The field's values where it is a conflict: base, left, right.
    compared: Fields = Field(sa_type=JsonFields)
    reason_en: str
    reason_ja: str
    since: dt.datetime = Field(sa_type=UtcDateTime)


class ReviewDecisionRow(Row, table=True):
    """What a person decided: of two records, of one (the other is empty), or of a field of two."""

    __tablename__ = "review_decision"

    pair: str = Field(primary_key=True)
    left_ref: str = Field(primary_key=True)
    right_ref: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    decision: str
    # What was seen when it was decided, so that it is not taken for another question.
    seen: Fields = Field(sa_type=JsonFields)
    decided_by: str
    at: dt.datetime = Field(sa_type=UtcDateTime)


class FieldChangeRow(Row, table=True):
    """A field a sync wrote, with what it held before: the history of a pair's records."""

    __tablename__ = "field_change"
    __table_args__ = (sa.Index(None, "run", "id"), sa.Index(None, "ref", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    run: str
    pair: str
    # The write it was part of, the record it changed, and the one it came from.
    intent: str
    operation: str
    ref: RecordRef = Field(sa_type=RefText)
    source: RecordRef | None = Field(sa_type=RefText)
    field: str
    before: Fields = Field(sa_type=JsonFields)
    after: Fields = Field(sa_type=JsonFields)
    # The record's version after the write: another one means that somebody has changed it since.
    version: str
    by: str
    at: dt.datetime = Field(sa_type=UtcDateTime)
