"""The plugin contract: every hook a plugin may implement.

A plugin is a module (or object) whose functions carry `@hookimpl`; an entry point in the group `tsunagi`
loads it. Arguments are passed by keyword and a plugin takes the ones it needs. A hook that raises anything, takes
longer than the setting `plugin_seconds` or returns a value of another type is reported with its plugin's name
and never stops another plugin. Wrappers are refused. Hooks run outside the main thread; what they print is logged.

`CONTRACT` is the version of this contract; a plugin states the one it was written for as `tsunagi_contract`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import typer

    from tsunagi.domain.actions import Action
    from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
    from tsunagi.domain.connector import ConnectorType
    from tsunagi.domain.documents import Panel
    from tsunagi.domain.entities import EntityType
    from tsunagi.domain.events import Event, Notification
    from tsunagi.domain.mapping import SyncPair
    from tsunagi.domain.records import Record

PROJECT = "tsunagi"
CONTRACT = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_connectors() -> Sequence[ConnectorType]:
    """Contribute services that can be connected.

    Called: once, when the hub starts.
    Returns: one ConnectorType a service. Two plugins with one service name are an error naming both.
    Raises: nothing is expected; a failure leaves the plugin out and is shown by `tsunagi plugins list`.
    """


@hookspec
def register_entity_types() -> Sequence[EntityType]:
    """Contribute kinds of records, with their fields, labels in both languages and the verbs policies may allow.

    Called: once, when the hub starts.
    Returns: one EntityType a kind; `service.name` must be unique.
    Raises: as register_connectors.
    """


@hookspec
def register_sync_pairs() -> Sequence[SyncPair]:
    """Contribute pairs of entity types to keep in step, with their default mappings.

    Called: once, when the hub starts.
    Returns: SyncPairs; both ends must name registered entity types, `after` registered pairs.
    Raises: as register_connectors.
    """


@hookspec
def register_actions() -> Sequence[Action]:
    """Contribute verbs for rules, each with a pydantic model of its parameters.

    Called: once, when the hub starts.
    Returns: Actions named `<service>.<entity>.<verb>`.
    Raises: as register_connectors.
    """


@hookspec
def register_panels() -> Sequence[Panel]:
    """Contribute blocks on the pages of accounts, contacts and deals.

    Called: once, when the hub starts.
    Returns: Panels, shown in this order.
    Raises: as register_connectors.
    """


@hookspec
def register_commands() -> Sequence[typer.Typer]:
    """Contribute command groups to the command line.

    Called: once, when the command line starts.
    Returns: named typer apps; each becomes `tsunagi <name> ...`.
    Raises: as register_connectors.
    """


@hookspec(firstresult=True)
def prepare_record(record: Record) -> Record | None:
    """Normalise a record before it is stored and compared: the place for an organisation's own clean-up.

    Called: for every record read from a service.
    Returns: the record to use instead, with the same ref; None to leave it as it is. The first answer wins.
    Raises: a failure is reported on that record, which is then used as it came; so is an answer of another type.
    """


@hookspec(firstresult=True)
def resolve_conflict(conflict: Conflict, policy: ConflictPolicy) -> Resolution | None:
    """Decide one conflict better than the policy would.

    Called: for each field both sides changed differently, before the policy is applied.
    Returns: a Resolution, or None to let the policy decide. The first answer wins.
    Raises: a failure is reported with pair and field, and the policy decides.
    """


@hookspec(firstresult=True)
def parse_notification(service: str, headers: Mapping[str, str], body: bytes) -> Sequence[Notification] | None:
    """Read a service's callback.

    Called: for every callback, before anything is stored. `headers` has lower-case names.
    Returns: the notifications it holds, with the secret they came with (the hub checks it against the
    subscription); None when the service is not this plugin's.
    Raises: NotificationRejected when the body makes no sense; any other failure is reported, and is no answer.
    """


@hookspec
def on_event(event: Event) -> None:
    """Hear of something that happened.

    Called: after the event was stored, once a plugin and event.
    Returns: nothing.
    Raises: a failure is logged with the plugin's name and undoes nothing.
    """
