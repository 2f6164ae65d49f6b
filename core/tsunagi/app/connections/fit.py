"""Whether connected services may be written to: plans and currencies that do not fit prevent it, until they do.

CHECK    made whenever the second side of a pair becomes known, and once an hour before a sync
KEPT     in the connection itself, so that every writer knows without calling a service
LIFTED   by the next check that finds nothing; while something prevents it, every sync checks
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tsunagi.app.connections.compatibility import Incompatible, findings_of_connected
from tsunagi.app.context import Context
from tsunagi.domain.compatibility import Finding, Severity, refusals
from tsunagi.domain.mapping import SyncPair
from tsunagi.errors import ConfigError, ConnectorError
from tsunagi.store.connections import Connection, Connections
from tsunagi.text import Text

# Key in Connection.remembered: when a person started the first sync (ISO 8601, UTC). It lives as long as the
# organisation is the same one: reconnecting keeps it, another organisation has a first sync of its own.
STARTED = "first_sync_started"


class FirstSyncPending(ConfigError):
    """A write was asked for before the first sync of its service was started; `services` names them."""

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
    """A person has seen the plan and approved it: these services may be written to from now on."""
    at = context.now().isoformat()
    with context.store.write() as session:
        connections = Connections(session)
        for service in services:
            connection = connections.get(service)
            remembered = {**connection.remembered, STARTED: at}
            connections.save(replace(connection, remembered=remembered), context.now())


def services_of(pair: SyncPair) -> frozenset[str]:
    return frozenset((pair.left.service, pair.right.service))


# Key in Connection.remembered: the findings that prevent writing, weightiest first; absent where nothing does.
PREVENTED = "prevented_by"
# Kind of the finding for a check that could not be made.
UNCHECKED = "unchecked"


def prevented_by(connection: Connection) -> tuple[Finding, ...]:
    """What prevents writing to this service, as last checked."""
    return tuple(_finding(kept) for kept in connection.remembered.get(PREVENTED, ()))


def prevented_services(context: Context) -> dict[str, tuple[Finding, ...]]:
    """Connected services that are not written to because plans or currencies do not fit."""
    found = {each.service: prevented_by(each) for each in context.connectors.active()}
    return {service: findings for service, findings in found.items() if findings}


def writable_services(context: Context) -> frozenset[str]:
    """Services that may be written to: connected, on, synced for the first time at somebody's word, and fitting."""
    return frozenset(
        each.service for each in context.connectors.active() if is_started(each) and not prevented_by(each)
    )


def require_writable(connection: Connection) -> None:
    """Raises FirstSyncPending, Incompatible."""
    require_started(connection)
    require_fit(connection)


def require_fit(connection: Connection) -> None:
    """Raises Incompatible."""
    if findings := prevented_by(connection):
        raise Incompatible(findings)


def check_fit(
    context: Context, services: Collection[str] | None = None, *, unknown_prevents: bool
) -> Mapping[str, Sequence[Finding]]:
    """Check connected finance services against the CRM, all where None is given, and keep what prevents writing.

    Returns everything found, by service. One that cannot be reached does not prevent the others from being checked:
    with `unknown_prevents` it is not written to until it could be, else the earlier findings are kept.
    """
    found: dict[str, Sequence[Finding]] = {}
    for connection in context.connectors.active():
        kind = context.registry.connectors.get(connection.service)
        if kind is None or kind.is_crm or (services is not None and connection.service not in services):
            continue
        try:
            found[connection.service] = findings_of_connected(context, connection)
        except (ConnectorError, ConfigError) as error:
            if not unknown_prevents:
                continue
            found[connection.service] = (_unchecked(kind.label, error.message),)
        _keep(context, connection, refusals(found[connection.service]))
    return found


def _keep(context: Context, before: Connection, refused: Sequence[Finding]) -> None:
    if refused == prevented_by(before):
        return
    with context.store.write() as session:
        connection = Connections(session).get(before.service)
        remembered = {name: value for name, value in connection.remembered.items() if name != PREVENTED}
        if refused:
            remembered[PREVENTED] = [_kept(finding) for finding in refused]
        Connections(session).save(replace(connection, remembered=remembered), context.now())


def _unchecked(label: Text, why: Text) -> Finding:
    return Finding(
        UNCHECKED,
        Severity.REFUSES,
        "both",
        Text(
            en=f"Whether {label.en} fits the CRM could not be checked: {why.en}",
            ja=f"{label.ja} が CRM に適合するかを確認できませんでした: {why.ja}",
        ),
        Text(en="The next sync checks again by itself.", ja="次回の同期で自動的に再確認します。"),
    )


def _kept(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "kind": str(finding.kind), "severity": finding.severity.value}


def _finding(kept: Mapping[str, Any]) -> Finding:
    what_to_do = Text(**kept["what_to_do"]) if kept["what_to_do"] else None
    texts = {"message": Text(**kept["message"]), "what_to_do": what_to_do}
    return Finding(**{**kept, **texts, "severity": Severity(kept["severity"])})
