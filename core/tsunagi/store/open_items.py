"""The standing list: what is not as it should be, why, what happens next, and since when.

Writes, mails, notices, automations and syncs all report here. An item stays until what it reports is resolved, and
is kept afterwards as resolved.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Unpack, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field, Relationship

from tsunagi.domain.records import Fields, RecordRef
from tsunagi.store.columns import BothLanguages, JsonFields, RefText, UtcDateTime
from tsunagi.store.paging import Slice, before_moment, slice_of
from tsunagi.store.tables import Row, chunks, core, insert_into, row, rows
from tsunagi.text import Text

# Who resolves an item: the hub, which tries again or waits for a state, or somebody who has to act.
Resolver = Literal["itself", "person"]
RESOLVERS: tuple[Resolver, ...] = ("itself", "person")
_OPEN = sa.text("resolved_at IS NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpenItem:
    """What is reported. `key` is natural: the same trouble reported twice has the same key, such as `write:INTENT`.

    `kind` is what is held up ("write", "mail", "notice", "automation", "sync", "billing", "parked", "plugin"),
    `service` at which service, `records` for which records, the most important first. `reason` is a code that programs
    may compare, with its `parameters`; `text` is the same for people. `remedy` is what a person must do, None where
    nobody need act. `attempts` counts the tries made so far, `next_try` is when the hub tries again on its own.
    """

    key: str
    kind: str
    service: str
    records: Sequence[RecordRef] = ()
    reason: str
    parameters: Fields = field(default_factory=dict)
    text: Text
    remedy: Text | None = None
    resolver: Resolver = "person"
    attempts: int = 0
    next_try: dt.datetime | None = None


class OpenItemRecord(Row, table=True):
    """A record an item is about; the one at position 0 is the one people look for first."""

    __tablename__ = "open_item_record"
    __table_args__ = (sa.Index(None, "ref"),)

    item: str = Field(primary_key=True, foreign_key="open_item.key", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    ref: RecordRef = Field(sa_type=RefText)


class OpenItem(Row, table=True):
    """A stored item: a NewOpenItem, and what happened to it since.

    It has been open `since` then, was last reported at `reported_at`; `resolved_at` is set once it is in order.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        sa.Index("ix_open_item_open", "since", "key", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_open_item_due", "next_try", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    key: str = Field(primary_key=True)
    kind: str
    service: str
    reason: str
    parameters: Fields = Field(sa_type=JsonFields)
    text: Text = Field(sa_type=BothLanguages)
    remedy: Text | None = Field(sa_type=BothLanguages)
    resolver: Resolver = Field(sa_type=sa.String)
    attempts: int
    since: dt.datetime = Field(sa_type=UtcDateTime)
    reported_at: dt.datetime = Field(sa_type=UtcDateTime)
    next_try: dt.datetime | None = Field(sa_type=UtcDateTime)
    resolved_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    # Read along with the items, by one query for all of them.
    about: list[OpenItemRecord] = Relationship(
        sa_relationship_kwargs={"lazy": "selectin", "order_by": "OpenItemRecord.position", "viewonly": True}
    )

    @property
    def records(self) -> tuple[RecordRef, ...]:
        """The records it is about, the most important first."""
        return tuple(each.ref for each in self.about)


_ITEM, _RECORD = core(OpenItem), core(OpenItemRecord)


# What a new report updates of an item that is on the list.
_REPORTED = ("key", "kind", "service", "reason", "parameters", "text", "remedy", "resolver", "attempts", "next_try")


@dataclass(frozen=True, slots=True)
class Cause:
    """How many items of one service are open for the same reason; `example` is one of them in words."""

    service: str
    kind: str
    reason: str
    count: int
    example: Text


class Filters(TypedDict, total=False):
    """Narrows the list: each that is given must fit."""

    key: str
    kind: str
    service: str
    reason: str
    resolver: Resolver
    record: RecordRef


class OpenItems:
    """Reads and writes the standing list."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def report(self, items: Iterable[NewOpenItem], at: dt.datetime) -> None:
        """Put items on the list, or update those that are on it.

        Reporting the same twice changes nothing but `reported_at`: an open item keeps its `since`. One that was
        resolved is open again, since `at`.
        """
        # The last word on a key holds. In order of key, so that two reporters never wait for each other in a circle.
        latest = dict(sorted({item.key: item for item in items}.items()))
        if not latest:
            return
        self._session.execute(self._upsert(), [_row(item, at) for item in latest.values()])
        for keys in chunks(list(latest)):
            self._session.execute(sa.delete(_RECORD).where(_RECORD.c.item.in_(keys)))
        records = [row for item in latest.values() for row in _record_rows(item)]
        if records:
            self._session.execute(sa.insert(_RECORD), records)

    def resolve(self, keys: Iterable[str], at: dt.datetime) -> list[str]:
        """These are in order now; returns the keys of those that were open, sorted."""
        resolved: list[str] = []
        for some in chunks(sorted(set(keys))):
            chosen = sa.update(_ITEM).where(_ITEM.c.key.in_(some), _ITEM.c.resolved_at.is_(None))
            resolved += self._session.execute(chosen.values(resolved_at=at).returning(_ITEM.c.key)).scalars()
        return sorted(resolved)

    def get(self, key: str) -> OpenItem | None:
        """The item of this key, open or resolved."""
        return row(self._session, sa.select(OpenItem).where(_ITEM.c.key == key))

    def attempts(self, keys: Sequence[str]) -> dict[str, int]:
        """How often those of these that are open were tried."""
        found: dict[str, int] = {}
        for some in chunks(keys):
            query = sa.select(_ITEM.c.key, _ITEM.c.attempts).where(_ITEM.c.key.in_(some), _ITEM.c.resolved_at.is_(None))
            found |= {row.key: row.attempts for row in self._session.execute(query)}
        return found

    def page(self, *, after: str | None = None, limit: int = 50, **filters: Unpack[Filters]) -> Slice[OpenItem]:
        """Open items, those that came last first."""
        query = sa.select(OpenItem).where(*_chosen(filters))
        if after is not None:
            query = query.where(before_moment(_ITEM.c.since, _ITEM.c.key, after))
        query = query.order_by(_ITEM.c.since.desc(), _ITEM.c.key.desc()).limit(limit + 1)
        items = rows(self._session, query)
        return slice_of(items, limit, [[item.since.isoformat(), item.key] for item in items])

    def due(self, at: dt.datetime, *, limit: int = 200, **filters: Unpack[Filters]) -> list[OpenItem]:
        """Open items whose next try has come, the longest due first."""
        query = sa.select(OpenItem).where(*_chosen(filters), _ITEM.c.next_try <= at)
        return rows(self._session, query.order_by(_ITEM.c.next_try, _ITEM.c.key).limit(limit))

    def keys(self, prefix: str) -> list[str]:
        """The keys of open items that begin so, sorted."""
        query = sa.select(_ITEM.c.key).where(_ITEM.c.resolved_at.is_(None))
        chosen = query.where(_ITEM.c.key.startswith(prefix, autoescape=True))
        return list(self._session.execute(chosen.order_by(_ITEM.c.key)).scalars())

    def texts(self, prefix: str) -> dict[str, Text]:
        """The texts of open items whose keys begin so, by key."""
        query = sa.select(_ITEM.c.key, _ITEM.c.text).where(_ITEM.c.resolved_at.is_(None))
        chosen = query.where(_ITEM.c.key.startswith(prefix, autoescape=True))
        return {row.key: row.text for row in self._session.execute(chosen)}

    def all(self, **filters: Unpack[Filters]) -> Iterator[OpenItem]:
        """Every open item that fits, those that came last first, fetched a page at a time."""
        after: str | None = None
        while True:
            page = self.page(after=after, limit=200, **filters)
            yield from page.items
            if page.next is None:
                return
            after = page.next

    def try_now(self, keys: Sequence[str], at: dt.datetime) -> None:
        """These open items are due."""
        for some in chunks(keys):
            chosen = _ITEM.c.key.in_(some), _ITEM.c.resolved_at.is_(None)
            self._session.execute(sa.update(_ITEM).where(*chosen).values(next_try=at))

    def next_due(self, after: dt.datetime) -> dt.datetime | None:
        """When the next item is to be tried again, after this moment; None where none waits for its time."""
        query = sa.select(sa.func.min(_ITEM.c.next_try)).where(_ITEM.c.resolved_at.is_(None), _ITEM.c.next_try > after)
        found: dt.datetime | None = self._session.execute(query).scalar_one()
        return found

    def count(self, **filters: Unpack[Filters]) -> int:
        """How many items are open."""
        counted = sa.select(sa.func.count()).select_from(_ITEM).where(*_chosen(filters))
        return self._session.execute(counted).scalar_one()

    def has_reason(self, reason: str) -> bool:
        """Is anything open for this reason?"""
        chosen = sa.select(_ITEM.c.key).where(_ITEM.c.resolved_at.is_(None), _ITEM.c.reason == reason)
        return self._session.execute(chosen.limit(1)).one_or_none() is not None

    def count_by_kind(self) -> dict[str, dict[Resolver, int]]:
        """How many items of each kind are open, by who resolves them: {kind: {resolver: count}}."""
        query = sa.select(_ITEM.c.kind, _ITEM.c.resolver, sa.func.count()).where(_ITEM.c.resolved_at.is_(None))
        counts: dict[str, dict[Resolver, int]] = {}
        rows = self._session.execute(query.group_by(_ITEM.c.kind, _ITEM.c.resolver).order_by(_ITEM.c.kind))
        for kind, resolver, count in rows:
            counts.setdefault(kind, {})[resolver] = count
        return counts

    def causes(self) -> list[Cause]:
        """What is open by service and reason, the most frequent first."""
        group = _ITEM.c.service, _ITEM.c.kind, _ITEM.c.reason
        query = sa.select(*group, sa.func.count().label("items"), sa.func.max(_ITEM.c.key).label("latest"))
        found = self._session.execute(query.where(_ITEM.c.resolved_at.is_(None)).group_by(*group)).all()
        texts = {item.key: item.text for key in found if (item := self.get(key.latest))}
        causes = [Cause(each.service, each.kind, each.reason, each.items, texts[each.latest]) for each in found]
        return sorted(causes, key=lambda each: (-each.count, each.service, each.reason))

    def forget(self, resolved_before: dt.datetime) -> None:
        """Take away what was resolved before then."""
        self._session.execute(sa.delete(_ITEM).where(_ITEM.c.resolved_at < resolved_before))

    def erase(self, service: str) -> None:
        """Take away all about a service that is forgotten."""
        self._session.execute(sa.delete(_ITEM).where(_ITEM.c.service == service))

    def _upsert(self) -> sa.Executable:
        insert = insert_into(self._session, _ITEM)
        named = [column.name for column in _ITEM.columns if column.name not in {"key", "since"}]
        replaced = {name: insert.excluded[name] for name in named}
        # Open without a break since it was first reported; what was resolved for a time starts again.
        since = sa.case((_ITEM.c.resolved_at.is_(None), _ITEM.c.since), else_=insert.excluded.since)
        return insert.on_conflict_do_update(index_elements=[_ITEM.c.key], set_={**replaced, "since": since})


def _chosen(filters: Filters) -> Iterator[sa.ColumnElement[bool]]:
    yield _ITEM.c.resolved_at.is_(None)
    for name, value in filters.items():
        if name == "record":
            yield _ITEM.c.key.in_(sa.select(_RECORD.c.item).where(_RECORD.c.ref == cast("RecordRef", value)))
        else:
            yield _ITEM.c[name] == value


def _row(item: NewOpenItem, at: dt.datetime) -> dict[str, Any]:
    reported = {name: getattr(item, name) for name in _REPORTED}
    return {**reported, "since": at, "reported_at": at, "resolved_at": None}


def _record_rows(item: NewOpenItem) -> list[dict[str, Any]]:
    return [
        {"item": item.key, "position": position, "ref": ref} for position, ref in enumerate(dict.fromkeys(item.records))
    ]
