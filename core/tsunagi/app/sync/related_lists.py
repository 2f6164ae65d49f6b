"""Events of what stands in a list under a record: a deal's products change.

No listing and no callback shows that, so the list is read, a call a record, where a rule waits for it: of records that
changed themselves, and at each sync of those whose document is still a draft. What it held is kept as a digest; the
first reading is what later ones are compared with.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.context import Context
from tsunagi.domain.entities import EntityType, Moment
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.columns import encoded
from tsunagi.store.listings import RelatedReading, RelatedReadings


@dataclass(frozen=True, slots=True)
class RelatedChanges:
    """Events of lists that hold something else than when they were last read, and what is kept of each reading."""

    events: Sequence[Event] = ()
    readings: Sequence[RelatedReading] = ()

    def keep(self, session: Session) -> None:
        RelatedReadings(session).keep(self.readings)


def related_changes(
    context: Context, entity: EntityType, records: Iterable[Record], stored: StoredContext
) -> RelatedChanges:
    """Read the lists some rule waits for, of these records. Raises ConnectorError."""
    wanted = list(records)
    events: list[Event] = []
    readings: list[RelatedReading] = []
    for moment in _awaited(context, entity) if wanted else ():
        with context.store.read() as session:
            known = RelatedReadings(session).of([record.ref for record in wanted], moment.related)
        for record in wanted:
            before = known.get(record.ref)
            digest = _digest(stored.related(record.ref, moment.related))
            if before is not None and before.digest == digest:
                continue
            number = before.number + 1 if before is not None else 0
            readings.append(RelatedReading(record=record.ref, relation=moment.related, digest=digest, number=number))
            if before is not None:
                events.append(_event(context, entity, moment, record, number))
    return RelatedChanges(tuple(events), tuple(readings))


def _awaited(context: Context, entity: EntityType) -> Iterator[Moment]:
    names = {rule.event for rule in context.rules.automations.values() if rule.enabled}
    return (each for each in entity.moments if each.related and f"{entity.name}.{each.name}" in names)


def _event(context: Context, entity: EntityType, moment: Moment, record: Record, number: int) -> Event:
    """A list goes back to what it held, too: each change counts."""
    name = f"{entity.name}.{moment.name}"
    return Event(event_id(name, record.ref, str(number)), name, record.ref, record.fields, record.fields, context.now())


def _digest(found: Iterable[Record]) -> str:
    """In whatever order the service lists them."""
    lines = sorted(f"{each.ref} {encoded(each.fields)}" for each in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def watched(context: Context) -> list[RecordRef]:
    """Whose lists are read at each sync: deals with a draft, while a rule waits for their lists. By name."""
    active = {connection.service for connection in context.connectors.active()}
    kinds = {
        (kind.service, kind.name)
        for kind in context.registry.entities.values()
        if kind.service in active and any(True for _ in _awaited(context, kind))
    }
    found: set[RecordRef] = set()
    for panel in context.registry.panels if kinds else ():
        drafts = [label.status for label in panel.statuses if label.stage == "draft"]
        if drafts and panel.service in active:
            with context.store.read() as session:
                found |= RelatedReadings(session).with_document(panel.service, panel.entity, drafts)
    return sorted((ref for ref in found if (ref.service, ref.entity) in kinds), key=str)
