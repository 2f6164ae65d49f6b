"""Which parts of a service are switched on: what is off is neither fetched nor shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.context import Context
from tsunagi.domain.connector import Feature
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.store.connections import Connection, Connections
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class FeatureState:
    """One feature of a connected service, and whether it is on."""

    service: str
    feature: Feature
    on: bool


def features(context: Context, service: str | None = None) -> Sequence[FeatureState]:
    """The features of every connected service, or of one. Raises NotConnected for one that is not."""
    chosen = [context.connectors.connection(service)] if service else context.connectors.active()
    return tuple(state for connection in chosen for state in _states(context, connection))


def set_feature(context: Context, actor: Person | None, service: str, name: str, *, on: bool) -> FeatureState:
    """Switch a feature on or off; administrators only. Raises ConfigError naming the features there are."""
    require_administrator(context, actor, "features:set")
    state = next((state for state in features(context, service) if state.feature.name == name), None)
    if state is None:
        known = ", ".join(state.feature.name for state in features(context, service)) or "-"
        raise ConfigError(
            Text(
                en=f"'{service}' has no feature '{name}'. There are: {known}",
                ja=f"「{service}」に機能「{name}」はありません。使える機能: {known}",
            )
        )
    with context.store.write() as session:
        connection = Connections(session).get(service)
        changed = replace(connection, features={**connection.features, name: on})
        Connections(session).save(changed, context.now())
        note(context, session, actor, "features:set", f"{service}.{name}", on=on)
    return replace(state, on=on)


def is_shown(context: Context, connection: Connection, entity: str) -> bool:
    """May records of this kind be fetched and shown? Kinds that belong to no feature always may."""
    states = [state for state in _states(context, connection) if entity in state.feature.entities]
    return not states or any(state.on for state in states)


def _states(context: Context, connection: Connection) -> Sequence[FeatureState]:
    kind = context.registry.connectors.get(connection.service)
    brought = kind.features if kind else ()
    return tuple(
        FeatureState(connection.service, feature, connection.features.get(feature.name, True)) for feature in brought
    )
