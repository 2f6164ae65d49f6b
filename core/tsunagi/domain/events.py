"""Things that happened, named the same whether a callback or a poll brought them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Fields, Record, RecordRef, changed_fields


@dataclass(frozen=True, slots=True)
class Event:
    """One event on one record.

    `name` is `<entity>.created`, `<entity>.updated`, `<entity>.deleted` or a moment such as `deal.won`.
    `before` is None when the record is new to us; `after` is None when it was deleted.
    `id` depends only on the name, the record and its version: the same event reported twice has one id.
    """

    id: str
    name: str
    ref: RecordRef
    before: Fields | None
    after: Fields | None
    at: datetime

    @property
    def changed(self) -> frozenset[str]:
        """Names of the fields whose value differs between before and after."""
        return frozenset(change.field for change in changed_fields(self.before or {}, self.after or {}))


def event_id(name: str, ref: RecordRef, version: str) -> str:
    return hashlib.sha256(f"{name}\n{ref}\n{version}".encode()).hexdigest()[:32]


def events_of(
    entity: EntityType, before: Fields | None, after: Record, at: datetime, read_at: datetime | None = None
) -> Iterator[Event]:
    """What a new reading of a record means: nothing, when no field changed.

    `at` is when the record was changed, `read_at` when it was read: what comes by the calendar alone is dated by that.
    """
    if before is not None and not changed_fields(before, after.fields):
        return
    versions = {"created" if before is None else "updated": after.version}
    for moment in entity.moments:
        if moment.happened(before, after.fields):
            # Services date changes to the second: two changes of one field within it are two events.
            told = f":{after.fields.get(moment.field)}" if moment.any_change else ""
            versions[moment.name] = after.version + told
    by_date = {moment.name for moment in entity.moments if moment.by_date}
    for name, version in versions.items():
        full = f"{entity.name}.{name}"
        when = read_at if read_at is not None and name in by_date else at
        yield Event(event_id(full, after.ref, version), full, after.ref, before, after.fields, when)


def deletion(entity: EntityType, ref: RecordRef, before: Fields | None, at: datetime) -> Event:
    """The record was deleted, which can happen only once, so the id needs no version."""
    name = f"{entity.name}.deleted"
    return Event(event_id(name, ref, ""), name, ref, before, None, at)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Callbacks for changes of `entities`, sent to `url` until `expires_at` and signed with `secret`.

    `channel` is a numeric text that names the subscription at both ends.
    """

    channel: str
    url: str
    secret: str
    entities: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A service reports that records changed. It carries ids only: the records are read afterwards."""

    service: str
    entity: str
    operation: Literal["created", "updated", "deleted"]
    ids: tuple[str, ...]
    channel: str
    secret: str
