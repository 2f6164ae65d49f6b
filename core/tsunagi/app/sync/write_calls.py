"""The calls that writes take: one each, or one for several where the service can do that."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from tsunagi.app.context import Context
from tsunagi.app.sync.pair_plan import CARRIED_BY, RELATION, keys_carried
from tsunagi.app.sync.preconditions import moved_on
from tsunagi.domain.abilities import BatchWrites, CarryingWrites, KnownUpdates, RecordChange
from tsunagi.domain.connector import Connector, NewRecord
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import NotConnected, OutcomeUnknown, RecordNotFound, ServiceOff, TsunagiError
from tsunagi.store.intents import Intent
from tsunagi.text import Text

_UNEVEN = Text(en="The answer does not tell what came of each record.", ja="応答から各レコードの結果を判断できません。")
# Calls to one service that are under way at the same time; its own limit may be lower.
_AT_ONCE = 4

Answer = Record | TsunagiError | None
"""What came of one write: the record, None where it was deleted, or why it was not made (or nobody knows)."""


@dataclass(frozen=True, slots=True)
class Call:
    """Writes that go in one call. `carried` are those that the only one of `writes` takes along.

    `plain` calls wait for nothing and look nothing up: several of them may be under way at the same time. `known` is
    the record as it is, where that is known without reading it.
    """

    writes: tuple[Intent, ...]
    carried: tuple[Intent, ...] = ()
    plain: bool = False
    known: Record | None = None

    @property
    def service(self) -> str:
        return self.writes[0].write.service


def calls_of(
    context: Context, intents: Iterable[Intent], carried: Mapping[str, Intent], known: Mapping[str, Record]
) -> Iterator[Call]:
    """The calls that make these writes, in order.

    `carried` has, by key, what some of them take along; `known` the records, by the key of their update, that are known
    to be as they were planned from.
    """
    batch: list[Intent] = []
    for intent in intents:
        if batch and not _goes_with(context, batch, intent):
            yield Call(tuple(batch), plain=True)
            batch = []
        if (intent.write.operation == "create" or intent.key in known) and _most_at_once(context, intent) > 1:
            batch.append(intent)
            continue
        load = tuple(carried[key] for key in keys_carried(intent) if key in carried)
        yield Call((intent,), load, plain=_is_plain(intent), known=known.get(intent.key))
    if batch:
        yield Call(tuple(batch), plain=True)


def _goes_with(context: Context, batch: Sequence[Intent], intent: Intent) -> bool:
    first, write = batch[0].write, intent.write
    alike = (first.service, first.entity, first.operation) == (write.service, write.entity, write.operation)
    most = _most_at_once(context, intent)
    repeated = write.target is not None and any(one.write.target == write.target for one in batch)
    return alike and len(batch) < most and not repeated


def _most_at_once(context: Context, intent: Intent) -> int:
    if not _is_plain(intent):
        return 1
    try:
        connector = context.connectors.get(intent.write.service)
    except (NotConnected, ServiceOff):
        return 1
    able = connector.capabilities.get(intent.write.entity)
    if able is None or not isinstance(connector, BatchWrites):
        return 1
    return able.batch_create if intent.write.operation == "create" else able.batch_update


def _is_plain(intent: Intent) -> bool:
    """A sync's write that hangs on no other one and cannot have been made before."""
    hangs = any(intent.plan.get(term) for term in ("target_of", "look_first", CARRIED_BY))
    return bool(intent.pair) and intent.write.operation in ("create", "update") and not hangs and intent.attempts <= 1


def windows(calls: Iterable[Call]) -> Iterator[list[Call]]:
    """Calls that may be under way at the same time."""
    window: list[Call] = []
    for call in calls:
        if window and not (call.plain and _independent(window, call)):
            yield window
            window = []
        window.append(call)
        if not call.plain or len(window) == _AT_ONCE:
            yield window
            window = []
    if window:
        yield window


def _independent(window: Sequence[Call], call: Call) -> bool:
    """Of one service, and no record is written to twice."""
    targets = {intent.write.target for one in window for intent in one.writes if intent.write.target}
    return window[0].service == call.service and not any(one.write.target in targets for one in call.writes)


def answers_of(context: Context, window: Sequence[Call]) -> list[list[Answer]]:
    """Make plain calls; what came of each write, those that are carried last. Raises nothing for a service's sake."""
    if len(window) == 1:
        return [_answers(context, window[0])]
    return list(_threads(window[0].service).map(lambda call: _answers(context, call), window))


