"""Commands that plugins bring; one that cannot be used is named on standard error and left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import typer
from typer.main import get_command

from tsunagi.cli.groups import named
from tsunagi.cli.invocation import Invocation
from tsunagi.cli.printing import say_aside
from tsunagi.errors import ConfigError
from tsunagi.logging import configure
from tsunagi.plugin_loading import PluginCommands, commands_of_plugins
from tsunagi.translation import gettext as _
from tsunagi.translation import say

Tell = Callable[[str, str], None]


def plugin_commands(context: typer.Context, *, taken: Sequence[str]) -> Mapping[str, Any]:
    """The commands of all plugins by name, in order of plugin."""
    # While a shell asks what may come next, nothing may be written beside the answer.
    tell = _tell_nobody if context.resilient_parsing else _tell
    found: dict[str, Any] = {}
    for brought in commands_of_plugins(disabled=_disabled(context, tell)):
        for name, command in _commands(brought, tell):
            if name in found or name in taken:
                tell(brought.plugin, _("there is a command '{name}' already").format(name=name))
            else:
                found[name] = command
    return found


def _disabled(context: typer.Context, tell: Tell) -> Sequence[str]:
    given = Invocation.of_parameters(context.params)
    if not given.mentions("disabled_plugins"):
        # Nearly always: help must come at once, and reading all settings takes longer than the rest of it.
        return ()
    try:
        return given.settings().disabled_plugins
    except ConfigError as error:
        # Help and completion work where the settings do not; the commands themselves say the same and end.
        configure("WARNING")
        tell("", say(error.message))
        return ()


def _commands(brought: PluginCommands, tell: Tell) -> Iterator[tuple[str, Any]]:
    if brought.problem is not None:
        tell(brought.plugin, say(brought.problem))
    for app in brought.apps:
        name = app.info.name if isinstance(app, typer.Typer) else None
        if not isinstance(name, str) or not name:
            tell(brought.plugin, _("a command group must be a typer app with a name"))
            continue
        try:
            yield name, named(get_command(app), name)
        except Exception as error:  # noqa: BLE001 - typer refuses what a plugin declared with whatever it likes
            tell(brought.plugin, f"{type(error).__name__}: {error}")


def _tell(plugin: str, reason: str) -> None:
    message = _("The commands of the plugin '{plugin}' are left out: {reason}") if plugin else "{reason}"
    say_aside(message.format(plugin=plugin, reason=reason), style="yellow")


def _tell_nobody(plugin: str, reason: str) -> None:
    pass
