"""Records that a listing shows in part, read completely where a sync is about to copy them to the other side."""

from collections.abc import Sequence

from tsunagi.app.context import Context
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_states import unlinked_records
from tsunagi.domain.mapping import PairEnd, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.records import Records

# Read, and kept, so many at a time: a run that is cut short goes on from there.
_TOGETHER = 50


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
    rights = unlinked_records(context, pair, "right")
    wanted = [record.ref for record in rights if _is_partial(pair, record)]
    for start in range(0, len(wanted), _TOGETHER):
        ids = [ref.id for ref in wanted[start : start + _TOGETHER]]
        found = context.connectors.get(pair.right.service).get_many(pair.right.entity, ids)
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
    lefts = unlinked_records(context, pair, "left")
    references.learn_of(pair, lefts)
    owners = [parent.read("left", record.fields) for record in lefts]
    customers = [references(parent.reference, ref) for ref in owners if isinstance(ref, RecordRef)]
    connector = context.connectors.get(pair.right.service)
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
