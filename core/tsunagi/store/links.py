"""Which records are one, or were made for one another, and by which mapping those of a pair were compared last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.mapping import Side
from tsunagi.domain.records import RecordRef
from tsunagi.store.baselines import BaselineRow, Baselines
from tsunagi.store.columns import Serial, UtcDateTime
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.presence import of_kind
from tsunagi.store.records import RecordRow
from tsunagi.store.tables import Row, by_kind, chunks, core, insert_into, rows, upsert


@dataclass(frozen=True, slots=True)
class NewLink:
    """Two records to link. `pair` is the sync pair, or whatever else defines how they belong together;
    `cause` is who linked them.
    """

    pair: str
    left: RecordRef
    right: RecordRef
    cause: str = ""


class Link(Row, table=True):
    """Two records that are one within `pair`, or of which one was made for the other; each has one partner there.

    `orphaned`: one of the two was deleted for good; the other has no partner and is not created again.
    """

    __tablename__ = "link"
    __table_args__ = (
        sa.UniqueConstraint("left_service", "left_entity", "left_id", "pair", name="uq_link_left"),
        sa.UniqueConstraint("right_service", "right_entity", "right_id", "pair", name="uq_link_right"),
        sa.Index(None, "pair", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Serial)
    pair: str
    left_service: str
    left_entity: str
    left_id: str
    right_service: str
    right_entity: str
    right_id: str
    cause: str
    orphaned: bool
    created_at: datetime = Field(sa_type=UtcDateTime)

    @property
    def left(self) -> RecordRef:
        return RecordRef(self.left_service, self.left_entity, self.left_id)

    @property
    def right(self) -> RecordRef:
        return RecordRef(self.right_service, self.right_entity, self.right_id)

    def other(self, ref: RecordRef) -> RecordRef:
        return self.right if ref == self.left else self.left


_LINK = core(Link)
_RECORD = core(RecordRow)
_BASELINE = core(BaselineRow)


class Links:
    """Reads and writes links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, new: NewLink, at: datetime) -> Link:
        return self.add_many([new], at)[0]

    def add_many(self, new: Sequence[NewLink], at: datetime) -> list[Link]:
        """Links in the order given; one that is there already is left as it is.

        Raises ValueError naming the link in the way when either record has another partner in the pair.
        """
        if not new:
            return []
        insert = insert_into(self._session, _LINK).on_conflict_do_nothing()
        self._session.execute(insert, [_row(link, at) for link in new])
        there = {(link.pair, link.left): link for link in self._of_left([link.left for link in new])}
        return [self._checked(link, there.get((link.pair, link.left))) for link in new]

    def of_pair(self, pair: str, side: Side, refs: Iterable[RecordRef]) -> dict[RecordRef, Link]:
        """The links of these records within a pair, by the record on the given side."""
        links = self._of_left(refs) if side == "left" else self._of_right(refs)
        return {link.left if side == "left" else link.right: link for link in links if link.pair == pair}

    def of(self, ref: RecordRef) -> list[Link]:
        """Every link of a record, the oldest first."""
        return sorted([*self._of_left([ref]), *self._of_right([ref])], key=lambda link: link.id)

    def of_many(self, refs: Iterable[RecordRef]) -> dict[RecordRef, list[Link]]:
        """As `of`, for a page of records; one without links is absent."""
        wanted = set(refs)
        found: dict[RecordRef, list[Link]] = {}
        links = {link.id: link for link in (*self._of_left(wanted), *self._of_right(wanted))}
        for _, link in sorted(links.items()):
            for end in {link.left, link.right} & wanted:
                found.setdefault(end, []).append(link)
        return found

    def counterparts(
        self, refs: Iterable[RecordRef], service: str, entity: str, *, in_use: bool = False
    ) -> dict[RecordRef, RecordRef]:
        """For each, the record of this kind that was linked first with it; `in_use`: not one that is orphaned."""
        refs = list(refs)
        links = [(link.left, link.right, link) for link in self._of_left(refs)]
        links += [(link.right, link.left, link) for link in self._of_right(refs)]
        ends = [(ref, other, link.id) for ref, other, link in links if not (in_use and link.orphaned)]
        found: dict[RecordRef, RecordRef] = {}
        for ref, other, _ in sorted(ends, key=lambda end: end[2]):
            if (other.service, other.entity) == (service, entity):
                found.setdefault(ref, other)
        return found

    def count(self, pair: str) -> int:
        counted = sa.select(sa.func.count()).where(_LINK.c.pair == pair)
        return self._session.execute(counted).scalar_one()

    def unlinked(
        self, pair: str, side: Side, service: str, entity: str, *, after: str | None = None, limit: int = 200
    ) -> Slice[RecordRef]:
        """Records of a kind on no link in use: without a partner in the pair, or outliving it. In order of id."""
        end = {name: _LINK.c[f"{side}_{name}"] for name in ("service", "entity", "id")}
        linked = sa.select(_LINK.c.id).where(
            _LINK.c.pair == pair,
            ~_LINK.c.orphaned,
            *(end[name] == _RECORD.c[name] for name in ("service", "entity", "id")),
        )
        alone = of_kind(_RECORD, service, entity), _RECORD.c.deleted_at.is_(None), ~linked.exists()
        query = sa.select(_RECORD.c.id).where(*alone).order_by(_RECORD.c.id).limit(limit + 1)
        if after is not None:
            query = query.where(_RECORD.c.id > place(after, 1)[0])
        ids = self._session.execute(query).scalars().all()
        return slice_of([RecordRef(service, entity, id) for id in ids], limit, [[id] for id in ids])

    def orphaned(self, pair: str, side: Side, refs: Iterable[RecordRef]) -> set[RecordRef]:
        """Those of these records that outlived their partner in the pair."""
        return {ref for ref, link in self.of_pair(pair, side, refs).items() if link.orphaned}

    def stale(self, pair: str, *, after: int = 0, limit: int = 200) -> list[Link]:
        """Links of which a record changed since both last agreed, or was deleted; in order of id, behind `after`."""
        left, right = _RECORD.alias("left_record"), _RECORD.alias("right_record")
        joined = _LINK.outerjoin(_BASELINE, _BASELINE.c.link_id == _LINK.c.id)
        joined = joined.outerjoin(left, _is_end(left, "left")).outerjoin(right, _is_end(right, "right"))
        deleted = sa.or_(left.c.deleted_at.is_not(None), right.c.deleted_at.is_not(None))
        moved = sa.or_(
            _BASELINE.c.link_id.is_(None),
            left.c.version != _BASELINE.c.left_version,
            right.c.version != _BASELINE.c.right_version,
        )
        # An orphaned one is considered again only once both exist again.
        wanted = sa.or_(sa.and_(~_LINK.c.orphaned, sa.or_(deleted, moved)), sa.and_(_LINK.c.orphaned, ~deleted))
        query = sa.select(Link).select_from(joined).where(_LINK.c.pair == pair, _LINK.c.id > after, wanted)
        return rows(self._session, query.order_by(_LINK.c.id).limit(limit))

    def parted(self, pair: str, *, after: int = 0, limit: int = 200) -> list[Link]:
        """Links in use of which a record was deleted; in order of id, behind `after`."""
        left, right = _RECORD.alias("left_record"), _RECORD.alias("right_record")
        joined = _LINK.outerjoin(left, _is_end(left, "left")).outerjoin(right, _is_end(right, "right"))
        deleted = sa.or_(left.c.deleted_at.is_not(None), right.c.deleted_at.is_not(None))
        chosen = _LINK.c.pair == pair, _LINK.c.id > after, ~_LINK.c.orphaned, deleted
        query = sa.select(Link).select_from(joined).where(*chosen)
        return rows(self._session, query.order_by(_LINK.c.id).limit(limit))

    def newest(self, pair: str) -> int:
        """The id of a pair's newest link, 0 where it has none."""
        return self._session.execute(sa.select(sa.func.max(_LINK.c.id)).where(_LINK.c.pair == pair)).scalar_one() or 0

    def in_use(self, pair: str, *, after: int = 0, limit: int = 200) -> list[Link]:
        """Links of which neither record stands alone; in order of id, behind `after`."""
        query = sa.select(Link).where(_LINK.c.pair == pair, _LINK.c.id > after, ~_LINK.c.orphaned)
        return rows(self._session, query.order_by(_LINK.c.id).limit(limit))

    def census(self, pair: str) -> tuple[int, int, int]:
        """Links of a pair that are in use, and how many of their left and of their right records are alive."""
        left, right = _RECORD.alias("left_record"), _RECORD.alias("right_record")
        joined = _LINK.outerjoin(left, _is_end(left, "left")).outerjoin(right, _is_end(right, "right"))
        counts = [sa.func.count(), _alive(left), _alive(right)]
        query = sa.select(*counts).select_from(joined).where(_LINK.c.pair == pair, ~_LINK.c.orphaned)
        row = self._session.execute(query).one()
        return row[0], row[1] or 0, row[2] or 0

    def set_orphaned(self, link_id: int, orphaned: bool) -> None:
        """Set whether a link is orphaned."""
        self._session.execute(sa.update(_LINK).where(_LINK.c.id == link_id).values(orphaned=orphaned))

    def remove(self, ids: Sequence[int]) -> None:
        """Undo links, and forget what their ends agreed on."""
        for some in chunks(ids):
            self._session.execute(sa.delete(_LINK).where(_LINK.c.id.in_(some)))

    def _of_left(self, refs: Iterable[RecordRef]) -> list[Link]:
        return self._of(refs, _LINK.c.left_service, _LINK.c.left_entity, _LINK.c.left_id)

    def _of_right(self, refs: Iterable[RecordRef]) -> list[Link]:
        return self._of(refs, _LINK.c.right_service, _LINK.c.right_entity, _LINK.c.right_id)

    def _of(self, refs: Iterable[RecordRef], *end: sa.ColumnElement[str]) -> list[Link]:
        found: list[Link] = []
        for service, entity, ids in by_kind(refs):
            query = sa.select(Link).where(end[0] == service, end[1] == entity, end[2].in_(ids))
            found += rows(self._session, query)
        return found

    def _checked(self, new: NewLink, there: Link | None) -> Link:
        if there is not None and there.right == new.right:
            return there
        way = there or self.of_pair(new.pair, "right", [new.right])[new.right]
        raise ValueError(
            f"{new.pair}: {new.left} cannot be linked with {new.right}: {way.left} is linked with {way.right}"
        )