@cache
def _threads(service: str) -> ThreadPoolExecutor:
    # Of each service its own: one that lets its callers wait holds up no other.
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"tsunagi-write-{service}")


def _answers(context: Context, call: Call) -> list[Answer]:
    writes = [*call.writes, *call.carried]
    try:
        return list(_call(context.connectors.get(call.service), call))
    except TsunagiError as error:
        return [error for _ in writes]


def _call(connector: Connector, call: Call) -> Sequence[Answer]:
    first = call.writes[0]
    if call.carried:
        return _created_with(connector, first, call.carried)
    if len(call.writes) > 1:
        assert isinstance(connector, BatchWrites)
        return _written_together(connector, call.writes)
    if call.known is not None and isinstance(connector, KnownUpdates):
        return [connector.update_known(call.known, first.write.fields)]
    return [attempt(connector, first, lambda _: False, doubtful=False)]


def _created_with(connector: Connector, first: Intent, carried: Sequence[Intent]) -> Sequence[Answer]:
    assert isinstance(connector, CarryingWrites)
    others = [NewRecord(intent.key, intent.write.fields) for intent in carried]
    new, relation = NewRecord(first.key, first.write.fields), str(carried[0].plan[RELATION])
    made, theirs = connector.create_with(first.write.entity, new, relation, others)
    return [made, *theirs]


def _written_together(connector: BatchWrites, writes: Sequence[Intent]) -> Sequence[Answer]:
    entity, service = writes[0].write.entity, writes[0].write.service
    if writes[0].write.operation == "create":
        found = connector.create_many(entity, [NewRecord(intent.key, intent.write.fields) for intent in writes])
    else:
        changes = [RecordChange(i.write.target, i.write.fields) for i in writes if i.write.target is not None]
        found = connector.update_many(entity, changes)
    if len(found) != len(writes):
        raise OutcomeUnknown(_UNEVEN, service=service)
    return found


def attempt(
    connector: Connector, intent: Intent, is_taken: Callable[[RecordRef], bool], *, doubtful: bool
) -> Record | None:
    """Make one write by itself; a `doubtful` one, which may have been made, is looked up first.

    Raises what the service answers, and StaleRecord.
    """
    write = intent.write
    if write.operation == "create":
        new = NewRecord(intent.key, write.fields)
        found = connector.find(write.entity, new) if doubtful else None
        if found is not None and not is_taken(found.ref):
            return found
        return connector.create(write.entity, new)
    assert write.target is not None, "an update or a verb has a target"
    if write.operation == "delete":
        # Asked after a lost answer too: a deletion leaves no version of its own, so another one is somebody's edit.
        _require_unchanged(connector, write.target, intent.plan.get("expected_version"))
        connector.delete(write.target)
        return None
    if write.operation == "perform":
        return connector.perform(write.target, write.verb, write.fields)
    expected = intent.plan.get("expected_version")
    version = expected if isinstance(expected, str) and expected else None
    made = _made_before(connector, intent, version) if doubtful and version else None
    return made or connector.update(write.target, write.fields, expected_version=version)


def _made_before(connector: Connector, intent: Intent, expected: str) -> Record | None:
    """What an update made without an answer; None where the record is as it was planned from.

    Raises StaleRecord where it is neither: somebody has edited it since the first try, minutes or a night ago.
    """
    assert intent.write.target is not None
    now = connector.get(intent.write.target)
    if now.version == expected:
        return None
    if all(_shows(now.fields.get(name), value) for name, value in intent.write.fields.items()):
        return now
    raise moved_on(now.ref, expected, now.version)


def _shows(found: Value, sent: Value) -> bool:
    """Is this what became of a value? Services add to what they take: amounts and ids to a document's lines."""
    if isinstance(sent, Mapping) and isinstance(found, Mapping):
        return all(_shows(found.get(name), value) for name, value in sent.items())
    if isinstance(sent, tuple) and isinstance(found, tuple):
        return len(found) == len(sent) and all(map(_shows, found, sent))
    return found == sent


def _require_unchanged(connector: Connector, ref: RecordRef, expected: object) -> None:
    """Raises StaleRecord where somebody has edited since what is to be deleted; deletions have no precondition."""
    if not isinstance(expected, str) or not expected:
        return
    try:
        now = connector.get(ref)
    except RecordNotFound:
        return
    if now.version != expected:
        raise moved_on(ref, expected, now.version)
