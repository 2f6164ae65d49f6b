"""The single entry: records read from a service, after a callback or by a poll, become events and intents.

Reading and deciding happen first, outside any transaction, since an action may ask a service. Then everything
is stored at once: records, events and the mark that they were seen, the rules' decisions, and the intents.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import store_new
from tsunagi.app.automation.evaluate import evaluate
from tsunagi.app.connections.added_fields import look_again_if_emptied, take_up_shown
from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import remember_hooks, report_hooks
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_states import unlinked_pages
from tsunagi.app.sync.recording import record_seen
from tsunagi.app.sync.related_lists import related_changes
from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Event, deletion, events_of
from tsunagi.domain.mapping import PairEnd, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.baselines import Baselines
from tsunagi.store.documents import Documents
from tsunagi.store.links import Links
from tsunagi.store.presence import Change
from tsunagi.store.records import Records
from tsunagi.store.tables import by_kind, chunks

# Read, and kept, so many at a time: a run that is cut short goes on from there.
_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a page of records. `awaits` are those that rules need to be kept in step first."""

    read: int
    changed: int
    events: int
    intents: int
    awaits: tuple[RecordRef, ...] = ()


def ingest(
    context: Context,
    entity: EntityType,
    records: Sequence[Record],
    *,
    batch: str,
    deleted: Sequence[RecordRef] = (),
    initial: bool = False,
    seen_in: str | None = None,
    in_transaction: Callable[[Session], None] | None = None,
) -> Ingested:
    """Take in what a service showed of one kind of record.

    `batch` names the intents that follow. `initial` takes records that are new to the hub in as they are, without
    events: records that existed before connecting raise none. `in_transaction` is done in the same transaction (the
    cursor, the inbox).
    Raises ConnectorError when an action could not read what it needs; nothing is stored then.
    """
    remember_hooks(context)
    known = _known(context, entity, [*(record.ref for record in records), *deleted])
    look_again_if_emptied(context, entity, records, known)
    complete = [context.hooks.prepare_record(over_known(entity, each, known.get(each.ref))) for each in records]
    reported = [record for record in complete if record.ref in known] if initial else complete
    events = list(_events(context, entity, reported, deleted, known))
    stored = StoredContext(context, {record.ref: record for record in complete})
    changed_now = {event.ref for event in events}
    lists = related_changes(context, entity, [each for each in complete if each.ref in changed_now], stored)
    events += lists.events
    evaluated = [evaluate(context, event, stored, batch) for event in events]
    with context.store.write() as session:
        changed = _repository(session, entity).upsert_many(entity, complete, seen_in=seen_in)
        _doubt_links(session, changed)
        gone = _repository(session, entity).mark_deleted(deleted, context.now())
        run = batch.partition(":")[0]
        record_seen(session, changed, gone, records, run=run, at=context.now(), initial=initial)
        news = store_new(context, session, evaluated)
        lists.keep(session)
        report_hooks(context, session)
        if in_transaction is not None:
            in_transaction(session)
    take_up_shown(context, entity, records)
    for each in news:
        context.hooks.on_event(each.event)
    _report_hooks(context)
    awaits = tuple(dict.fromkeys(ref for each in news for ref in each.awaits))
    return Ingested(len(records), len(changed), len(news), sum(len(each.intents) for each in news), awaits)


def over_known(entity: EntityType, record: Record, known: Record | None) -> Record:
    """What a reading leaves out is as it was known to be, also in a complete one where an organisation has added it.

    A field that was removed from a kind of record is no edit of its records.
    """
    if known is None:
        return record
    complete = record.over(known)
    left_out = {name: value for name, value in known.fields.items() if name not in complete.fields}
    kept = {name: value for name, value in left_out.items() if entity.is_added(name)}
    return replace(complete, fields={**complete.fields, **kept}) if kept else complete


def look_at_lists(context: Context, refs: Sequence[RecordRef], *, batch: str) -> int:
    """Read the lists under records that did not change themselves; returns how many writes follow.

    Raises ConnectorError; nothing is stored then.
    """
    with context.store.read() as session:
        known = Records(session).get_many(refs)
    stored = StoredContext(context, known)
    intents = 0
    for service, name, _ in by_kind(known):
        entity = context.registry.entity(service, name)
        records = [record for ref, record in known.items() if (ref.service, ref.entity) == (service, name)]
        lists = related_changes(context, entity, records, stored)
        evaluated = [evaluate(context, event, stored, batch) for event in lists.events]
        with context.store.write() as session:
            news = store_new(context, session, evaluated)
            lists.keep(session)
        for each in news:
            context.hooks.on_event(each.event)
        intents += sum(len(each.intents) for each in news)
    _report_hooks(context)
    return intents


