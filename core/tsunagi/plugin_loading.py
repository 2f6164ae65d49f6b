"""Entry points to pluggy to Registry, one plugin at a time: a bad one never takes the others down."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from tsunagi import hookspecs
from tsunagi.errors import PluginError, TsunagiError
from tsunagi.hookspecs import CONTRACT, PROJECT
from tsunagi.logging import Log, set_up_if_loaded
from tsunagi.plugin_calls import SECONDS, call
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.plugin_hooks import Hooks
    from tsunagi.registry import Contribution, Registry

log = Log(__name__)

_CONTRIBUTIONS = {
    "register_connectors": "connectors",
    "register_entity_types": "entities",
    "register_sync_pairs": "pairs",
    "register_actions": "actions",
    "register_panels": "panels",
}


@dataclass(frozen=True, slots=True)
class PluginReport:
    """How loading one plugin went. `problem` is set when it is failed or lost a part of what it brought."""

    name: str
    distribution: str
    version: str
    state: Literal["active", "disabled", "failed"]
    problem: Text | None = None
    brings: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class PluginCommands:
    """The command groups of one plugin, or why it has none."""

    plugin: str
    apps: Sequence[Any] = ()
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class LoadedPlugins:
    """What came of loading: the registry, the hooks that stay live, and a report on every plugin found."""

    registry: Registry
    hooks: Hooks
    reports: Sequence[PluginReport]


def load_plugins(
    *, disabled: Iterable[str] = (), extra: Mapping[str, object] | None = None, seconds: float = SECONDS
) -> LoadedPlugins:
    """Load every plugin of the entry-point group `tsunagi`, and `extra` ones given by name (for tests and
    embedding), in alphabetical order.

    `seconds` is what each import and each call of a hook may take. Never raises for a plugin's sake: what failed is
    in `reports`.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    loader = _RegistryLoader(manager, frozenset(disabled), seconds)
    for entry_point in _entry_points():
        loader.take_entry_point(entry_point)
    for name, plugin in (extra or {}).items():
        loader.take(name, partial(_given, plugin), distribution="", version="")
    return loader.finish()


