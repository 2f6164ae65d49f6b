"""Has a record changed since a write was planned? One listing of what changed answers for many writes."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from time import monotonic
from weakref import WeakKeyDictionary

from tsunagi.app.context import Context
from tsunagi.domain.abilities import BatchWrites, KnownUpdates
from tsunagi.domain.connector import Capabilities, Connector
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ConnectorError, NotConnected, ServiceOff, StaleRecord
from tsunagi.store.database import Store
from tsunagi.store.intents import Intent
from tsunagi.store.listings import Cursors
from tsunagi.store.records import Records
from tsunagi.text import Text

# Seconds a listing answers for, where the answer of a write shows whether somebody came in between. Many writes in one
# call, of which it does not, are preceded by a listing of their own.
_FRESH = 20.0
# Likewise, where a write repeats what stands beside the fields it changes, since an edit of that would be written over;
# but for so many writes at least, some three seconds of them, so that listings stay few beside writes.
_FRESH_WHOLE = 2.0
_WRITES_A_LISTING = 40
# More pages than these were not changed since the last sync: then each write looks for itself.
_MOST_PAGES = 50


@dataclass(slots=True)
class _Changes:
    """What was listed of one kind since the cursor the last sync left, by record its version.

    `run` is whose writes it answers for; `asked` are those it answered for last, `made` counts those made upon it.
    """

    begun_at: str
    cursor: str
    run: str
    versions: dict[RecordRef, str] = field(default_factory=dict)
    read_at: float = 0.0
    asked: frozenset[str] = frozenset()
    made: int = 0


_lock = threading.Lock()
_listed: WeakKeyDictionary[Store, dict[tuple[str, str], _Changes]] = WeakKeyDictionary()


def checked(context: Context, intents: Sequence[Intent]) -> Mapping[str, Record | StaleRecord]:
    """By key, for updates that have not been tried: the record as it still is, or that it has changed.

    What is not in the answer has to be looked at by the write itself.
    """
    found: dict[str, Record | StaleRecord] = {}
    updates = [intent for intent in intents if _can_be_checked(intent)]
    kinds: dict[tuple[str, str], list[Intent]] = {}
    for intent in updates:
        kinds.setdefault((intent.write.service, intent.write.entity), []).append(intent)
    for (service, entity), some in kinds.items():
        try:
            connector = context.connectors.get(service)
            able = connector.capabilities.get(entity)
            if able is not None and _saves_calls(context, connector, able, some):
                found |= _checked(context, able, some, _fresh_for(connector, able, some))
        except (NotConnected, ServiceOff, ConnectorError):
            # The write itself will say so.
            continue
    return found


def _can_be_checked(intent: Intent) -> bool:
    expected = intent.plan.get("expected_version")
    return bool(intent.pair) and intent.write.operation == "update" and bool(expected) and intent.attempts <= 1


def _saves_calls(context: Context, connector: Connector, able: Capabilities, intents: Sequence[Intent]) -> bool:
    if able.lists_unchanged:
        write = intents[0].write
        with context.store.read() as session:
            pages = ceil(Records(session).count(write.service, write.entity) / able.page_size)
        if pages >= len(intents):
            return False
    return isinstance(connector, KnownUpdates) or (
        isinstance(connector, BatchWrites) and min(able.batch_update, len(intents)) > 1
    )


def _fresh_for(connector: Connector, able: Capabilities, intents: Sequence[Intent]) -> float:
    """For how long a listing answers for these writes."""
    if isinstance(connector, BatchWrites):
        return 0.0
    whole = any(able.written_whole & intent.write.fields.keys() for intent in intents)
    return _FRESH_WHOLE if whole else _FRESH


def _checked(
    context: Context, able: Capabilities, intents: Sequence[Intent], fresh: float
) -> dict[str, Record | StaleRecord]:
    found: dict[str, Record | StaleRecord] = {}
    with context.store.read() as session:
        targets = Records(session).get_many([i.write.target for i in intents if i.write.target])
        parents = [parent for record in targets.values() if (parent := _parent(record, able))]
        known = {**targets, **Records(session).get_many(parents)}
    kinds = {(ref.service, ref.entity) for ref in known}
    run = intents[0].batch.partition(":")[0]
    _forget_other_runs(context, kinds, run)
    _count_made(context, kinds, frozenset(intent.key for intent in intents))
    _forget(context, kinds, older=fresh, made=_WRITES_A_LISTING if fresh == _FRESH_WHOLE else 0)
    read_again: set[tuple[str, str]] = set()
    for intent in intents:
        target, expected = intent.write.target, str(intent.plan["expected_version"])
        record = targets.get(target) if target else None
        witness = _parent(record, able) if record and able.listing == "by_parent" else target
        if target is None or record is None or record.version != expected or witness not in known:
            continue
        kind, now = (witness.service, witness.entity), known[witness].version
        versions = _changes_of(context, run, *kind)
        if versions is not None and versions.get(witness, now) != now and kind not in read_again:
            # What was listed a while ago may be older than what the store knows by now: our own writes, say.
            read_again.add(kind)
            _forget(context, {kind})
            versions = _changes_of(context, run, *kind)
        if versions is None:
            continue
        unmoved = versions.get(witness, now) == now
        if unmoved:
            found[intent.key] = record
        elif witness == target:
            found[intent.key] = moved_on(target, expected, versions[target])
    return found


def _count_made(context: Context, kinds: Collection[tuple[str, str]], asked: frozenset[str]) -> None:
    """Writes that are asked for no more were made."""
    with _lock:
        for kind in kinds:
            if changes := _listed.get(context.store, {}).get(kind):
                changes.made += len(changes.asked - asked)
                changes.asked = asked


def _forget(context: Context, kinds: Collection[tuple[str, str]], *, older: float = 0.0, made: int = 0) -> None:
    """What was listed of these that many seconds and writes ago is too old."""
    with _lock:
        for kind in kinds:
            changes = _listed.get(context.store, {}).get(kind)
            if changes and monotonic() - changes.read_at >= older and changes.made >= made:
                changes.read_at, changes.made = 0.0, 0


def _forget_other_runs(context: Context, kinds: Collection[tuple[str, str]], run: str) -> None:
    """What was edited between two runs is in no listing of the earlier one: a notification may follow in seconds."""
    with _lock:
        for kind in kinds:
            changes = _listed.get(context.store, {}).get(kind)
            if changes and changes.run != run:
                changes.run, changes.read_at, changes.made = run, 0.0, 0


def _parent(record: Record, able: Capabilities) -> RecordRef | None:
    parent = record.fields.get(able.parent) if able.parent else None
    return parent if isinstance(parent, RecordRef) else None


def _changes_of(context: Context, run: str, service: str, entity: str) -> Mapping[RecordRef, str] | None:
    """Versions by record of what changed since the last sync; None where no listing tells."""
    with context.store.read() as session:
        position = Cursors(session).get(service, entity)
    able = context.connectors.get(service).capabilities.get(entity)
    if position is None or not position.complete or able is None or able.listing != "all":
        return None
    with _lock:
        kinds = _listed.setdefault(context.store, {})
        changes = kinds.get((service, entity))
        if changes is None or changes.begun_at != position.cursor:
            changes = kinds[service, entity] = _Changes(position.cursor, position.cursor, run)
        if changes.read_at and monotonic() - changes.read_at < _FRESH:
            return changes.versions
        return changes.versions if _read_on(context, service, entity, changes) else None


def _read_on(context: Context, service: str, entity: str, changes: _Changes) -> bool:
    connector = context.connectors.get(service)
    for _ in range(_MOST_PAGES):
        page = connector.changes(entity, changes.cursor)
        changes.versions |= {record.ref: record.version for record in page.records}
        changes.cursor = page.cursor
        if not page.more:
            changes.read_at = monotonic()
            return True
    return False


def moved_on(ref: RecordRef, expected: str, now: str) -> StaleRecord:
    """The error of a record that is in another version than was planned from."""
    return StaleRecord(
        Text(
            en=f"{ref} was changed in the meantime: version {expected} was expected, it is {now}.",
            ja=f"{ref} はその間に変更されました(想定した版 {expected}、現在の版 {now})。",
        ),
        service=ref.service,
    )
