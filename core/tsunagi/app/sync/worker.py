"""The thread that reads what was notified or fell due, makes again what is due, and renews subscriptions."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import uuid4

from tsunagi.app import jobs
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.rule_versions import keep_rules
from tsunagi.app.automation.schedules import next_due, run_due
from tsunagi.app.context import Context
from tsunagi.app.sync.inbox import read_notifications, readable
from tsunagi.app.sync.listing import read_customers, read_customers_again
from tsunagi.app.sync.notifications import RENEW_BEFORE, subscribe
from tsunagi.app.sync.retrying import due_now, retry_writes
from tsunagi.app.sync.run_control import PAUSED, WAITING, resume_due
from tsunagi.app.sync.workflows import begin_run, refresh_workflow, sync_at_once
from tsunagi.app.sync.writing import BEING_MADE, BY_PEOPLE, make_batch
from tsunagi.domain.records import RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intents
from tsunagi.store.notifications import Inbox, ServiceSubscription, Subscriptions
from tsunagi.store.open_items import OpenItems
from tsunagi.store.rule_runs import Schedules, ScheduleState
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.store.tables import chunks

log = Log(__name__)

# Seconds. What another process has taken in, or made possible, is looked for so often; trouble is left alone longer.
_LOOK_AGAIN = 5.0
_LONGEST_PAUSE = 60.0
# Customers are read again once it has been quiet for so long, or at the latest so long after their documents were
# written: in a busy hour each of them once, not once a document.
_QUIET, _AT_THE_LATEST = 2.0, 60.0
# Documents that fell due are read so many in one run.
_DUE_AT_ONCE = 100
# No rule has such a name.
_KEY = "documents/fallen-due"


@jobs.workflow("resume_batch")
def resume_batch(batch: str) -> int:
    """Make what an earlier run had to postpone; returns how many writes were made."""
    made = make_batch(batch)["done"]
    if made:
        read_customers_again(batch, [batch])
    return made


class SyncWorker:
    """The thread that reads what was notified, makes what was postponed, and renews subscriptions."""

    def __init__(self, context: Context, work: jobs.Jobs, *, public_url: str = "", idle: float = 1.0) -> None:
        self._context, self._jobs = context, work
        self._public_url = public_url
        self._idle = self._pause = idle
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        # Batches whose documents changed what customers owe, and when the first of them was made.
        self._written: list[str] = []
        self._written_since = 0.0
        self._quiet = False
        self._thread = threading.Thread(target=self._run, name="tsunagi-worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """Something arrived: look now."""
        self._nudged.set()

    def stop(self, *, timeout: float | None = None) -> None:
        """End after the work in hand, or go on without waiting for it once `timeout` (seconds) is over."""
        self._stopping.set()
        self._nudged.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                keep_rules(self._context)
                well = self._drain()
                self._read_customers()
                self._make_due()
                resume_due(self._context, self._jobs)
                follow_clock(self._context, self._jobs)
                self._renew()
            except TsunagiError as error:
                log.error("worker_failed", reason=str(error))
                well = False
            except Exception:  # what nobody foresaw must not end the only reader of notifications
                log.exception("worker_failed")
                well = False
            # What cannot be read is left alone for longer each time.
            self._pause = self._idle if well else min(self._pause * 2, _LONGEST_PAUSE)
            wait = self.until_something_is_due() if well else self._pause
            self._quiet = not self._nudged.wait(min(wait, _QUIET) if self._written else wait)
            self._nudged.clear()

    def _drain(self) -> bool:
        """Read everything that was notified and may be read now; False where some of it could not be."""
        pairs: set[str] = set()
        well = True
        while well and not self._stopping.is_set() and self._waiting():
            batch = f"notices-{uuid4().hex[:12]}"
            read = self._jobs.run(read_notifications, batch, batch)
            pairs.update(read["pairs"])
            well = read["read"] > 0
            if read["made"]:
                self._written_since = self._written_since or monotonic()
                self._written.append(batch)
        if pairs:
            self._sync_at_once(pairs)
        return well

    def _read_customers(self) -> None:
        late = self._written and monotonic() - self._written_since > _AT_THE_LATEST
        if self._written and (self._quiet or late):
            run = f"customers-{uuid4().hex[:12]}"
            self._jobs.run(read_customers, run, run, self._written)
            self._written, self._written_since = [], 0.0

    def _make_due(self) -> None:
        """Writes that failed or had to wait; a run that is under way makes them itself."""
        if due_now(self._context) and not jobs.under_way():
            batch = f"again-{uuid4().hex[:12]}"
            self._jobs.run(retry_writes, batch, batch)

    def until_something_is_due(self) -> float:
        """Seconds until there is work that can be foreseen; a nudge announces any other."""
        now = self._context.now()
        with self._context.store.read() as session:
            due = [
                Inbox(session).next_due(readable(self._context, session), after=now),
                OpenItems(session).next_due(now),
                *(run.resumes_at for run in SyncRuns(session).waiting()),
            ]
        due.append(next_due(self._context))
        seconds = [(each - now).total_seconds() for each in due if each is not None]
        return max(self._idle, min([*seconds, _LOOK_AGAIN]))

    def _sync_at_once(self, pairs: set[str]) -> None:
        chosen = [pair.name for pair in self._context.registry.pairs_in_order() if pair.name in pairs]
        run = begin_run(self._context, "instant")
        self._jobs.run(sync_at_once, run, run, chosen)

    def _waiting(self) -> bool:
        with self._context.store.read() as session:
            return Inbox(session).waiting(readable(self._context, session), at=self._context.now()) > 0

    def _renew(self) -> None:
        if not self._public_url:
            return
        with self._context.store.read() as session:
            entries = Subscriptions(session).all()
        active = {connection.service for connection in self._context.connectors.active()}
        soon = self._context.now() + RENEW_BEFORE
        for entry in (each for each in entries if each.service in active):
            # A pair was switched on or off since: other kinds of record are of interest now.
            if entry.subscription.expires_at <= soon or self._kinds_changed(entry):
                subscribe(self._context, entry.service, self._public_url)

    def _kinds_changed(self, entry: ServiceSubscription) -> bool:
        return {*entry.subscription.entities} != {*self._context.registry.listed(entry.service)}


def follow_clock(context: Context, work: jobs.Jobs) -> None:
    """What the calendar alone brings about: documents that fell due are read again, rules that are due gone through."""
    found = fallen_due(context)
    if found is not None:
        for some in chunks(found.records, _DUE_AT_ONCE):
            run = begin_run(context, "documents")
            work.run(refresh_workflow, run, run, [], [str(ref) for ref in some])
        if found.records:
            resume_postponed(context, work)
        note_due_read(context, found)
    for batch in run_due(context):
        work.run(resume_batch, f"{batch}~{uuid4().hex[:8]}", batch)


def resume_postponed(context: Context, work: jobs.Jobs) -> None:
    """Take up every batch that has something left to be made and nobody at work on it."""
    with context.store.read() as session:
        batches = Intents(session).pending_batches()
        paused = set(SyncRuns(session).in_state(PAUSED, WAITING))
        by_people = [batch for batch in batches if batch.startswith(BY_PEOPLE)]
        still_made = Intents(session).planned_since(by_people, context.now() - BEING_MADE)
    # Checked afterwards: a process that planned one of these is still working, or has ended.
    at_work = jobs.under_way() | paused
    for batch in batches:
        if batch in still_made or at_work & {batch, batch.partition(":")[0]}:
            continue
        work.run(resume_batch, f"{batch}~{uuid4().hex[:8]}", batch)


@dataclass(frozen=True, slots=True)
class FallenDue:
    """`records` are to be read again; `at` is when they were looked for."""

    records: Sequence[RecordRef]
    at: datetime


def fallen_due(context: Context) -> FallenDue | None:
    """What fell due since it was last asked for; None where it was asked for today, where the organisation is."""
    now = context.now()
    with context.store.read() as session:
        known = Schedules(session).get(_KEY)
    day_of = StoredContext(context, {}).day_of
    if known is None:
        return FallenDue((), now)
    since, until = day_of(known.last), day_of(now)
    if since == until:
        return None
    active = {connection.service for connection in context.connectors.active()}
    found: list[RecordRef] = []
    for kind in context.registry.entities.values():
        reached = {moment.to for moment in kind.moments if moment.by_date}
        if reached and kind.service in active and kind.kind == "document":
            with context.store.read() as session:
                due = Documents(session).due_between(kind.service, kind.name, since, until)
            found += [ref for ref, status in due if status not in reached]
    return FallenDue(found, now)


def note_due_read(context: Context, found: FallenDue) -> None:
    """They were read."""
    with context.store.write() as session:
        Schedules(session).put(ScheduleState(rule=_KEY, words="", last=found.at))
