"""Switching a service off and on again: first the consequences, then, once a person confirms, the change.

Nothing is ever deleted at the service. Settings, secrets and links are kept sealed, so that switching on again
makes no duplicate; `forget` gives those up too. None of this needs the service's plugin to work, or to be there.
Features are switched alike: what is off of a service is neither fetched nor shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require, require_administrator
from tsunagi.app.connections import compatibility
from tsunagi.app.connections.fit import check_fit
from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import resolve_parked
from tsunagi.app.open_items.writes import report_failed, settle_batches
from tsunagi.domain.compatibility import Finding
from tsunagi.domain.connector import Feature
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, ConnectorError, ServiceOff
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.intents import Intents
from tsunagi.store.notifications import Subscriptions
from tsunagi.store.open_items import OpenItems
from tsunagi.store.traces import ServiceTraces, Traces
from tsunagi.text import Text

# Keys in Connection.remembered: who lent the credentials with a key (e-mail address, lower case), and that they
# were taken back with it.
SHARED_BY, TAKEN_BACK = "shared_by", "credentials_taken_back"
# The word that confirms switching off every service at once.
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Consequences:
    """What switching a service off would take away, in names and numbers.

    `traces` counts what the hub keeps of the service. `findings` is what becomes of currencies. `unsure` is
    what could not be read, where the service or the CRM does not answer.
    """

    service: str
    label: Text
    organization: str
    panels: Sequence[Text]
    features: Sequence[Text]
    rules: Sequence[str]
    pairs: Sequence[str]
    permissions: Sequence[str]
    traces: ServiceTraces
    findings: Sequence[Finding]
    unsure: Sequence[Text]


class NotConfirmed(ConfigError):
    """The consequences were not confirmed by typing the service's name; nothing was changed."""

    def __init__(self, consequences: Consequences) -> None:
        super().__init__(
            Text(
                en=f"Nothing was changed. Confirm by giving the service's name: {consequences.service}",
                ja=f"変更していません。確認のため、サービス名を入力してください: {consequences.service}",
            )
        )
        self.consequences = consequences


class EverythingNotConfirmed(ConfigError):
    """Switching everything off was not confirmed by typing the word for it; nothing was changed."""

    def __init__(self, consequences: Sequence[Consequences]) -> None:
        super().__init__(
            Text(
                en=f"Nothing was changed. Confirm by giving the word: {EVERYTHING}",
                ja=f"変更していません。確認のため、次の語を入力してください: {EVERYTHING}",
            )
        )
        self.consequences = tuple(consequences)


class CredentialsTakenBack(ConfigError):
    """The key a service was connected with was revoked: nothing is left to reach it with."""

    def __init__(self, service: str) -> None:
        super().__init__(
            Text(
                en=f"The credentials of '{service}' were taken back with the key it was connected with.",
                ja=f"「{service}」の認証情報は、接続に使ったキーとともに取り消されました。",
            ),
            hint=Text(
                en=f"Connect it anew, with credentials of your own or a new key: tsunagi connect {service}",
                ja=f"自分の認証情報か新しいキーで接続し直してください: tsunagi connect {service}",
            ),
        )
        self.service = service


def consequences(context: Context, service: str, *, actor: Person | None = None) -> Consequences:
    """What switching this service off would mean. Raises PermissionDenied, NotConnected."""
    require(context, actor, "services:disable")
    return consequences_for(context, context.connectors.connection(service))


def consequences_for(context: Context, connection: Connection) -> Consequences:
    """The same for the user who lent the credentials, who may end the connection without administering the CRM."""
    return _consequences(context, connection, *_findings(context, [connection.service]))


def everything(context: Context, *, actor: Person | None = None) -> tuple[Consequences, ...]:
    """What switching every service off that is on would mean, one by one; empty where none is. PermissionDenied."""
    require(context, actor, "services:disable")
    active = context.connectors.active()
    findings, unsure = _findings(context, [each.service for each in active])
    # What becomes of currencies is reported once: with the first, for all of them.
    answers = [(findings, unsure), *[((), ())] * len(active)]
    return tuple(_consequences(context, each, *answer) for each, answer in zip(active, answers, strict=False))


def _consequences(
    context: Context, connection: Connection, findings: Sequence[Finding], unsure: Sequence[Text]
) -> Consequences:
    service, registry = connection.service, context.registry
    kind = registry.connectors.get(service)
    with context.store.read() as session:
        traces = Traces(session).of(service)
    entities = [entity for entity in registry.entities.values() if entity.service == service]
    return Consequences(
        service=service,
        label=kind.label if kind else Text.same(service),
        organization=connection.organization.name,
        panels=[panel.label for panel in registry.panels if panel.service == service],
        features=[feature.label for feature in kind.features] if kind else [],
        rules=[rule.id for rule in context.rules.automations.values() if _concerns(rule.service, rule.steps, service)],
        pairs=[pair.name for pair in registry.pairs.values() if service in (pair.left.service, pair.right.service)],
        permissions=[f"{entity.key}:{verb}" for entity in entities for verb in entity.verbs],
        traces=traces,
        findings=findings,
        unsure=unsure,
    )


