"""Callbacks: subscribed to, verified and stored at once; the records are read soon after."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import remember_hooks, report_hooks
from tsunagi.domain.events import Notification, Subscription
from tsunagi.errors import NotificationRejected
from tsunagi.store.notifications import Inbox, Subscriptions
from tsunagi.text import Text

# Services forget a subscription after a week at most; ours is renewed when less than a day is left.
SUBSCRIPTION_LASTS = timedelta(days=6)
RENEW_BEFORE = timedelta(days=1)


class NotificationForged(NotificationRejected):
    """A callback that does not carry the secret of a subscription."""


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
    listed = context.registry.listed(service)
    wanted = [notification for notification in found if notification.entity in listed]
    with context.store.write() as session:
        for notification in wanted:
            Inbox(session).add(notification, context.now())
    return sum(len(notification.ids) for notification in wanted)


def _parsed(context: Context, service: str, headers: Mapping[str, str], body: bytes) -> Sequence[Notification] | None:
    """What the plugin makes of a callback; a failure, and a later success, are reported to the list."""
    remember_hooks(context)
    try:
        return context.hooks.parse_notification(service, headers, body)
    finally:
        if context.hooks.failures.has_changes:
            with context.store.write() as session:
                report_hooks(context, session)


def _check(notification: Notification, subscription: Subscription | None) -> None:
    # Compared in constant time, also when the channel is unknown: an answer must not reveal the difference.
    expected = subscription.secret if subscription else secrets.token_urlsafe(16)
    received = notification.secret.encode(errors="surrogatepass")
    if not hmac.compare_digest(expected.encode(), received):
        raise NotificationForged(
            Text(en="The callback does not carry the secret of its subscription.", ja="通知の署名が一致しません。")
        )


def subscribe(context: Context, service: str, public_url: str) -> Subscription | None:
    """Subscribe to a service's callbacks, or renew the subscription; None where it has no callbacks."""
    url = f"{public_url.rstrip('/')}/api/notifications/{service}"
    with context.store.read() as session:
        before = next(iter(Subscriptions(session).of_service(service)), None)
    connector = context.connectors.get(service)
    wanted = Subscription(
        channel=before.subscription.channel if before else str(secrets.randbelow(10**15) + 10**15),
        url=url,
        secret=before.subscription.secret if before else secrets.token_urlsafe(24),
        # Those a sync reads: changes of others are worth no callback.
        entities=context.registry.listed(service),
        expires_at=context.now() + SUBSCRIPTION_LASTS,
    )
    # Stored first: a callback may come before the answer to our own request does.
    with context.store.write() as session:
        Subscriptions(session).save(service, wanted)
    granted = connector.subscribe(wanted)
    with context.store.write() as session:
        if granted is None:
            Subscriptions(session).remove([wanted.channel])
        else:
            Subscriptions(session).save(service, granted)
    return granted