def _is_end(record: sa.FromClause, side: Side) -> sa.ColumnElement[bool]:
    return sa.and_(*(record.c[name] == _LINK.c[f"{side}_{name}"] for name in ("service", "entity", "id")))


def _alive(record: sa.FromClause) -> sa.ColumnElement[int]:
    # A record that was never read, or cannot be listed, counts as alive unless it was reported deleted.
    return sa.func.sum(sa.case((record.c.deleted_at.is_(None), 1), else_=0))


def _row(new: NewLink, at: datetime) -> dict[str, Any]:
    ends: Mapping[str, RecordRef] = {"left": new.left, "right": new.right}
    named = {f"{side}_{part}": getattr(ref, part) for side, ref in ends.items() for part in ("service", "entity", "id")}
    return {"pair": new.pair, **named, "cause": new.cause, "orphaned": False, "created_at": at}


class PairStateRow(Row, table=True):
    """What a pair's links were last compared by: a digest of its mapping."""

    __tablename__ = "pair_state"

    pair: str = Field(primary_key=True)
    mapping: str


_BASELINE = core(BaselineRow)
_LINK = core(Link)
_STATE = core(PairStateRow)


class PairMappings:
    """Reads and writes the digest of each pair's mapping."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def mapping_of(self, pair: str) -> str | None:
        """The digest of the mapping a pair's links were last compared by."""
        found: str | None = self._session.execute(
            sa.select(_STATE.c.mapping).where(_STATE.c.pair == pair)
        ).scalar_one_or_none()
        return found

    def mapped_anew(self, pair: str, mapping: str, *, first: bool) -> None:
        """Links are compared by another mapping from now on: all are looked at again, but for the first one."""
        upsert(self._session, _STATE, [{"pair": pair, "mapping": mapping}])
        if first:
            return
        links = sa.select(_LINK.c.id).where(_LINK.c.pair == pair)
        chosen = sa.update(_BASELINE).where(_BASELINE.c.link_id.in_(links))
        self._session.execute(chosen.values(left_version="", right_version=""))

    def forget_fields(self, pair: str, fields: Iterable[str], *, after: int, limit: int = 1000) -> int | None:
        """Leave these fields out of the baselines of a pair's next links; returns the last one, None at the end."""
        chosen = sa.select(_LINK.c.id).where(_LINK.c.pair == pair, _LINK.c.id > after).order_by(_LINK.c.id)
        ids = list(self._session.execute(chosen.limit(limit)).scalars())
        left_out = frozenset(fields)
        Baselines(self._session).save_many(
            {
                id: replace(known, agreed={name: value for name, value in known.agreed.items() if name not in left_out})
                for id, known in Baselines(self._session).get_many(ids).items()
                if left_out & known.agreed.keys()
            }
        )
        return ids[-1] if ids else None
