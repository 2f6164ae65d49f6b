"""Outside writes: each made once, however often the hub is cut short.

An intent is stored before its write is made. From its second attempt on the write may have been made already,
so it is looked up by its key first.
"""

from collections.abc import Callable, Collection, MutableMapping, Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Literal, TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.fit import FirstSyncPending, require_writable, writable_services
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import OUTCOME_UNKNOWN, reason_of
from tsunagi.app.open_items.writes import report_failed, report_waiting
from tsunagi.app.sync.receipts import Receipts
from tsunagi.domain.connector import Connector, NewRecord
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import (
    ConnectorError,
    NotConnected,
    OutcomeUnknown,
    RecordUnusable,
    ServiceOff,
    StaleRecord,
    TsunagiError,
)
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.links import Links
from tsunagi.text import Text

# How many keys a workflow fetches at a time, and how often it waits for a service that is away.
_PREFETCH = 200
_PATIENCE = 8
_LONGEST_WAIT = 60.0
# How batches begin that a person waits for, and how long one is left to whoever makes it for them.
BY_PEOPLE, BEING_MADE = "by-people:", timedelta(minutes=5)
# Receipts of quick writes are stored together, so many or for so long (seconds): a commit and a checkpoint for
# each would take longer than the service does. What is cut short in between is looked up by its key.
_TOGETHER, _TOGETHER_SECONDS = 20, 0.2


class WriteOutcome(TypedDict):
    """What came of one write. `wait` (seconds) is set while the service is away; `text` says why it is not done."""

    state: Literal["done", "failed", "abandoned", "waiting"]
    wait: float
    reason: dict[str, str]


class BatchOutcome(TypedDict):
    """How many writes of a batch ended in each way; `postponed` ones are made by a later run."""

    done: int
    failed: int
    abandoned: int
    postponed: int


def make_batch(batch: str, progress: Callable[[BatchOutcome], None] | None = None) -> BatchOutcome:
    """Make every planned write of a batch, in order; called inside a workflow. `progress` hears of each step."""
    total: BatchOutcome = {"done": 0, "failed": 0, "abandoned": 0, "postponed": 0}
    _begin(batch)
    after: str | None = None
    while True:
        keys, after = _planned(batch, after)
        if left := _make_patiently(keys, total, progress):
            total["postponed"] += left
            return total
        if after is None:
            return total


def _make_patiently(keys: list[str], total: BatchOutcome, progress: Callable[[BatchOutcome], None] | None) -> int:
    """How many writes are left for a later run because the service has stayed away too long."""
    waits, aside = 0, False
    while keys:
        outcomes = _write(keys[:_TOGETHER])
        for outcome in outcomes:
            if outcome["state"] != "waiting":
                total[outcome["state"]] += 1
                keys, waits, aside = keys[1:], 0, False
        if progress is not None:
            progress(total)
        if outcomes[-1]["state"] == "waiting":
            waits += 1
            if waits < _PATIENCE:
                jobs.sleep(outcomes[-1]["wait"])
            elif aside or outcomes[-1]["reason"].get("code") != OUTCOME_UNKNOWN.code:
                return len(keys)
            else:
                # It may be this one record that the service cannot bear: the next one tells.
                _set_aside(keys[0])
                total["failed"] += 1
                keys, waits, aside = keys[1:], 0, True
    return 0


def _begin(batch: str) -> None:
    # Not a step: a workflow that resumes must count as another attempt.
    context = jobs.current_context()
    with context.store.write() as session:
        Intents(session).begin(batch)


@jobs.step("planned_writes")
def _planned(batch: str, after: str | None) -> tuple[list[str], str | None]:
    """Kept as a step's result, so that a resumed workflow goes through the same writes in the same order."""
    with jobs.current_context().store.read() as session:
        found = Intents(session).pending(batch, after=after, limit=_PREFETCH)
    return [intent.key for intent in found.items], found.next


@jobs.step("write")
def _write(keys: list[str]) -> list[WriteOutcome]:
    return make(jobs.current_context(), keys)


@jobs.step("set_aside")
def _set_aside(key: str) -> None:
    """The write may have been made; when it is tried again, it is looked up first."""
    context = jobs.current_context()
    with context.store.write() as session:
        intent = Intents(session).get(key)
        if intent is None or intent.state != "planned":
            return
        error = OutcomeUnknown(intent.problem or Text.same(""), service=intent.write.service)
        Intents(session).failure(key, error.message, context.now(), certain=False)
        report_failed(context, session, intent, error)


def make(
    context: Context, keys: Sequence[str], errors: MutableMapping[str, TsunagiError] | None = None
) -> list[WriteOutcome]:
    """Make writes in order, unless they have their receipts already. Never raises for the service's sake.

    `errors` takes what kept a write from being made, by key, for a caller whom somebody waits for.

    Returns an outcome for each that was tried: not for those behind one that has to wait, nor for those left over
    when the time for one step is up. A service that takes its time has every receipt stored at once.
    """
    receipts = Receipts(context)
    outcomes: list[WriteOutcome] = []
    with context.store.read() as session:
        intents = Intents(session).get_many(keys)
    writable = writable_services(context)
    until = monotonic() + _TOGETHER_SECONDS
    heard: MutableMapping[str, TsunagiError] = errors if errors is not None else {}
    try:
        for key in keys:
            outcomes.append(_make_one(context, intents.get(key), receipts, writable, heard))
            if outcomes[-1]["state"] == "waiting" or monotonic() > until:
                break
    finally:
        receipts.store()
    return outcomes


