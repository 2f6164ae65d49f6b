"""Writes that failed or had to wait, tried again once their time has come or what they hang on has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.automation.evaluate import asked_again
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import NOT_CONNECTED, RECORD_GONE, RECORD_MOVED_ON, SERVICE_OFF, UNUSABLE
from tsunagi.app.open_items.reporting import resolve
from tsunagi.app.open_items.writes import (
    batch_of,
    intent_of,
    report_failed,
    settle_batches,
    states_of,
    write_key,
)
from tsunagi.app.sync.listing import read_customers_again
from tsunagi.app.sync.run_control import PAUSED, WAITING
from tsunagi.app.sync.writing import BatchOutcome, make_batch, nothing_made
from tsunagi.errors import ConnectorError, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.open_items import OpenItem, OpenItems
from tsunagi.store.sync_runs import SyncRuns

log = Log(__name__)

WORKFLOW = "retry_writes"


@dataclass(frozen=True, slots=True)
class _Again:
    """What becomes of a failed write: made as `wanted`, or no longer wanted, or blocked by `error`."""

    intent: Intent
    wanted: NewIntent | None
    error: TsunagiError | None = None


@jobs.workflow(WORKFLOW)
def retry_writes(batch: str) -> int:
    """Make again what is due; returns how many writes were made."""
    made = make_again(batch)["done"]
    if made:
        read_customers_again(batch, [batch])
    return made


def make_again(batch: str) -> BatchOutcome:
    """Make again whatever is due, inside a workflow. `batch` names the failed writes among it from now on."""
    total = nothing_made()
    for each in _plan_again(batch):
        made = make_batch(each)
        total["done"] += made["done"]
        total["failed"] += made["failed"]
        total["abandoned"] += made["abandoned"]
        total["postponed"] += made["postponed"]
    return total


@jobs.step("plan_again")
def _plan_again(batch: str) -> list[str]:
    return plan_again(jobs.current_context(), batch, at_work=jobs.under_way())


def plan_again(context: Context, batch: str, *, at_work: set[str]) -> list[str]:
    """Put failed writes that are due into `batch`; returns every batch with something to be made now.

    Batches of workflows `at_work` are theirs to make. Repeating it plans the same.
    """
    failed, waiting = _due(context)
    decided = [each for intent in failed if (each := _decided(context, intent, batch)) is not None]
    with context.store.write() as session:
        settle_batches(context, session)
        _carry_out(context, session, decided)
        ready = Intents(session).having_planned([batch, *waiting])
        paused = set(SyncRuns(session).in_state(PAUSED, WAITING))
    return sorted(each for each in ready if each == batch or not _is_at_work(each, at_work | paused))


def due_now(context: Context) -> bool:
    """Is the time of any write's next try over, at a service that is on?"""
    active = {connection.service for connection in context.connectors.active()}
    with context.store.read() as session:
        due = OpenItems(session).due(context.now())
    return any(item.service in active and (intent_of(item) or batch_of(item)) for item in due)


def _is_at_work(batch: str, at_work: set[str]) -> bool:
    return bool(at_work & {batch, batch.partition(":")[0]})


def _due(context: Context) -> tuple[list[Intent], list[str]]:
    """Failed writes, and batches that wait, whose turn it is."""
    active = {connection.service for connection in context.connectors.active()}
    now = context.now()
    with context.store.read() as session:
        items = [item for item in OpenItems(session).all() if item.service in active]
        failed = _failed(session, items)
        hanging = [intent for item, intent in failed if _hangs_on_records(item)]
        states = states_of(context, session, hanging)
    due = [
        intent
        for item, intent in failed
        if _is_asked_at_each_sync(item, intent) or _is_due(item, now, states.get(intent.key))
    ]
    return due, [batch for item in items if (batch := batch_of(item)) and _time_has_come(item, now)]


def _failed(session: Session, items: Sequence[OpenItem]) -> list[tuple[OpenItem, Intent]]:
    by_intent = {key: item for item in items if (key := intent_of(item))}
    intents = Intents(session).get_many(list(by_intent))
    return [(by_intent[key], intent) for key, intent in intents.items() if intent.state in ("failed", "abandoned")]


def _hangs_on_records(item: OpenItem) -> bool:
    waits_otherwise = (SERVICE_OFF.code, NOT_CONNECTED.code, RECORD_MOVED_ON.code)
    return item.reason == UNUSABLE.code or (item.next_try is None and item.reason not in waits_otherwise)


def _is_asked_at_each_sync(item: OpenItem, intent: Intent) -> bool:
    """A rule's write that waits for a record to be there, its customer say: that may be another record by then."""
    return bool(intent.rule) and item.reason in (UNUSABLE.code, RECORD_GONE.code)


def _is_due(item: OpenItem, now: datetime, state: str | None) -> bool:
    """`state` is the current state of the records a refusal depends on."""
    if item.next_try is not None and (item.next_try <= now or state is None):
        return item.next_try <= now
    if item.reason == RECORD_MOVED_ON.code:
        # The next plan of its pair takes its place.
        return False
    # What waited for its service is due where the service is on again.
    return state is None or item.parameters.get("seen") != state


def _time_has_come(item: OpenItem, now: datetime) -> bool:
    return item.next_try is not None and item.next_try <= now


def _decided(context: Context, intent: Intent, batch: str) -> _Again | None:
    """None where it is not known now: a later turn checks again."""
    if not intent.rule:
        return _Again(intent, _as_it_was(intent, batch))
    with context.store.read() as session:
        event = Events(session).get(intent.event)
    if event is None:
        return _Again(intent, _as_it_was(intent, batch))
    try:
        return _Again(intent, asked_again(context, event, intent, batch))
    except ConnectorError as error:
        log.warning("retry_waits", service=error.service, reason=str(error))
        return None
    except TsunagiError as error:
        return _Again(intent, None, error)


def _as_it_was(intent: Intent, batch: str) -> NewIntent:
    return NewIntent(
        key=intent.key,
        write=intent.write,
        batch=batch,
        rule=intent.rule,
        event=intent.event,
        pair=intent.pair,
        action=intent.action,
        plan=intent.plan,
    )


def _carry_out(context: Context, session: Session, decided: Sequence[_Again]) -> None:
    wanted = [each.wanted for each in decided if each.wanted is not None]
    Intents(session).take_over(wanted, context.now(), retry_failed=True)
    for each in decided:
        if each.error is not None:
            report_failed(context, session, each.intent, each.error)
        elif each.wanted is None:
            Intents(session).give_up_failed([each.intent.key], context.now())
            resolve(context, session, [write_key(each.intent)])