def commands_of_plugins(*, disabled: Iterable[str] = ()) -> Iterator[PluginCommands]:
    """What plugins add to the command line, in alphabetical order.

    Only plugins that bring commands are loaded, since help and completion have to be quick. Never raises for a
    plugin's sake.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    loader = _Loader(manager, frozenset(disabled))
    for entry_point in filter(_may_bring_commands, _entry_points()):
        loader.take_entry_point(entry_point)
    yield from loader.commands()


def _entry_points() -> list[importlib.metadata.EntryPoint]:
    return sorted(importlib.metadata.entry_points(group=PROJECT), key=lambda item: item.name)


def _may_bring_commands(entry_point: importlib.metadata.EntryPoint) -> bool:
    """A module whose source never names the hook has none; what cannot be looked at is loaded to see."""
    try:
        # Imports the packages around it.
        spec = call(entry_point.name, partial(importlib.util.find_spec, entry_point.module))
    except Exception:  # noqa: BLE001 - third-party code may raise anything; loading reports it again
        return True
    if entry_point.attr or spec is None or not str(spec.origin).endswith(".py"):
        return True
    source = Path(str(spec.origin)).read_text(encoding="utf-8", errors="replace")
    return "register_commands" in source or "import *" in source


def _given(plugin: object) -> object:
    return plugin


class _Loader:
    """Registers plugins with pluggy, one at a time, and reports on each."""

    def __init__(self, manager: pluggy.PluginManager, disabled: frozenset[str], seconds: float = SECONDS) -> None:
        self._manager = manager
        self._disabled = disabled
        self._seconds = seconds
        self._reports: dict[str, PluginReport] = {}

    def take(self, name: str, load: Callable[[], object], *, distribution: str, version: str) -> None:
        if name in self._disabled:
            self._reports[name] = PluginReport(name, distribution, version, "disabled")
            return
        try:
            brings = self._register(name, call(name, load, self._seconds))
        except Exception as error:  # noqa: BLE001 - third-party code may raise anything
            self._undo(name)
            self._reports[name] = PluginReport(name, distribution, version, "failed", _reason(name, error))
            return
        self._reports[name] = PluginReport(name, distribution, version, "active", brings=brings)

    def take_entry_point(self, entry_point: importlib.metadata.EntryPoint) -> None:
        distribution = entry_point.dist
        self.take(
            entry_point.name,
            entry_point.load,
            distribution=distribution.name if distribution else "",
            version=distribution.version if distribution else "",
        )

    def commands(self) -> Iterator[PluginCommands]:
        for report in self._reports.values():
            if report.state == "failed":
                yield PluginCommands(report.name, problem=report.problem)
            elif report.state == "active":
                yield self._commands_of(report.name)

    def _commands_of(self, name: str) -> PluginCommands:
        try:
            return PluginCommands(name, self._apps(name))
        except Exception as error:  # noqa: BLE001 - third-party code may raise anything
            return PluginCommands(name, problem=_reason(name, error))

    def _apps(self, name: str) -> tuple[Any, ...]:
        (brought,) = self._answers("register_commands", name) or ((),)
        if isinstance(brought, list | tuple):
            return tuple(brought)
        from tsunagi.plugin_answers import WrongAnswer

        raise WrongAnswer(name, "register_commands", brought, "Sequence[typer.Typer]")

    def _register(self, name: str, plugin: object) -> Mapping[str, Sequence[str]]:
        """Returns the names of what it contributes, by kind."""
        _check_contract(name, plugin)
        self._check_spelling(name, plugin)
        _check_no_wrapper(name, plugin)
        self._manager.register(plugin, name=name)
        return {}

    def _answers(self, hook: str, name: str) -> list[Any]:
        """One, or none where the plugin does not have the hook."""
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        mine = [impl for impl in caller.get_hookimpls() if impl.plugin_name == name]
        return [call(name, impl.function, self._seconds) for impl in mine]

    def _check_spelling(self, name: str, plugin: object) -> None:
        known = [hook for hook in vars(hookspecs) if hasattr(getattr(hookspecs, hook), f"{PROJECT}_spec")]
        for attribute in dir(plugin):
            if attribute in known or not hasattr(getattr(plugin, attribute, None), f"{PROJECT}_impl"):
                continue
            near = get_close_matches(attribute, known, n=1)
            raise PluginError(
                Text(
                    en=f"There is no hook '{attribute}'."
                    + (f" Did you mean '{near[0]}'?" if near else f" Known are: {', '.join(sorted(known))}"),
                    ja=f"フック「{attribute}」はありません。"
                    + (f"「{near[0]}」ではありませんか。" if near else f"使えるもの: {', '.join(sorted(known))}"),
                ),
                plugin=name,
            )

    def _undo(self, name: str) -> None:
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)


class _RegistryLoader(_Loader):
    """Collects what plugins declare, too."""

    def __init__(self, manager: pluggy.PluginManager, disabled: frozenset[str], seconds: float) -> None:
        from tsunagi.registry import Registry

        super().__init__(manager, disabled, seconds)
        self._registry = Registry()

    def finish(self) -> LoadedPlugins:
        from tsunagi.plugin_hooks import Hooks

        set_up_if_loaded()
        registry, problems = self._registry.completed()
        for problem in problems:
            report = self._reports[problem.plugin]
            self._reports[problem.plugin] = PluginReport(
                report.name, report.distribution, report.version, report.state, problem.message, report.brings
            )
        for report in self._reports.values():
            if report.problem:
                log.warning("plugin_problem", plugin=report.name, state=report.state, reason=str(report.problem))
        return LoadedPlugins(registry, Hooks(self._manager, self._seconds), tuple(self._reports.values()))

    def _register(self, name: str, plugin: object) -> Mapping[str, Sequence[str]]:
        from tsunagi.registry import Contribution

        super()._register(name, plugin)
        contribution = Contribution(**{kind: self._contributed(hook, name) for hook, kind in _CONTRIBUTIONS.items()})
        self._registry = self._registry.adding(name, contribution)
        return _names(contribution)

    def _contributed(self, hook: str, name: str) -> tuple[Any, ...]:
        from tsunagi.plugin_answers import declared

        return tuple(item for answer in self._answers(hook, name) for item in declared(name, hook, answer))


def _check_contract(name: str, plugin: object) -> None:
    written_for = getattr(plugin, "tsunagi_contract", CONTRACT)
    if written_for != CONTRACT:
        raise PluginError(
            Text(
                en=f"Written for version {written_for} of the plugin contract; this hub speaks {CONTRACT}.",
                ja=f"プラグイン規約の版 {written_for} 用です。このハブの版は {CONTRACT} です。",
            ),
            plugin=name,
        )


def _check_no_wrapper(name: str, plugin: object) -> None:
    for attribute in dir(plugin):
        options = getattr(getattr(plugin, attribute, None), f"{PROJECT}_impl", None) or {}
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(
                Text(
                    en=f"'{attribute}' is marked as a wrapper. A plugin answers for itself and wraps no other: "
                    "use @hookimpl without wrapper and return the answer.",
                    ja=f"「{attribute}」に wrapper が指定されています。他のプラグインを包むことはできません。"
                    "@hookimpl を wrapper なしで使い、結果を return してください。",
                ),
                plugin=name,
            )


def _reason(name: str, error: Exception) -> Text:
    if isinstance(error, TsunagiError):
        return error.message
    what = f"{type(error).__name__}: {error}"
    return Text(
        en=f"The plugin '{name}' could not be loaded: {what}",
        ja=f"プラグイン「{name}」を読み込めません: {what}",
    )


def _names(brought: Contribution) -> dict[str, tuple[str, ...]]:
    return {
        "connectors": tuple(item.service for item in brought.connectors),
        "entities": tuple(item.key for item in brought.entities),
        "pairs": tuple(item.name for item in brought.pairs),
        "actions": tuple(item.name for item in brought.actions),
        "panels": tuple(item.name for item in brought.panels),
    }
