"""Nothing is written to a service before a person has started its first sync, by whatever way.

Reading goes on before: that is what the plan is made of which the person sees first.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from tsunagi.app.context import Context
from tsunagi.domain.mapping import SyncPair
from tsunagi.errors import ConfigError
from tsunagi.store.connections import Connection, Connections
from tsunagi.text import Text

# Key in Connection.remembered: when a person started the first sync (ISO 8601, UTC). It lives as long as the
# organisation is the same one: reconnecting keeps it, another organisation has a first sync of its own.
STARTED = "first_sync_started"


class FirstSyncPending(ConfigError):
    """A write to a service whose first sync nobody has started; `services` names them."""

    def __init__(self, services: Sequence[str]) -> None:
        named = ", ".join(services)
        super().__init__(
            Text(
                en=f"Nothing is written to {named} before its first sync was started.",
                ja=f"{named} は初回同期が開始されるまで書き込みません。",
            ),
            hint=Text(
                en="See what it would do: tsunagi sync --plan. Start it: tsunagi sync --start",
                ja="内容の確認: tsunagi sync --plan 開始: tsunagi sync --start",
            ),
        )
        self.services = tuple(services)


def is_started(connection: Connection) -> bool:
    return STARTED in connection.remembered


def started_services(context: Context) -> frozenset[str]:
    """Services that may be written to: connected, on, and synced for the first time at somebody's word."""
    return frozenset(connection.service for connection in context.connectors.active() if is_started(connection))


def require_started(connection: Connection) -> None:
    """Raises FirstSyncPending."""
    if not is_started(connection):
        raise FirstSyncPending([connection.service])


def pending_services(context: Context, pairs: Collection[str] = ()) -> list[str]:
    """Connected services of these pairs, of all where none is named, whose first sync nobody has started."""
    waiting = [each.service for each in context.connectors.active() if not is_started(each)]
    if not pairs:
        return waiting
    named = frozenset[str]().union(*map(services_of, context.registry.pairs_in_order(pairs)))
    return [service for service in waiting if service in named]


def start_first_sync(context: Context, services: Iterable[str]) -> None:
    """A person has seen the plan and said yes: these services may be written to from now on."""
    at = context.now().isoformat()
    with context.store.write() as session:
        connections = Connections(session)
        for service in services:
            connection = connections.get(service)
            remembered = {**connection.remembered, STARTED: at}
            connections.save(replace(connection, remembered=remembered), context.now())


def services_of(pair: SyncPair) -> frozenset[str]:
    return frozenset((pair.left.service, pair.right.service))
