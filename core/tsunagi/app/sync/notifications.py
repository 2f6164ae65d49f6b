"""Callbacks: asked for, checked, and taken in at once; they are read soon after."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.connections.fit import services_of, writable_services
from tsunagi.app.context import Context
from tsunagi.app.open_items.plugins import remember_hooks, report_hooks
from tsunagi.app.open_items.reasons import HUB_FAULT, NOTICE_UNREAD, Parameters, Reason
from tsunagi.app.open_items.reporting import Trouble, pause, report, resolve
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.events import Notification, Subscription
from tsunagi.domain.mapping import PairEnd
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConnectorError, NotificationRejected, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.cursors import Cursors
from tsunagi.store.inbox import Inbox, Notice
from tsunagi.store.subscriptions import Subscriptions
from tsunagi.text import Text

# Services forget a subscription after a week at most; ours is renewed when less than a day is left.
SUBSCRIPTION_LASTS = timedelta(days=6)
RENEW_BEFORE = timedelta(days=1)


class NotificationForged(NotificationRejected):
    """A callback that makes sense but does not know the secret of a subscription of ours."""


def receive(context: Context, service: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take in a callback; returns how many records it names. Stored when this returns, read later.

    Raises NotificationRejected for a callback that is malformed, NotificationForged for one that is not ours,
    PluginError where the service's plugin fails.
    """
    found = _parsed(context, service, headers, body)
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


def _parsed(context: Context, service: str, headers: Mapping[str, str], body: bytes) -> Sequence[Notification] | None:
    """What the plugin makes of a callback; where it fails, the list says so, and when it is well again."""
    remember_hooks(context)
    try:
        return context.hooks.parse_notification(service, headers, body)
    finally:
        if context.hooks.failures.has_changes:
            with context.store.write() as session:
                report_hooks(context, session)


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


log = Log(__name__)

# One read by id brings this many records.
_HANDFUL = 100
# After its first failures a handful is read again soon, in smaller ones.
_FIRST_PAUSES = (timedelta(seconds=2), timedelta(seconds=15))
NOTICE = "notice"


class Reading(TypedDict):
    """How many records were read, which pairs may have to be brought together because of it, and writes made."""

    read: int
    made: int
    pairs: list[str]


@jobs.workflow("read_notifications")
def read_notifications(batch: str) -> Reading:
    """Read a handful of records that were notified and make what the rules ask for."""
    return read_and_make(batch)


def read_and_make(batch: str) -> Reading:
    """A handful, inside a workflow; `batch` names the writes that follow."""
    read = _read_handful(batch)
    return {**read, "made": make_batch(batch)["done"]}


@jobs.step("read_handful")
def _read_handful(batch: str) -> Reading:
    return read_handful(jobs.current_context(), batch)


def read_handful(context: Context, batch: str) -> Reading:
    """Read the notices that have waited longest. Those that cannot be read wait longer each time, the others go on."""
    with context.store.read() as session:
        notices = Inbox(session).next(readable(context, session), at=context.now(), limit=_HANDFUL)
    try:
        take_in(context, notices, batch)
    except TsunagiError as error:
        after = error.retry_after if isinstance(error, ConnectorError) else None
        _put_off(context, notices, NOTICE_UNREAD, error.message, after)
    except Exception as error:  # of a plugin, or ours: it must not be tried in a loop
        log.exception("notices_broke")
        _put_off(context, notices, HUB_FAULT, Text.same(type(error).__name__), None)
    else:
        return {"read": len(notices), "made": 0, "pairs": _pairs_of(context, notices)}
    return {"read": 0, "made": 0, "pairs": []}


def readable(context: Context, session: Session) -> frozenset[tuple[str, str]]:
    """Kinds of record whose notices may be read now.

    Until the first listing has come to its end, nobody can tell news from what was always there; and a service
    that is switched off is asked for nothing.
    """
    active = {connection.service for connection in context.connectors.active()}
    return frozenset(kind for kind in Cursors(session).complete() if kind[0] in active)


def _put_off(
    context: Context, notices: Sequence[Notice], reason: Reason, said: Text, retry_after: float | None
) -> None:
    """A moment's trouble is told to nobody; a notice that cannot even be read alone goes on the list."""
    if not notices:
        return
    attempts = notices[0].attempts + 1
    alone = attempts > len(_FIRST_PAUSES)
    wait = pause(attempts - len(_FIRST_PAUSES), retry_after) if alone else _FIRST_PAUSES[attempts - 1]
    log.warning("notices_wait", service=notices[0].service, notices=len(notices), reason=str(said))
    with context.store.write() as session:
        Inbox(session).put_off(notices, context.now() + wait)
        for notice in notices if alone else ():
            report(context, session, _trouble(notice, reason, {"said": said}, retry_after))


def _trouble(notice: Notice, reason: Reason, parameters: Parameters, retry_after: float | None) -> Trouble:
    return Trouble(
        key=_key(notice.ref),
        kind=NOTICE,
        service=notice.service,
        reason=reason,
        parameters=parameters,
        records=[notice.ref],
        retry_after=retry_after,
    )


def _key(ref: RecordRef) -> str:
    return f"{NOTICE}:{ref}"


def _pairs_of(context: Context, notices: Sequence[Notice]) -> list[str]:
    """Pairs that these records belong to and whose first sync a person has started: it read both sides."""
    ends = {(notice.service, notice.entity) for notice in notices}
    started = writable_services(context)
    pairs = [pair for pair in context.registry.pairs.values() if services_of(pair) <= started]
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
        also=lambda session: _read(context, session, notices),
    )


def _read(context: Context, session: Session, notices: Sequence[Notice]) -> None:
    Inbox(session).done(notices)
    resolve(context, session, [_key(notice.ref) for notice in notices if notice.attempts])
