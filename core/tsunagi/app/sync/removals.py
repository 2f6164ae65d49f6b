"""What was deleted or merged at a service that lists it: the listings of changes show only what is still there."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from tsunagi.app import jobs
from tsunagi.app.context import Context
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.abilities import Removal, Removals
from tsunagi.domain.conflicts import DeletionPolicy
from tsunagi.domain.records import RecordRef
from tsunagi.errors import NotConnected, RecordNotFound, ServiceOff, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent
from tsunagi.store.links import Links
from tsunagi.store.listings import Cursors
from tsunagi.store.records import Records

log = Log(__name__)

# A list of deletions of its own costs a call: where no pair waits for it, it is read no more often than this.
_EVERY = timedelta(minutes=10)
# Services date deletions to the second, and by their own clocks.
_SLACK = timedelta(minutes=5)


def read_removals(run: str, listed: Sequence[Sequence[str]], away: Collection[str], *, always: bool) -> None:
    """After the listings, whose changes show what replaced a merged record. Inside a workflow.

    A service that does not answer is read at the next run: the cursor stays where it was.
    """
    for service, entity in listed:
        if service not in away:
            _read(run, service, entity, always)


@jobs.step("read_removals")
def _read(run: str, service: str, entity: str, always: bool) -> int:
    context = jobs.current_context()
    if not _synced(context, service, entity):
        return 0
    position = f"{entity}/removals"
    with context.store.read() as session:
        since, read_at = Cursors(session).get(service, position), Cursors(session).read_at(service, position)
    now = context.now()
    if since is None:
        # What was deleted before the first listing was in none.
        _remember(context, service, position, now - _SLACK)
        return 0
    if read_at is not None and not always and now - read_at < _EVERY and not _awaited(context, service, entity):
        return 0
    try:
        connector = context.connectors.get(service)
        if not isinstance(connector, Removals):
            return 0
        found = connector.removals(entity, datetime.fromisoformat(since.cursor) - _SLACK)
    except (NotConnected, ServiceOff):
        return 0
    except TsunagiError as error:
        log.warning("removals_not_read", service=service, entity=entity, reason=str(error))
        return 0
    deleted = take_removals(context, service, entity, found, batch=f"{run}:{service}.{entity}:removals")
    latest = max((each.at for each in found), default=datetime.fromisoformat(since.cursor))
    _remember(context, service, position, latest)
    return deleted


def take_removals(context: Context, service: str, entity: str, found: Sequence[Removal], *, batch: str) -> int:
    """Mark those records of the hub as deleted, with the ones they were merged into; returns how many were new."""
    removals = {RecordRef(service, entity, each.id): each for each in found}
    with context.store.read() as session:
        # Deleted and restored since: what is listed with a later change is there.
        known = Records(session).get_many(removals)
    news = [
        ref for ref, record in known.items() if record.modified_at is None or record.modified_at <= removals[ref].at
    ]
    if not news:
        return 0
    merged = survivors(context, {ref: removals[ref] for ref in news if removals[ref].for_good})
    kind = context.registry.entity(service, entity)
    ingest(
        context,
        kind,
        (),
        batch=batch,
        deleted=news,
        in_transaction=lambda session: Records(session).mark_merged(merged),
    )
    return len(news)


def merged_among(
    context: Context, service: str, entity: str, deleted: Sequence[RecordRef]
) -> dict[RecordRef, RecordRef]:
    """Of linked records that a notification calls deleted: those merged into others. One call, where any is linked."""
    connector = context.connectors.get(service)
    with context.store.read() as session:
        linked = Links(session).of_many(deleted)
    if not linked or not isinstance(connector, Removals):
        return {}
    found = {RecordRef(service, entity, each.id): each for each in connector.removals(entity, context.now() - _EVERY)}
    return survivors(context, {ref: found[ref] for ref in linked if ref in found and found[ref].for_good})


def survivors(context: Context, removed: Mapping[RecordRef, Removal]) -> dict[RecordRef, RecordRef]:
    """Which record each of these was merged into, where that is known.

    A CRM does not report it. References to the merged record now lead to the survivor; where none did, the only
    living record of the same name is taken for it.
    """
    with context.store.read() as session:
        linked = {ref: removed[ref] for ref in Links(session).of_many(removed)}
        if not linked:
            return {}
        since = min(each.at for each in linked.values()) - _SLACK
        moved = Events(session).moved_references(linked, since)
        found = {ref: Counter(targets).most_common(1)[0][0] for ref, targets in moved.items()}
        alive = Records(session).get_many(found.values())
        found = {ref: target for ref, target in found.items() if target in alive}
        for ref in linked.keys() - found.keys():
            title = _title(context, Records(session).known([ref]).get(ref), ref)
            namesakes = Records(session).titled(ref.service, ref.entity, [title]) if title else {}
            others = [each for some in namesakes.values() for each in some if each not in removed]
            if len(others) == 1:
                found[ref] = others[0]
    return found


def _title(context: Context, record: object, ref: RecordRef) -> str:
    field = context.registry.entity(ref.service, ref.entity).title
    fields = getattr(record, "fields", {})
    return str(fields.get(field) or "")


def _synced(context: Context, service: str, entity: str) -> bool:
    pairs = context.registry.pairs.values()
    return any((end.service, end.entity) == (service, entity) for pair in pairs for end in (pair.left, pair.right))


def _awaited(context: Context, service: str, entity: str) -> bool:
    """Does a pair do anything about deletions of this kind of record?"""
    book = context.pair_settings.book()
    policies = (
        {said.deletions, said.merges}
        for name, pair in book.pairs.items()
        if (said := book.settings.get(name))
        and (service, entity) in {(end.service, end.entity) for end in (pair.left, pair.right)}
    )
    return any(each != {DeletionPolicy.IGNORE} for each in policies)


def _remember(context: Context, service: str, position: str, at: datetime) -> None:
    with context.store.write() as session:
        Cursors(session).put(service, position, at.isoformat(), context.now(), complete=True)


def note_gone(context: Context, intent: Intent) -> None:
    """Take in as deleted what is: the next plan follows the pair's policy, and an edit survives.

    The records themselves are asked for, since the service does not say which one it misses: the target of a pair's
    write, the customer of an invoice that a rule makes.
    """
    for ref in _perhaps_gone(context, intent):
        try:
            context.connectors.get(ref.service).get(ref)
        except RecordNotFound:
            kind = context.registry.entity(ref.service, ref.entity)
            ingest(context, kind, (), batch=f"{intent.batch}:gone", deleted=[ref])
        except TsunagiError as error:
            log.warning("not_looked_up", record=str(ref), reason=str(error))


def _perhaps_gone(context: Context, intent: Intent) -> Sequence[RecordRef]:
    if intent.pair:
        return [intent.write.target] if intent.write.target else []
    named = [value for value in intent.write.fields.values() if isinstance(value, RecordRef)]
    return [ref for ref in named if ref.service == intent.write.service and _synced(context, ref.service, ref.entity)]
