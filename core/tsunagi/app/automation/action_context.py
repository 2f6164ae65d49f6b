"""What an action may look at while it decides."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.actions import PlannedWrite
from tsunagi.domain.connector import Connector
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store.connections import Connection
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Links
from tsunagi.store.mailings import Mailings
from tsunagi.store.people import People
from tsunagi.store.records import Records
from tsunagi.store.tables import chunks

Kind = tuple[str, str]


class StoredContext:
    """The store as it was when it was first read, with the records just read laid over it.

    Rules look at every record of a page in turn and ask the same of each: the first question is answered for
    the whole page, so that a page costs a few queries and not some for each record.
    """

    def __init__(self, context: Context, just_read: Mapping[RecordRef, Record]) -> None:
        self._context = context
        self._page = tuple(just_read)
        self._referenced = {
            value for record in just_read.values() for value in record.fields.values() if isinstance(value, RecordRef)
        }
        self._records: dict[RecordRef, Record | None] = dict(just_read)
        self._linked: dict[Kind, dict[RecordRef, RecordRef | None]] = {}
        self._documents: dict[Kind, dict[RecordRef, tuple[Document, ...]]] = {}
        self._stored_plans: dict[RecordRef, list[PlannedWrite]] = {}
        self._decided: list[PlannedWrite] = []
        # What was read beside the records themselves: by record and list.
        self.related_read: dict[tuple[RecordRef, str], tuple[Record, ...]] = {}
        self._connections: dict[str, Connection] = {}
        self._zone: tzinfo | None = None

    def record(self, ref: RecordRef) -> Record | None:
        if ref not in self._records:
            wanted = {ref, *self._referenced} - self._records.keys()
            with self._context.store.read() as session:
                found = Records(session).get_many(wanted)
            self._records |= {each: found.get(each) for each in wanted}
        return self._records[ref]

    def fields(self, ref: RecordRef) -> Fields | None:
        record = self.record(ref)
        return None if record is None else record.fields

    def linked(self, ref: RecordRef, service: str, entity: str) -> RecordRef | None:
        known = self._linked.setdefault((service, entity), {})
        if ref not in known:
            wanted = {ref, *self._referenced} - known.keys()
            with self._context.store.read() as session:
                found = Links(session).counterparts(wanted, service, entity, in_use=True)
            known |= {each: found.get(each) for each in wanted}
        return known[ref]

    def is_paired(self, kind: str, service: str, entity: str) -> bool:
        pairs = self._context.registry.pairs.values()
        ends = ((f"{pair.left.service}.{pair.left.entity}", pair.right.service, pair.right.entity) for pair in pairs)
        return (kind, service, entity) in ends

    def documents_of(self, ref: RecordRef, service: str, entity: str) -> tuple[Document, ...]:
        """Documents that name the record, or that the hub made for it where the service has no place for the name."""
        known = self._documents.setdefault((service, entity), {})
        if ref not in known:
            wanted = list({ref, *self._page} - known.keys())
            with self._context.store.read() as session:
                for some in chunks(wanted):
                    known |= _documents_of(session, some, service, entity)
        return known[ref]

    def as_just_read(
        self, documents: Iterable[Document], kind: Kind, belongs: Callable[[Document], bool]
    ) -> tuple[Document, ...]:
        """Stored documents of one kind, as they were just read where they were, and those that were read first now."""
        read = [ref for ref in self._page if (ref.service, ref.entity) == kind]
        known = {document.ref: document for document in documents}
        now = [Document.of(record) for ref in read if (record := self._records[ref]) is not None]
        known |= {document.ref: document for document in now if document.ref in known or belongs(document)}
        return tuple(known.values())

    def planned_for(self, ref: RecordRef, service: str, entity: str) -> tuple[PlannedWrite, ...]:
        """What waits to be made, and what the events before on this page have led to."""
        if ref not in self._stored_plans:
            wanted = list({ref, *self._page} - self._stored_plans.keys())
            with self._context.store.read() as session:
                found = Intents(session).creates_planned_for(wanted)
            self._stored_plans |= {
                each: [PlannedWrite(intent.key, intent.write) for intent in found.get(each, ())] for each in wanted
            }
        decided = (each for each in self._decided if each.write.relates == ref)
        every = {each.key: each for each in (*self._stored_plans[ref], *decided)}
        kind = service, entity
        return tuple(each for each in every.values() if (each.write.service, each.write.entity) == kind)

    def written(self, ref: RecordRef) -> Fields | None:
        """As the service answered; whatever differs now, somebody changed."""
        with self._context.store.read() as session:
            return Intents(session).last_told(ref)

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        if (ref, relation) not in self.related_read:
            connector = self.connector(ref.service)
            able = connector.capabilities.get(ref.entity)
            # Reading them costs a call a record: not where the organisation has no such list.
            found = connector.related(ref, relation) if able is not None and relation in able.related else ()
            self.related_read[ref, relation] = tuple(found)
        return self.related_read[ref, relation]

    def people(self, service: str) -> tuple[Person, ...]:
        with self._context.store.read() as session:
            return tuple(People(session).all(service))

    def was_mailed(self, ref: RecordRef) -> bool:
        with self._context.store.read() as session:
            return ref in Mailings(session).were_mailed([ref])

    def decided(self, intents: Iterable[NewIntent]) -> None:
        """An action came to these writes: the actions after it see them."""
        self._decided += [PlannedWrite(each.key, each.write) for each in intents if each.write.operation == "create"]

    def day_of(self, at: datetime) -> date:
        """The day it is at that time where the CRM's organisation is, or the first one known."""
        return at.astimezone(self.zone).date()

    @property
    def zone(self) -> tzinfo:
        """Where the CRM's organisation is, or the first one known; Greenwich where there is none."""
        if self._zone is None:
            kinds = self._context.registry.connectors
            known = sorted(
                self._context.connectors.all(),
                key=lambda each: each.service not in kinds or not kinds[each.service].is_crm,
            )
            self._zone = _zone(known[0].organization.time_zone) if known else UTC
        return self._zone

    def connection(self, service: str) -> Connection:
        """As it was when it was first read. Raises NotConnected."""
        if service not in self._connections:
            self._connections[service] = self._context.connectors.connection(service)
        return self._connections[service]

    def connector(self, service: str) -> Connector:
        return self._context.connectors.get(service)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _documents_of(
    session: Session, refs: Iterable[RecordRef], service: str, entity: str
) -> dict[RecordRef, tuple[Document, ...]]:
    documents = Documents(session)
    found: dict[RecordRef, dict[RecordRef, Document]] = {ref: {} for ref in refs}
    for document in documents.all(DocumentsOf(service, entity, deals=list(found))):
        if document.deal is not None:
            found[document.deal][document.ref] = document
    made = Intents(session).made_for(list(found))
    known = documents.get_many({result for results in made.values() for result in results})
    for ref, results in made.items():
        found[ref] |= {
            result: known[result]
            for result in results
            if result in known and (result.service, result.entity) == (service, entity)
        }
    return {ref: tuple(each.values()) for ref, each in found.items()}