def _report_hooks(context: Context) -> None:
    if context.hooks.failures.has_changes:
        with context.store.write() as session:
            report_hooks(context, session)


def _doubt_links(session: Session, changed: Sequence[Change]) -> None:
    """Some services date changes to the second: one may follow a reading and not move the version."""
    unmoved = [after.ref for before, after in changed if before is not None and before.version == after.version]
    links = Links(session).of_many(unmoved)
    Baselines(session).doubt({link.id for some in links.values() for link in some})


def _repository(session: Session, entity: EntityType) -> Records | Documents:
    return Documents(session) if entity.kind == "document" else Records(session)


def _known(context: Context, entity: EntityType, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
    with context.store.read() as session:
        return _repository(session, entity).known(refs)


def _events(
    context: Context,
    entity: EntityType,
    records: Sequence[Record],
    deleted: Sequence[RecordRef],
    known: Mapping[RecordRef, Record],
) -> Iterator[Event]:
    at = context.now()
    for record in records:
        before = known.get(record.ref)
        yield from events_of(entity, before.fields if before else None, record, record.modified_at or at, at)
    for ref in deleted:
        if ref in known:
            yield deletion(entity, ref, known[ref].fields, at)


def read_whole(context: Context, service: str, entity: str, records: Sequence[Record]) -> Sequence[Record]:
    """A page of changes of a kind that flows into the CRM: what was edited may be what the listing leaves out.

    Records that show no other version than is known cost nothing.
    """
    if not _flows_out(context, service, entity):
        return records
    partial = [record for record in records if not record.complete]
    with context.store.read() as session:
        known = Records(session).get_many([record.ref for record in partial])
    moved = [r.ref.id for r in partial if r.ref not in known or known[r.ref].version != r.version]
    if not moved:
        return records
    whole = {record.ref: record for record in context.connectors.get(service).get_many(entity, moved)}
    return [whole.get(record.ref, record) for record in records]


def complete_unlinked(context: Context, run: str, pair: SyncPair, references: References) -> None:
    """Before a plan: read completely the unlinked finance records it would create in the CRM, and those an integration
    used before has linked; and the people of matched customers, whom no listing shows.
    """
    for rights in unlinked_pages(context, pair, "right"):
        for some in chunks([record.ref.id for record in rights if _is_partial(pair, record)], _TOGETHER):
            found = context.connectors.get(pair.right.service).get_many(pair.right.entity, some)
            _take(context, pair.right, found, run)
    _read_people(context, run, pair, references)


def _is_partial(pair: SyncPair, record: Record) -> bool:
    """Listings leave out fields entirely; a record that was read itself has every one, be it empty."""
    mapped = {name for fm in pair.mapping.fields for name in fm.names("right") if not name.startswith("cf_")}
    missing = not mapped <= record.fields.keys()
    linked_before = record.fields.get("linked_with_crm") is True and not any(map(record.text, pair.former_ids))
    return missing and (pair.direction.into("left") or (linked_before and bool(pair.former_ids)))


def _read_people(context: Context, run: str, pair: SyncPair, references: References) -> None:
    """Those of customers that were there before the hub: each customer has a list of its own, read when needed."""
    able = context.connectors.get(pair.right.service).capabilities.get(pair.right.entity)
    parent = next((fm for fm in pair.mapping.references if able and able.parent in fm.names("right")), None)
    if able is None or able.listing != "by_parent" or parent is None:
        return
    connector = context.connectors.get(pair.right.service)
    for lefts in unlinked_pages(context, pair, "left"):
        references.learn_of(pair, lefts)
        owners = [parent.read("left", record.fields) for record in lefts]
        customers = [references(parent.reference, ref) for ref in owners if isinstance(ref, RecordRef)]
        for customer in dict.fromkeys(each for each in customers if each is not None):
            if references.was_matched(customer) and not references.was_read(customer):
                _take(context, pair.right, connector.related(customer, able.relation), run)
                references.have_read(customer)


def _take(context: Context, end: PairEnd, records: Sequence[Record], run: str) -> None:
    kind = context.registry.entity(end.service, end.entity)
    ingest(context, kind, records, batch=f"{run}:{end.service}.{end.entity}:whole", initial=True)


def _flows_out(context: Context, service: str, entity: str) -> bool:
    pairs = context.registry.pairs.values()
    return any((p.right.service, p.right.entity) == (service, entity) and p.direction.into("left") for p in pairs)
