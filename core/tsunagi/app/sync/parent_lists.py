"""Records that a service lists a parent at a time only: the lists of the parents that have changed are read.

A service moves the time of a parent with that of its records, as that of a customer with its contact persons. Read only
where changes travel into the CRM.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tsunagi.app.context import Context
from tsunagi.domain.connector import Capabilities, Cursor, Page
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.baselines import Baselines
from tsunagi.store.links import Links
from tsunagi.store.records import Records

# Each parent takes a call: so many are read, and kept, together.
_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class ParentPage:
    """The records of some parents; `missing` are those that were in their lists before. `initial`: nothing was."""

    page: Page
    missing: tuple[RecordRef, ...] = ()
    initial: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Parents that changed `since` are read, in the order of their change; `at` is the last one that was."""

    since: datetime | None = None
    at: tuple[datetime, str] | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> "_Place":
        if not cursor:
            return cls()
        said: dict[str, Any] = json.loads(cursor)
        since, at = said["since"], said["at"]
        place = (datetime.fromisoformat(at[0]), str(at[1])) if at else None
        return cls(datetime.fromisoformat(since) if since else None, place)

    def cursor(self) -> Cursor:
        at = [self.at[0].isoformat(), self.at[1]] if self.at else None
        return json.dumps({"since": self.since.isoformat() if self.since else None, "at": at})


def pair_reading(context: Context, service: str, entity: str) -> SyncPair | None:
    """The pair that makes these lists worth reading, where one does."""
    able = context.connectors.get(service).capabilities.get(entity)
    if able is None or able.listing != "by_parent":
        return None
    ends = ((pair, pair.right) for pair in context.registry.pairs.values() if pair.direction.into("left"))
    return next((pair for pair, end in ends if (end.service, end.entity) == (service, entity)), None)


def read_parents(context: Context, pair: SyncPair, cursor: Cursor | None, *, first: bool) -> ParentPage:
    """The lists of the next parents; `first` page of a run: those of a run that broke off are read once more.

    Raises what the service answers.
    """
    service, entity = pair.right.service, pair.right.entity
    place = _Place.of(cursor)
    if first and place.since:
        place = replace(place, at=None)
    able = context.connectors.get(service).capabilities[entity]
    spec = context.registry.entity(service, entity).field(able.parent)
    assert spec is not None, "records listed by their parent name it"
    with context.store.read() as session:
        parents = Records(session).changed_since(
            service, spec.references.partition(".")[2], place.since, after=place.at, limit=_TOGETHER
        )
    unread = parents if place.since is None else _unread(context, pair, able, parents)
    records = [each for parent in unread for each in _listed(context, able, parent)]
    missing = [each for parent in unread for each in _missing(context, pair, parent, records)]
    more = len(parents) == _TOGETHER
    last = [(parent.modified_at, parent.ref.id) for parent in parents if parent.modified_at]
    after = replace(place, at=last[-1] if last else place.at)
    if not more:
        after = _Place(since=after.at[0] if after.at else place.since)
    page = Page(tuple(records), after.cursor(), more)
    return ParentPage(page, tuple(missing), initial=place.since is None)


def _unread(context: Context, pair: SyncPair, able: Capabilities, parents: Sequence[Record]) -> list[Record]:
    """Without those that are as the last sync left them: it read their lists, or has made them itself."""
    parent = next((fm for fm in pair.mapping.references if able.parent in fm.names("right")), None)
    if parent is None:
        return list(parents)
    with context.store.read() as session:
        links = Links(session).of_pair(parent.reference, "right", [each.ref for each in parents])
        baselines = Baselines(session).get_many([link.id for link in links.values()])
    agreed = {ref: baselines[link.id].right_version for ref, link in links.items() if link.id in baselines}
    return [each for each in parents if agreed.get(each.ref) != each.version]


def _listed(context: Context, able: Capabilities, parent: Record) -> Sequence[Record]:
    return context.connectors.get(parent.ref.service).related(parent.ref, able.relation)


def _missing(context: Context, pair: SyncPair, parent: Record, records: Sequence[Record]) -> list[RecordRef]:
    """Its list was read as a whole: what was in it and is no more was deleted."""
    there = {record.ref for record in records}
    found: list[RecordRef] = []
    after: str | None = None
    while True:
        with context.store.read() as session:
            some = Records(session).referencing(parent.ref, pair.right.service, pair.right.entity, after=after)
        found += [record.ref for record in some.items if record.ref not in there]
        if some.next is None:
            return found
        after = some.next
