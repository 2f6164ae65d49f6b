"""What came of outside writes: the record, its link and baseline, and the receipt, saved together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.writes import resolve_made
from tsunagi.app.sync.ingest import over_known
from tsunagi.app.sync.links import References, made_anew, save_agreements
from tsunagi.app.sync.pair_states import SIDES, unlinked_records
from tsunagi.app.sync.recording import record_deleted, record_written
from tsunagi.domain.connector import NewRecord
from tsunagi.domain.documents import Document
from tsunagi.domain.entities import EntityType
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.links import Links
from tsunagi.store.records import Records
from tsunagi.sync.pair_state import SyncOptions
from tsunagi.sync.unlinked import match_unlinked

# So much may the clock of a service be behind ours.
_SKEW = timedelta(hours=1)
Alone = Mapping[Side, Sequence[Record]]
"""Unlinked records, by side."""


class Receipts:
    """Receipts of writes that were made, until `store` keeps them all in one transaction.

    A write whose receipt is lost before that is looked up by its key when its turn comes again.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: list[tuple[Intent, Record]] = []
        self._deleted: list[tuple[Intent, RecordRef]] = []

    def made(self, intent: Intent, record: Record) -> None:
        """`record` is what the write made or changed, as it is now."""
        entity = self._entity(record)
        self._made.append((intent, _related(entity, intent, record)))

    def deleted(self, intent: Intent, ref: RecordRef) -> None:
        """The write deleted this record."""
        self._deleted.append((intent, ref))

    def store(self) -> None:
        if not (self._made or self._deleted):
            return
        # Not lasting: after a power cut the intent is looked up by its key, and the receipt written again.
        with self._context.store.write(lasting=bool(self._deleted)) as session:
            self._leave_out_forgotten(session)
            self._keep(session, self._made)
            moved = [intent.write.target for intent, record in self._made if made_anew(intent, record)]
            Records(session).mark_deleted([ref for ref in moved if ref is not None], self._context.now())
            save_agreements(session, self._made, self._context.now())
            for intent, record in self._made:
                summary = _summary(self._entity(record), record)
                Intents(session).receipt(intent.key, record.ref, self._context.now(), summary=summary)
            resolve_made(self._context, session, [intent for intent, _ in (*self._made, *self._deleted)])
            Records(session).mark_deleted([ref for _, ref in self._deleted], self._context.now())
            record_deleted(session, self._deleted, self._context.now())
            save_agreements(session, [(intent, None) for intent, _ in self._deleted], self._context.now())
            for intent, ref in self._deleted:
                Intents(session).receipt(intent.key, ref, self._context.now())
        self._made.clear()
        self._deleted.clear()

    def _leave_out_forgotten(self, session: Session) -> None:
        """A service that was forgotten while it was written to: nothing more is kept of it."""
        known = Intents(session).known([intent.key for intent, _ in (*self._made, *self._deleted)])
        self._made = [each for each in self._made if each[0].key in known]
        self._deleted = [each for each in self._deleted if each[0].key in known]

    def _keep(self, session: Session, made: Sequence[tuple[Intent, Record]]) -> None:
        kinds: dict[str, list[Record]] = {}
        written: dict[RecordRef, list[Intent]] = {}
        for intent, record in made:
            kinds.setdefault(self._entity(record).key, []).append(record)
            written.setdefault(record.ref, []).append(intent)
        for some in kinds.values():
            entity = self._entity(some[0])
            repository = Documents(session) if entity.kind == "document" else Records(session)
            partial = [record.ref for record in some if not record.complete or entity.added]
            known = repository.known(partial)
            complete = [over_known(entity, record, known.get(record.ref)) for record in some]
            changes = repository.upsert_many(entity, complete)
            record_written(session, written, changes, self._context.now())

    def _entity(self, record: Record) -> EntityType:
        return self._context.registry.entity(record.ref.service, record.ref.entity)


def _related(entity: EntityType, intent: Intent, record: Record) -> Record:
    """The service may have no place for what a document answers; the hub knows it."""
    relates = intent.write.relates
    if entity.kind != "document" or relates is None or record.fields.get("deal") is not None:
        return record
    return replace(record, fields={**record.fields, "deal": relates})


def _summary(entity: EntityType, record: Record) -> Fields:
    if entity.kind != "document":
        return {}
    document = Document.of(record)
    return {"number": document.number, "status": document.status, "total": document.total}


def find_lost_creations(context: Context, pair: SyncPair, references: References) -> None:
    """Before a plan: what was created without an answer, and has been listed since, is its source's partner.

    Otherwise it would look like a record that was there before, which the pair's settings may want cloned, or left
    alone; or like a new one, of which the other side is to get its own. It is looked up, by its key, where something
    unlinked matches the source, or could be it.
    Raises ConnectorError: no plan may be made before that is known.
    """
    with context.store.read() as session:
        unanswered = Intents(session).unanswered_creations(pair.name)
    if not unanswered:
        return
    alone: Alone = {side: unlinked_records(context, pair, side) for side in SIDES}
    matched = _matched(pair, alone, references)
    receipts = Receipts(context)
    for intent in unanswered:
        if not (matched & {intent.plan.get("left"), intent.plan.get("right")} or _may_be_new(pair, alone, intent)):
            continue
        new = NewRecord(intent.key, intent.write.fields)
        found = context.connectors.get(intent.write.service).find(intent.write.entity, new)
        if found is not None and not _is_linked(context, pair, found.ref):
            # Somebody may have edited it since: the plan looks at both records.
            receipts.made(replace(intent, plan={**intent.plan, "settles": False}), found)
            receipts.store()
        else:
            with context.store.write() as session:
                Intents(session).not_made(intent.key)


def _matched(pair: SyncPair, alone: Alone, references: References) -> set[Value]:
    """Unlinked records that match one of the other side."""
    records = [*alone["left"], *alone["right"]]
    references.learn_of(pair, records)
    matching = match_unlinked(pair, alone["left"], alone["right"], SyncOptions(references=references))
    unmatched = {*matching.left_only, *matching.right_only}
    return {record.ref for record in records if record.ref not in unmatched}


def _may_be_new(pair: SyncPair, alone: Alone, intent: Intent) -> bool:
    """Is there an unlinked record, no older than the creation, that would get a partner of its own?"""
    side: Side = "left" if intent.plan.get("side") == "left" else "right"
    since = intent.created_at - _SKEW
    return pair.direction.into(other(side)) and any(
        record.modified_at is None or record.modified_at >= since for record in alone[side]
    )


def _is_linked(context: Context, pair: SyncPair, ref: RecordRef) -> bool:
    with context.store.read() as session:
        return any(link.pair == pair.name for link in Links(session).of(ref))
