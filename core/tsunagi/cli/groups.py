"""Command groups: those written here, and those that plugins bring, found when somebody asks for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from tsunagi.cli.failures import ExitCode
from tsunagi.translation import gettext as _

_COMPLETION_OPTIONS = frozenset({"install_completion", "show_completion"})


class Group(TyperGroup):
    """A group that says in the reader's language which command is unknown, and which was probably meant."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each command is for, in full: the library cuts it off."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.help_of(ctx, name)) for name in self.list_commands(ctx)])

    def help_of(self, ctx: Any, name: str) -> str:
        command = self.get_command(ctx, name)
        return str(command.help or "") if command else ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            # As for any other command line that asks for nothing.
            raise typer.Exit(ExitCode.CONFIGURATION)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(_("There is no command '{name}'.").format(name=name) + self._near(ctx, name))
        return super().resolve_command(ctx, args)

    def _near(self, ctx: Any, name: str) -> str:
        near = get_close_matches(name, self.list_commands(ctx), n=1)
        return " " + _("Did you mean '{name}'?").format(name=near[0]) if near else ""


class GroupWithDefault(Group):
    """A group that does its command `run` where the first argument names none of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        asked = args[0] if args else ""
        if asked in self.list_commands(ctx) or asked in ctx.help_option_names:
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, ["run", *args])

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name in super().list_commands(ctx) if name != "run"]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*self.commands["run"].collect_usage_pieces(ctx), "| COMMAND ..."]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.commands["run"].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@dataclass(frozen=True, slots=True)
class Written:
    """A command or group written here: its `module:name` and what it is for, so that help need not import it."""

    name: str
    place: str
    help: str

    def command(self) -> Any:
        module, _colon, attribute = self.place.partition(":")
        found = getattr(import_module(f"tsunagi.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            found.info.help = self.help
            # A group stays one, however few commands it has.
            return named(get_group(found), self.name)
        app = typer.Typer(rich_markup_mode=None)
        app.command(self.name, help=self.help)(found)
        return named(get_command(app), self.name)


def named(command: Any, name: str) -> Any:
    """Without the options that install completion: those are the whole command line's."""
    command.name = name
    command.params = [parameter for parameter in command.params if parameter.name not in _COMPLETION_OPTIONS]
    return command


# The commands of plugins by name, for a context; names that are taken already are told apart.
Contributed = Callable[[Any, Sequence[str]], Mapping[str, Any]]


class Root(Group):
    """The commands written here, then those of plugins. Plugins are asked only where a name is none of ours."""

    written: Mapping[str, Written] = {}
    contributed: Contributed
    _of_plugins: Mapping[str, Any] | None = None

    def list_commands(self, ctx: Any) -> list[str]:
        return [*self.written, *self._contributed(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        ours = self.written.get(cmd_name)
        return ours.command() if ours else self._contributed(ctx).get(cmd_name)

    def help_of(self, ctx: Any, name: str) -> str:
        ours = self.written.get(name)
        return ours.help if ours else super().help_of(ctx, name)

    def _contributed(self, ctx: Any) -> Mapping[str, Any]:
        if self._of_plugins is None:
            self._of_plugins = self.contributed(ctx, list(self.written))
        return self._of_plugins
