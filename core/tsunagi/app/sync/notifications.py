"""Notifications: taken in at once, read soon after."""

import hmac
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypedDict
from uuid import uuid4

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.connections.first_sync import services_of
from tsunagi.app.connections.fit import writable_services
from tsunagi.app.context import Context
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.listing import read_customers_again
from tsunagi.app.sync.workflows import begin_run, sync_at_once
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.mapping import PairEnd
from tsunagi.domain.notifications import Notification, Subscription
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConnectorError, NotificationRejected, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.cursors import Cursors
from tsunagi.store.inbox import Inbox, Notice
from tsunagi.store.intents import Intents
from tsunagi.store.subscriptions import Subscriptions
from tsunagi.text import Text

log = Log(__name__)

# One read by id brings this many records.
_HANDFUL = 100
# Services forget a subscription after a week at most; ours is renewed when less than a day is left.
SUBSCRIPTION_LASTS = timedelta(days=6)
RENEW_BEFORE = timedelta(days=1)
_LONGEST_PAUSE = 60.0


class NotificationForged(NotificationRejected):
    """A callback that makes sense but does not know the secret of a subscription of ours."""


def receive(context: Context, service: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take in a callback; returns how many records it names. Stored when this returns, read later.

    Raises NotificationRejected for a callback that is malformed, NotificationForged for one that is not ours.
    """
    found = context.hooks.parse_notification(service, headers, body)
    if found is None:
        raise NotificationRejected(
            Text(
                en=f"No plugin takes callbacks of '{service}'.", ja=f"「{service}」の通知を扱うプラグインがありません。"
            )
        )
    with context.store.read() as session:
        subscriptions = Subscriptions(session)
        known = {notification.channel: subscriptions.get(notification.channel) for notification in found}
    for notification in found:
        entry = known[notification.channel]
        _check(notification, entry.subscription if entry and entry.service == service else None)
    listed = context.registry.connector(service).entities
    wanted = [notification for notification in found if notification.entity in listed]
    with context.store.write() as session:
        for notification in wanted:
            Inbox(session).add(notification, context.now())
    return sum(len(notification.ids) for notification in wanted)


def _check(notification: Notification, subscription: Subscription | None) -> None:
    # Compared in constant time, also when the channel is unknown: an answer must not tell the two apart.
    expected = subscription.secret if subscription else secrets.token_urlsafe(16)
    received = notification.secret.encode(errors="surrogatepass")
    if not hmac.compare_digest(expected.encode(), received):
        raise NotificationForged(
            Text(en="The callback does not carry the secret of its subscription.", ja="通知の署名が一致しません。")
        )


def subscribe(context: Context, service: str, public_url: str) -> Subscription | None:
    """Ask a service for callbacks, or renew the ones asked for before; None where it has no callbacks."""
    url = f"{public_url.rstrip('/')}/api/notifications/{service}"
    with context.store.read() as session:
        before = next(iter(Subscriptions(session).of_service(service)), None)
    connector = context.connectors.get(service)
    wish = Subscription(
        channel=before.subscription.channel if before else str(secrets.randbelow(10**15) + 10**15),
        url=url,
        secret=before.subscription.secret if before else secrets.token_urlsafe(24),
        entities=tuple(connector.capabilities),
        expires_at=context.now() + SUBSCRIPTION_LASTS,
    )
    # Stored first: a callback may come before the answer to our own request does.
    with context.store.write() as session:
        Subscriptions(session).save(service, wish)
    granted = connector.subscribe(wish)
    with context.store.write() as session:
        if granted is None:
            Subscriptions(session).remove([wish.channel])
        else:
            Subscriptions(session).save(service, granted)
    return granted


class Reading(TypedDict):
    """How many records were read, and which pairs may have to be brought together because of it."""

    read: int
    pairs: list[str]


@jobs.workflow("read_notifications")
def read_notifications(batch: str) -> Reading:
    """Read a handful of records that were notified and make what the rules ask for."""
    read = _read_handful(batch)
    made = make_batch(batch)
    if made["done"]:
        read_customers_again(batch)
    return read


@jobs.workflow("resume_batch")
def resume_batch(batch: str) -> int:
    """Make what an earlier run had to postpone; returns how many writes were made."""
    made = make_batch(batch)["done"]
    if made:
        read_customers_again(batch)
    return made


@jobs.step("read_handful")
def _read_handful(batch: str) -> Reading:
    context = jobs.current_context()
    with context.store.read() as session:
        notices = Inbox(session).next(Cursors(session).complete(), limit=_HANDFUL)
    try:
        take_in(context, notices, batch)
    except ConnectorError as error:
        # They stay in the inbox; the pump comes back.
        log.warning("notices_wait", service=error.service, retryable=error.retryable, reason=str(error))
        return {"read": 0, "pairs": []}
    return {"read": len(notices), "pairs": _pairs_of(context, notices)}


def _pairs_of(context: Context, notices: Sequence[Notice]) -> list[str]:
    """Pairs that these records belong to, whose services may be written to and whose first sync read both sides."""
    ends = {(notice.service, notice.entity) for notice in notices}
    writable = writable_services(context)
    pairs = [pair for pair in context.registry.pairs.values() if services_of(pair) <= writable]
    with context.store.read() as session:
        begun = [pair for pair in pairs if all(_was_listed(session, end) for end in (pair.left, pair.right))]
    return [pair.name for pair in begun if ends & {(end.service, end.entity) for end in (pair.left, pair.right)}]


def _was_listed(session: Session, end: PairEnd) -> bool:
    position = Cursors(session).get(end.service, end.entity)
    return position is not None and position.complete


def take_in(context: Context, notices: list[Notice], batch: str) -> None:
    """Read the records of these notices, all of one kind, and take them in."""
    if not notices:
        return
    service, entity = notices[0].service, notices[0].entity
    ids = [notice.record_id for notice in notices]
    records = context.connectors.get(service).get_many(entity, ids)
    found = {record.ref.id for record in records}
    ingest(
        context,
        context.registry.entity(service, entity),
        records,
        batch=batch,
        # Whatever the callback called it: a record that is no longer there was deleted.
        gone=[RecordRef(service, entity, id) for id in ids if id not in found],
        also=lambda session: Inbox(session).done(notices),
    )


class Pump:
    """The thread that reads what was notified, makes what was postponed, and renews subscriptions."""

    def __init__(self, context: Context, work: jobs.Jobs, *, public_url: str = "", idle: float = 1.0) -> None:
        self._context, self._jobs = context, work
        self._public_url = public_url
        self._idle = self._pause = idle
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tsunagi-pump", daemon=True)

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
                self._drain()
                self._renew()
            except TsunagiError as error:
                log.error("pump_failed", reason=str(error))
            except Exception:  # what nobody foresaw must not end the only reader of notifications
                log.exception("pump_failed")
            self._nudged.wait(self._pause)
            self._nudged.clear()

    def _drain(self) -> None:
        """Read everything that was notified; a service that cannot be read is left alone for longer each time."""
        pairs: set[str] = set()
        while not self._stopping.is_set() and self._waiting():
            batch = f"notices-{uuid4().hex[:12]}"
            read = self._jobs.run(read_notifications, batch, batch)
            if not read["read"]:
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
                break
            self._pause = self._idle
            pairs.update(read["pairs"])
        if pairs:
            self._sync_at_once(pairs)

    def _sync_at_once(self, pairs: set[str]) -> None:
        chosen = [pair.name for pair in self._context.registry.pairs_in_order() if pair.name in pairs]
        run = begin_run(self._context, "instant")
        self._jobs.run(sync_at_once, run, run, chosen)

    def _waiting(self) -> bool:
        with self._context.store.read() as session:
            # Until the first listing has come to its end, nobody can tell news from what was always there.
            return Inbox(session).waiting(Cursors(session).complete()) > 0

    def _renew(self) -> None:
        if not self._public_url:
            return
        with self._context.store.read() as session:
            due = Subscriptions(session).expiring(self._context.now() + RENEW_BEFORE)
        for entry in due:
            subscribe(self._context, entry.service, self._public_url)


def resume_postponed(context: Context, work: jobs.Jobs) -> None:
    """Take up every batch that has something left to be made and nobody at work on it."""
    with context.store.read() as session:
        batches = Intents(session).pending_batches()
    # Asked afterwards: whoever planned one of these is still at it, or has ended.
    at_work = work.under_way()
    for batch in batches:
        if at_work & {batch, batch.partition(":")[0]}:
            continue
        work.run(resume_batch, f"{batch}~{uuid4().hex[:8]}", batch)
