"""What an action may look at while it decides."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tsunagi.domain.connector import Connector
from tsunagi.domain.documents import Document
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links
from tsunagi.store.records import Records

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub


class HubDesk:
    """The store as it was when the desk was opened, with the records just read laid over it."""

    def __init__(self, hub: "Hub", just_read: Mapping[RecordRef, Record]) -> None:
        self._hub = hub
        self._just_read = just_read

    def record(self, ref: RecordRef) -> Record | None:
        if ref in self._just_read:
            return self._just_read[ref]
        with self._hub.store.read() as session:
            return Records(session).get(ref)

    def fields(self, ref: RecordRef) -> Fields | None:
        record = self.record(ref)
        return None if record is None else record.fields

    def linked(self, ref: RecordRef, service: str, entity: str) -> RecordRef | None:
        with self._hub.store.read() as session:
            return Links(session).counterpart(ref, service, entity)

    def documents_of(self, ref: RecordRef, service: str, entity: str) -> tuple[Document, ...]:
        """Documents that name the record, or that the hub made for it where the service has no place for the name."""
        with self._hub.store.read() as session:
            documents = Documents(session)
            made = [
                intent.result
                for intent in Intents(session).answering(ref)
                if intent.result and (intent.result.service, intent.result.entity) == (service, entity)
            ]
            named = documents.page(DocumentsOf(service, entity, deals=(ref,)), oldest_first=True).items
            found = {document.ref: document for document in (*named, *documents.get_many(made).values())}
        return tuple(found.values())

    def connector(self, service: str) -> Connector:
        return self._hub.connector(service)
