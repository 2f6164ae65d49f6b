"""What the plugins contributed, read once, checked, typed and frozen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

from tsunagi.domain.actions import Action
from tsunagi.domain.connector import CRM, ConnectorType
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.mapping import SyncPair
from tsunagi.errors import ConfigError, PluginError
from tsunagi.text import Text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one plugin's `register_*` hooks returned."""

    connectors: Sequence[ConnectorType] = ()
    entities: Sequence[EntityType] = ()
    pairs: Sequence[SyncPair] = ()
    actions: Sequence[Action] = ()
    panels: Sequence[Panel] = ()


def _empty() -> Mapping[str, T]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything there is, by name. The rest of the hub reads this and never calls these hooks again.

    `owners` is the plugin that contributed each, by "kind name".
    """

    connectors: Mapping[str, ConnectorType] = field(default_factory=_empty)
    entities: Mapping[str, EntityType] = field(default_factory=_empty)
    pairs: Mapping[str, SyncPair] = field(default_factory=_empty)
    actions: Mapping[str, Action] = field(default_factory=_empty)
    panels: Sequence[Panel] = ()
    owners: Mapping[str, str] = field(default_factory=_empty)

    def adding(self, plugin: str, new: Contribution) -> "Registry":
        """With one more plugin; raises PluginError, and adds nothing, where a name is taken already."""
        owners = dict(self.owners)
        return replace(
            self,
            connectors=_merged("service", plugin, self.connectors, new.connectors, _service, owners),
            entities=_merged("entity type", plugin, self.entities, new.entities, _key, owners),
            pairs=_merged("sync pair", plugin, self.pairs, new.pairs, _name, owners),
            actions=_merged("action", plugin, self.actions, new.actions, _name, owners),
            panels=(*self.panels, *new.panels),
            owners=MappingProxyType(owners),
        )

    def completed(self) -> tuple["Registry", tuple[PluginError, ...]]:
        """Without the sync pairs and panels whose entity types nobody brought, and a word on each of them.

        A plugin that failed to load takes down what builds on it, and nothing else.
        """
        problems: list[PluginError] = []
        pairs = {name: pair for name, pair in self.pairs.items() if not self._missing(pair, problems)}
        return replace(self, pairs=MappingProxyType(pairs)), tuple(problems)

    def entity(self, service: str, name: str) -> EntityType:
        """Raises ConfigError naming what is known when the type is not."""
        return _known("entity type", f"{service}.{name}", self.entities)

    def pair(self, name: str) -> SyncPair:
        return _known("sync pair", name, self.pairs)

    def connector(self, service: str) -> ConnectorType:
        return _known("service", service, self.connectors)

    def crm_service(self) -> str:
        """The service on the CRM's side. Raises ConfigError where no plugin provides one."""
        for service, kind in self.connectors.items():
            if kind.side == CRM:
                return service
        raise ConfigError(
            Text(en="No plugin brings a CRM.", ja="CRM を扱うプラグインがありません。"),
            hint=Text(en="See: tsunagi plugins list", ja="確認: tsunagi plugins list"),
        )

    def listed(self, service: str) -> tuple[str, ...]:
        """The kinds of record a sync reads there, in order: those that no pair in force joins may cost nothing."""
        kind = self.connector(service)
        if not kind.when_paired:
            return kind.entities
        joined = self.joined(service)
        return (*kind.entities, *(entity for entity in kind.when_paired if entity in joined))

    def joined(self, service: str) -> frozenset[str]:
        """The kinds of record there that a pair in force joins."""
        ends = (end for pair in self.pairs.values() for end in (pair.left, pair.right))
        return frozenset(end.entity for end in ends if end.service == service)

    def panels_on(self, place: str) -> tuple[Panel, ...]:
        return tuple(panel for panel in self.panels if place in panel.places)

    def pairs_in_order(self, chosen: Iterable[str] | None = None) -> tuple[SyncPair, ...]:
        """Pairs, each behind those it waits for; only the chosen ones and what they need, if given."""
        ordered: dict[str, SyncPair] = {}
        for name in self.pairs if chosen is None else chosen:
            self._visit(name, ordered, ())
        return tuple(ordered.values())

    def _visit(self, name: str, ordered: dict[str, SyncPair], path: tuple[str, ...]) -> None:
        if name in ordered:
            return
        if name in path:
            circle = " -> ".join((*path, name))
            raise ConfigError(
                Text(
                    en=f"Sync pairs wait for each other: {circle}",
                    ja=f"同期ペアが互いを待っています: {circle}",
                )
            )
        pair = self.pair(name)
        for earlier in pair.after:
            self._visit(earlier, ordered, (*path, name))
        ordered[name] = pair

    def _missing(self, pair: SyncPair, problems: list[PluginError]) -> bool:
        ends = [f"{end.service}.{end.entity}" for end in (pair.left, pair.right)]
        unknown = [key for key in ends if key not in self.entities]
        unknown += [name for name in pair.after if name not in self.pairs]
        if not unknown:
            return False
        plugin = self.owners[f"sync pair {pair.name}"]
        names = ", ".join(unknown)
        problems.append(
            PluginError(
                Text(
                    en=f"The sync pair '{pair.name}' is left out: no plugin brings {names}.",
                    ja=f"同期ペア「{pair.name}」は使えません: {names} を登録するプラグインがありません。",
                ),
                plugin=plugin,
            )
        )
        return True


def _service(item: ConnectorType) -> str:
    return item.service


def _key(item: EntityType) -> str:
    return item.key


def _name(item: SyncPair | Action) -> str:
    return item.name


def _merged(
    kind: str,
    plugin: str,
    known: Mapping[str, T],
    new: Sequence[T],
    name_of: Callable[[T], str],
    owners: dict[str, str],
) -> Mapping[str, T]:
    merged = dict(known)
    for item in new:
        name = name_of(item)
        if name in merged:
            owner = owners[f"{kind} {name}"]
            raise PluginError(
                Text(
                    en=f"The {kind} '{name}' is brought by both '{owner}' and '{plugin}'; the later one is left out.",
                    ja=f"{kind}「{name}」を「{owner}」と「{plugin}」の両方が登録しています。後のものを除外します。",
                ),
                plugin=plugin,
            )
        merged[name] = item
        owners[f"{kind} {name}"] = plugin
    return MappingProxyType(merged)


def _known(kind: str, name: str, known: Mapping[str, T]) -> T:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    valid = ", ".join(sorted(known)) or "-"
    raise ConfigError(
        Text(en=f"There is no {kind} '{name}'.", ja=f"{kind}「{name}」はありません。"),
        hint=Text(en=f"Did you mean '{near[0]}'?", ja=f"「{near[0]}」ではありませんか。")
        if near
        else Text(en=f"Known are: {valid}", ja=f"使えるもの: {valid}"),
    )
