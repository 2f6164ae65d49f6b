"""The plan of switching services and features on and off, with what that would mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tsunagi.app.connections import services
from tsunagi.app.connections.services import Consequences, FeatureState
from tsunagi.app.context import Context
from tsunagi.app.plans.files import PlanOvertaken
from tsunagi.app.plans.saved import new_plan, require_for, save
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, NotConnected
from tsunagi.store.connections import Connections
from tsunagi.store.saved_plans import PlanEntry, SavedPlan
from tsunagi.text import Text

ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Switches:
    """Services by name, and features as "service.feature", to switch on and off."""

    enable: Sequence[str] = ()
    disable: Sequence[str] = ()
    features_on: Sequence[str] = ()
    features_off: Sequence[str] = ()

    @property
    def any(self) -> bool:
        return any((self.enable, self.disable, self.features_on, self.features_off))


@dataclass(frozen=True, slots=True)
class Switchable:
    """A connected service and its features, each of them on or off now."""

    service: str
    on: bool
    features: Sequence[FeatureState]


def switchable(context: Context) -> list[Switchable]:
    """Everything a plan can switch."""
    with context.store.read() as session:
        known = {each.service: each.state != OFF for each in Connections(session).all()}
    connected = (service for service in context.registry.connectors if service in known)
    return [Switchable(service, known[service], services.features(context, service)) for service in connected]


def plan_services(context: Context, actor: Person | None, asked: Switches) -> SavedPlan:
    """Plan the switching of services and features.

    Raises PermissionDenied; NotConnected for a service that is not connected, ConfigError for an unknown feature or
    what would be switched on and off at once.
    """
    require_for(context, actor, "services")
    wanted = {**dict.fromkeys(asked.enable, ON), **dict.fromkeys(asked.disable, OFF)}
    switches = {**dict.fromkeys(asked.features_on, ON), **dict.fromkeys(asked.features_off, OFF)}
    _refuse_both({*asked.enable} & {*asked.disable} | {*asked.features_on} & {*asked.features_off})
    before = {name: _service_state(context, name) for name in wanted}
    before |= {name: _feature_state(context, name) for name in switches}
    entries: list[PlanEntry] = []
    for name, state in {**wanted, **switches}.items():
        if before[name] != state:
            changes = {name: {"old": before[name], "new": state}}
            entries.append(PlanEntry(subject=name, action=f"switch_{state}", changes=changes))
            if name in wanted and state == OFF:
                entries += _consequences(services.consequences(context, name, actor=actor))
    again = "tsunagi plan services"
    plan = new_plan(
        context, actor, "services", {"services": wanted, "features": switches, "before": before, "again": again}, {}
    )
    with context.store.write() as session:
        save(context, session, actor, plan, entries)
    return plan


def apply_services(context: Context, actor: Person | None, plan: SavedPlan) -> None:
    """Switch what is not as wanted yet. Raises PlanOvertaken where something is not connected any more, ConfigError."""
    wanted: Mapping[str, str] = plan.wanted["services"]
    switches: Mapping[str, str] = plan.wanted["features"]
    require_unmoved(context, plan)
    for name, state in switches.items():
        if _feature_state(context, name) != state:
            service, _, feature = name.partition(".")
            services.set_feature(context, actor, service, feature, on=state == ON)
    for name, state in wanted.items():
        if _service_state(context, name) == state:
            continue
        if state == OFF:
            services.disable(context, actor, name, confirmed=name)
        else:
            services.enable(context, actor, name)


def require_unmoved(context: Context, plan: SavedPlan) -> None:
    """Raises PlanOvertaken where a service or feature is neither as it was planned against nor as it is to be."""
    moved: list[str] = []
    wanted: Mapping[str, str] = {**plan.wanted["services"], **plan.wanted["features"]}
    for name, before in plan.wanted["before"].items():
        try:
            now = _service_state(context, name) if name in plan.wanted["services"] else _feature_state(context, name)
        except ConfigError:
            now = ""
        if now not in {before, wanted[name]}:
            moved.append(name)
    if moved:
        raise PlanOvertaken(moved, plan.wanted["again"])


def _service_state(context: Context, service: str) -> str:
    with context.store.read() as session:
        known = {each.service: each.state for each in Connections(session).all()}
    if service not in known:
        raise NotConnected(service)
    return OFF if known[service] == OFF else ON


def _feature_state(context: Context, name: str) -> str:
    service, _, feature = name.partition(".")
    states = {each.feature.name: each.on for each in services.features(context, service)}
    if feature not in states:
        known = ", ".join(f"{service}.{each}" for each in states) or "-"
        raise ConfigError(
            Text(en=f"There is no feature '{name}'.", ja=f"機能「{name}」はありません。"),
            hint=Text(en=f"There are: {known}", ja=f"使える機能: {known}"),
        )
    return ON if states[feature] else OFF


def _refuse_both(names: set[str]) -> None:
    if names:
        shown = ", ".join(sorted(names))
        raise ConfigError(Text(en=f"On and off at once: {shown}.", ja=f"オンとオフの両方が指定されています: {shown}。"))


def _consequences(known: Consequences) -> Iterator[PlanEntry]:
    told = [
        Text(en=f"Rules that stop: {_list(known.rules)}", ja=f"停止するルール: {_list(known.rules)}"),
        Text(en=f"Syncs that stop: {_list(known.pairs)}", ja=f"停止する同期: {_list(known.pairs)}"),
        Text(
            en=f"No longer shown, kept: {known.traces.records} records, {known.traces.documents} documents",
            ja=f"表示されなくなるもの(保持): レコード {known.traces.records} 件、書類 {known.traces.documents} 件",
        ),
        Text(
            en=f"Planned writes that are given up: {known.traces.planned_writes}",
            ja=f"取りやめる書き込み: {known.traces.planned_writes} 件",
        ),
        *(finding.message for finding in known.findings),
        *known.unsure,
    ]
    for text in told:
        yield PlanEntry(subject=known.service, action="consequence", service=known.service, reason=text)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"