def _make_one(
    context: Context,
    intent: Intent | None,
    receipts: Receipts,
    writable: Collection[str],
    heard: MutableMapping[str, TsunagiError],
) -> WriteOutcome:
    if intent is None or intent.state != "planned":
        return _outcome("done" if intent and intent.state == "done" else "abandoned")
    if awaited := intent.plan.get("target_of"):
        found = _target_of(context, str(awaited), receipts)
        if not isinstance(found, RecordRef):
            return _without_target(context, intent, found)
        intent = replace(intent, write=replace(intent.write, target=found))
    try:
        if intent.write.service not in writable:
            # The last door: whatever planned this write, the first sync was not started, or both sides do not fit.
            require_writable(context.connectors.connection(intent.write.service))
        record = _made(context, intent, receipts)
    except ConnectorError as error:
        heard[intent.key] = error
        return _refused(context, intent, error)
    except (NotConnected, ServiceOff, FirstSyncPending, Incompatible) as error:
        # Switched off, forgotten or found not to fit since it was planned: not wanted now, no reason against it later.
        heard[intent.key] = error
        return _ended(context, intent, "abandoned", error)
    except TsunagiError as error:
        heard[intent.key] = error
        return _ended(context, intent, "failed", error)
    if record is not None:
        receipts.made(intent, record)
    elif intent.write.target is not None:
        receipts.deleted(intent, intent.write.target)
    return _outcome("done")


def _target_of(context: Context, key: str, receipts: Receipts) -> RecordRef | Intent | None:
    """The record that another write was to make; that write as it stands where it has not (yet)."""
    receipts.store()
    made = _stored(context, key)
    return made.result if made is not None and made.result is not None else made


def _without_target(context: Context, intent: Intent, awaited: Intent | None) -> WriteOutcome:
    if awaited is not None and awaited.state == "planned":
        why = Text(en="The record it is about is still to be made.", ja="対象のレコードがまだ作成されていません。")
        with context.store.write() as session:
            Intents(session).delay(intent.key, why)
        return _outcome("waiting", why, wait=5.0)
    why = Text(en="The record it is about was not made.", ja="対象のレコードは作成されませんでした。")
    return _ended(context, intent, "abandoned", RecordUnusable(why, ref=str(intent.write.relates or ""), field=""))


def _stored(context: Context, key: str) -> Intent | None:
    with context.store.read() as session:
        return Intents(session).get(key)


def _made(context: Context, intent: Intent, receipts: Receipts) -> Record | None:
    connector = context.connectors.get(intent.write.service)

    def is_taken(ref: RecordRef) -> bool:
        # A service without a place for keys finds by name: that may be another record's partner, perhaps
        # one that was made a moment ago.
        receipts.store()
        with context.store.read() as session:
            links = [link for link in Links(session).of(ref) if link.pair == intent.pair] if intent.pair else []
        own = {intent.plan.get("left"), intent.plan.get("right")}
        return any(link.other(ref) not in own for link in links)

    doubtful = intent.attempts > 1 or bool(intent.plan.get("look_first"))
    for _ in range(3):
        try:
            return _attempt(connector, intent, is_taken, doubtful=doubtful)
        except OutcomeUnknown as error:
            doubtful, last = True, error
    raise last


def _attempt(
    connector: Connector, intent: Intent, is_taken: Callable[[RecordRef], bool], *, doubtful: bool
) -> Record | None:
    write = intent.write
    if write.operation == "create":
        new = NewRecord(intent.key, write.fields)
        found = connector.find(write.entity, new) if doubtful else None
        if found is not None and not is_taken(found.ref):
            return found
        return connector.create(write.entity, new)
    assert write.target is not None, "an update or a verb has a target"
    if write.operation == "delete":
        connector.delete(write.target)
        return None
    if write.operation == "perform":
        return connector.perform(write.target, write.verb, write.fields)
    expected = intent.plan.get("expected_version")
    # After a lost answer the version may be our own write's: writing the same values again is safe.
    version = expected if isinstance(expected, str) and not doubtful else None
    return connector.update(write.target, write.fields, expected_version=version)


def _refused(context: Context, intent: Intent, error: ConnectorError) -> WriteOutcome:
    if error.retryable or isinstance(error, OutcomeUnknown):
        with context.store.write() as session:
            if Intents(session).get(intent.key) is not None:
                Intents(session).delay(intent.key, error.message)
                report_waiting(context, session, intent, error)
        waiting = _outcome("waiting", error.message, wait=min(error.retry_after or 5.0, _LONGEST_WAIT))
        waiting["reason"]["code"] = reason_of(error).code
        return waiting
    if isinstance(error, StaleRecord):
        # It changed since it was planned: the next sync plans it from what it is then.
        return _ended(context, intent, "abandoned", error)
    return _ended(context, intent, "failed", error)


def _ended(
    context: Context, intent: Intent, state: Literal["failed", "abandoned"], error: TsunagiError
) -> WriteOutcome:
    with context.store.write() as session:
        intents = Intents(session)
        # Not there any more: its service was forgotten meanwhile, and it with it.
        if intents.get(intent.key) is None:
            return _outcome(state, error.message)
        (intents.failure if state == "failed" else intents.abandon)(intent.key, error.message, context.now())
        report_failed(context, session, intent, error)
    return _outcome(state, error.message)


def _outcome(
    state: Literal["done", "failed", "abandoned", "waiting"], reason: Text | None = None, *, wait: float = 0.0
) -> WriteOutcome:
    return {"state": state, "wait": wait, "reason": {"en": reason.en, "ja": reason.ja} if reason else {}}
