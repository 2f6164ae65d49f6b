"""What syncs leave to people, and what people decided."""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import JsonFields, PlainJson, RefText, UtcDateTime
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import Row, core, upsert
from tsunagi.text import Text


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
    since: datetime = Field(sa_type=UtcDateTime)


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
    at: datetime = Field(sa_type=UtcDateTime)


_ITEM = core(ReviewItemRow)
_DECISION = core(ReviewDecisionRow)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One question of a pair: `kind` is that of the plan's Park ("match", "conflict", "deletion").

    `candidates` are the records of the other side it could be; `compared` has `base`, `left` and `right` of a field
    in conflict.
    """

    pair: str
    kind: str
    left: RecordRef | None
    right: RecordRef | None
    field: str
    reason: Text
    candidates: tuple[RecordRef, ...] = ()
    compared: Fields = dataclasses.field(default_factory=dict)
    since: datetime | None = None

    @property
    def id(self) -> str:
        """Short, and the same in every plan that asks the same question."""
        parts = (self.pair, self.kind, str(self.left), str(self.right), self.field)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided. `decision` is

    one, apart    the two records are one, or are not
    alone         the one record is left alone
    crm, finance  whose value of `field` wins, while both sides still have the values in `seen`
    keep, delete, deactivate    what becomes of the record whose partner was deleted
    """

    pair: str
    left: RecordRef | None
    right: RecordRef | None
    field: str
    decision: str
    by: str
    at: datetime
    seen: Fields = dataclasses.field(default_factory=dict)


class Reviews:
    """Reads and writes both."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, pair: str, items: Sequence[ReviewItem], at: datetime) -> None:
        """The questions of a pair's last plan, replacing those of the one before; known questions keep their age."""
        known = sa.select(_ITEM.c.id, _ITEM.c.since).where(_ITEM.c.pair == pair)
        since = {row.id: row.since for row in self._session.execute(known)}
        self._session.execute(sa.delete(_ITEM).where(_ITEM.c.pair == pair))
        rows = {item.id: _row(item, since.get(item.id, at)) for item in items}
        if rows:
            self._session.execute(sa.insert(_ITEM), list(rows.values()))

    def items(self, *, pair: str = "", kind: str = "", after: str | None = None, limit: int = 50) -> Slice[ReviewItem]:
        """In order of pair and id."""
        query = sa.select(_ITEM)
        if pair:
            query = query.where(_ITEM.c.pair == pair)
        if kind:
            query = query.where(_ITEM.c.kind == kind)
        if after is not None:
            query = query.where(sa.tuple_(_ITEM.c.pair, _ITEM.c.id) > sa.tuple_(*place(after, 2)))
        rows = self._session.execute(query.order_by(_ITEM.c.pair, _ITEM.c.id).limit(limit + 1)).all()
        return slice_of([_item(row) for row in rows], limit, [[row.pair, row.id] for row in rows])

    def get(self, id: str) -> ReviewItem | None:
        row = self._session.execute(sa.select(_ITEM).where(_ITEM.c.id == id)).one_or_none()
        return None if row is None else _item(row)

    def count(self) -> int:
        return self._session.execute(sa.select(sa.func.count()).select_from(_ITEM)).scalar_one()

    def decide(self, decisions: Iterable[Decision]) -> None:
        """In place of what was decided of the same records and field before."""
        rows = [
            {
                "pair": one.pair,
                "left_ref": str(one.left or ""),
                "right_ref": str(one.right or ""),
                "field": one.field,
                "decision": one.decision,
                "seen": one.seen,
                "decided_by": one.by,
                "at": one.at,
            }
            for one in decisions
        ]
        upsert(self._session, _DECISION, rows)

    def settled(self, id: str) -> None:
        """The question was answered and is closed."""
        self._session.execute(sa.delete(_ITEM).where(_ITEM.c.id == id))

    def forget(self, pair: str, decision: str) -> None:
        """Decisions of this kind hold no longer."""
        chosen = _DECISION.c.pair == pair, _DECISION.c.decision == decision
        self._session.execute(sa.delete(_DECISION).where(*chosen))

    def decisions(self, pair: str) -> list[Decision]:
        query = sa.select(_DECISION).where(_DECISION.c.pair == pair)
        return [_decision(row) for row in self._session.execute(query)]


def _row(item: ReviewItem, since: datetime) -> dict[str, Any]:
    return {
        "id": item.id,
        "pair": item.pair,
        "kind": item.kind,
        "left_ref": item.left,
        "right_ref": item.right,
        "field": item.field,
        "candidates": [str(ref) for ref in item.candidates],
        "compared": item.compared,
        "reason_en": item.reason.en,
        "reason_ja": item.reason.ja,
        "since": since,
    }


def _item(row: sa.Row[Any]) -> ReviewItem:
    return ReviewItem(
        pair=row.pair,
        kind=row.kind,
        left=row.left_ref,
        right=row.right_ref,
        field=row.field,
        reason=Text(row.reason_en, row.reason_ja),
        candidates=tuple(map(RecordRef.parse, row.candidates)),
        compared=row.compared,
        since=row.since,
    )


def _decision(row: sa.Row[Any]) -> Decision:
    left, right = (RecordRef.parse(text) if text else None for text in (row.left_ref, row.right_ref))
    return Decision(row.pair, left, right, row.field, row.decision, row.decided_by, row.at, row.seen)