def disable(context: Context, actor: Person | None, service: str, *, confirmed: str) -> Consequences:
    """Switch a service off; administrators only. `confirmed` must be the service's name, or NotConfirmed is raised.

    A write under way is finished, those not begun are given up; the other services run on untouched.
    """
    _require(context, actor, "services:disable")
    known = consequences(context, service)
    if confirmed != service:
        raise NotConfirmed(known)
    _switch_off(context, actor, [service])
    return known


def disable_everything(context: Context, actor: Person | None, *, confirmed: str) -> tuple[Consequences, ...]:
    """Switch every service off at once; administrators only. `confirmed` must be EVERYTHING.

    All are off or none is, whether they answer or not; where none was on, nothing changes. Returns what it meant.
    Raises PermissionDenied, EverythingNotConfirmed.
    """
    _require(context, actor, "services:disable")
    known = everything(context)
    if confirmed != EVERYTHING:
        raise EverythingNotConfirmed(known)
    _switch_off(context, actor, [each.service for each in known])
    return known


def take_back(context: Context, actor: Person | None, service: str) -> None:
    """Switch a service off whose credentials were lent, and erase them; links stay, for connecting it again."""
    _switch_off(context, actor, [service])
    with context.store.write() as session:
        connections = Connections(session)
        connection = connections.get(service)
        connections.save(replace(connection, remembered={**connection.remembered, TAKEN_BACK: True}), context.now())
        connections.save_secrets(service, {}, context.now())


def _switch_off(context: Context, actor: Person | None, services: Sequence[str]) -> None:
    with context.store.write() as session:
        connections, subscriptions = Connections(session), Subscriptions(session)
        for service in services:
            connections.save(replace(connections.get(service), state="off"), context.now())
            note(context, session, actor, "services:disable", service)
            for intent in Intents(session).planned_by_rules(service):
                # What a sync planned is planned again once the service is on; nobody does that for a rule.
                report_failed(context, session, intent, ServiceOff(service))
            Intents(session).abandon_planned(service, _SWITCHED_OFF, context.now())
            subscriptions.remove([each.subscription.channel for each in subscriptions.of_service(service)])
        settle_batches(context, session)
        resolve_parked(context, session, services)
    for service in services:
        context.connectors.forget(service)


def enable(context: Context, actor: Person | None, service: str) -> Connection:
    """Switch a service on again with all it had; administrators only. The next sync reads what happened meanwhile.

    Plans and currencies are checked again: one that does not fit any more is on, and not written to. Raises
    CredentialsTakenBack where they went with a revoked key.
    """
    _require(context, actor, "services:enable")
    with context.store.write() as session:
        connection = replace(Connections(session).get(service), state="active")
        if TAKEN_BACK in connection.remembered:
            raise CredentialsTakenBack(service)
        Connections(session).save(connection, context.now())
        note(context, session, actor, "services:enable", service)
    is_crm = service in context.registry.connectors and context.registry.connectors[service].is_crm
    check_fit(context, None if is_crm else [service], unknown_prevents=True)
    return context.connectors.connection(service)


def forget(context: Context, actor: Person | None, service: str, *, confirmed: str) -> Consequences:
    """Switch off and erase all the hub keeps: settings, secrets, links, documents; administrators only.

    Connecting again starts from nothing: records are matched by name again, and what does not match is created.
    """
    known = disable(context, actor, service, confirmed=confirmed)
    with context.store.write() as session:
        Traces(session).erase(service)
        OpenItems(session).erase(service)
        Connections(session).remove(service)
        note(context, session, actor, "services:forget", service)
    return known


_SWITCHED_OFF = Text(en="The service was switched off.", ja="サービスが無効化されました。")


def _require(context: Context, actor: Person | None, action: str) -> None:
    """As usual, except that a CRM that cannot be reached must not prevent its own removal."""
    try:
        require_administrator(context, actor, action)
    except ConnectorError:
        if actor is None or not actor.administrator:
            raise
    except ConfigError:
        if actor is None or not actor.administrator or _has_crm(context):
            raise


def _has_crm(context: Context) -> bool:
    """Is there a CRM to ask: connected, switched on, and with its plugin?"""
    kinds = context.registry.connectors
    return any(each.service in kinds and kinds[each.service].is_crm for each in context.connectors.active())


def _findings(context: Context, services: Collection[str]) -> tuple[Sequence[Finding], Sequence[Text]]:
    try:
        return compatibility.after_disabling(context, services), ()
    except (ConnectorError, ConfigError) as error:
        return (), (error.message,)


def _concerns(trigger: str | None, steps: Sequence[object], service: str) -> bool:
    actions = [str(getattr(step, "action", "")) for step in steps]
    return trigger == service or any(action.startswith(f"{service}.") for action in actions)


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
