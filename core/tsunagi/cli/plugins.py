"""`tsunagi plugins`: what was found, what each contributes and what is wrong with it; and the commands of plugins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.main import get_command

from tsunagi.cli.groups import Group, named
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.plugin_loading import PluginCommands, PluginReport


plugins = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@plugins.command("list", help=_("List every plugin: version, state, what it brings, and what is wrong with it."))
def list_plugins(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.plugin_loading import load_plugins

    settings = Invocation.of(context).settings()
    reports = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).reports
    if as_json:
        print_json(reports)
        return
    shown = table(_("Plugin"), _("Version"), _("State"), _("Brings"))
    for report in reports:
        shown.add_row(report.name, plain(report.version), _states()[report.state], _brings(report))
    out().print(shown)
    for report in reports:
        if report.problem is not None:
            out().print(plain(f"{report.name}: {say(report.problem)}"), style="red")


def _states() -> dict[str, str]:
    return {"active": _("active"), "disabled": _("switched off"), "failed": _("failed")}


def _brings(report: "PluginReport") -> str:
    """One line a kind: the names themselves, so that one sees which plugin contributes what."""
    kinds = {
        "connectors": _("services"),
        "entities": _("records"),
        "pairs": _("syncs"),
        "actions": _("actions"),
        "panels": _("panels"),
    }
    brings = report.brings or {}
    return plain("\n".join(f"{label}: {', '.join(brings[kind])}" for kind, label in kinds.items() if brings.get(kind)))


Warn = Callable[[str, str], None]


def plugin_commands(context: typer.Context, *, taken: Sequence[str]) -> Mapping[str, Any]:
    """The commands of all plugins by name, in order of plugin."""
    # While a shell completes a command, nothing else may be printed.
    from tsunagi.plugin_loading import commands_of_plugins

    warn = _ignore if context.resilient_parsing else _warn
    found: dict[str, Any] = {}
    for brought in commands_of_plugins(disabled=_disabled(context, warn)):
        for name, command in _commands(brought, warn):
            if name in found or name in taken:
                warn(brought.plugin, _("there is a command '{name}' already").format(name=name))
            else:
                found[name] = command
    return found


def _disabled(context: typer.Context, warn: Warn) -> Sequence[str]:
    from tsunagi.logging import configure

    given = Invocation.of_parameters(context.params)
    if not given.mentions("disabled_plugins"):
        # Nearly always: help must come at once, and reading all settings takes longer than the rest of it.
        return ()
    try:
        return given.settings().disabled_plugins
    except ConfigError as error:
        # Help and completion work where the settings do not; the commands themselves report it and exit.
        configure("WARNING")
        warn("", say(error.message))
        return ()


def _commands(brought: "PluginCommands", warn: Warn) -> Iterator[tuple[str, Any]]:
    if brought.problem is not None:
        warn(brought.plugin, say(brought.problem))
    for app in brought.apps:
        name = app.info.name if isinstance(app, typer.Typer) else None
        if not isinstance(name, str) or not name:
            warn(brought.plugin, _("a command group must be a typer app with a name"))
            continue
        try:
            yield name, named(get_command(app), name)
        except Exception as error:  # noqa: BLE001 - typer refuses what a plugin declared with whatever it likes
            warn(brought.plugin, f"{type(error).__name__}: {error}")


def _warn(plugin: str, reason: str) -> None:
    message = _("The commands of the plugin '{plugin}' are left out: {reason}") if plugin else "{reason}"
    say_aside(message.format(plugin=plugin, reason=reason), style="yellow")


def _ignore(plugin: str, reason: str) -> None:
    pass
