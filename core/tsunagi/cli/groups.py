"""Command groups, those written here and those that plugins bring, and their help pages in the reader's language."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any
from unicodedata import east_asian_width

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from tsunagi.cli.failures import ExitCode
from tsunagi.translation import gettext as _

_COMPLETION_OPTIONS = frozenset({"install_completion", "show_completion"})


class Group(TyperGroup):
    """A group that reports an unknown command in the reader's language, with the nearest name."""

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
            # As for any other command without arguments.
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
    """Without the options that install completion: those belong to the root command."""
    command.name = name
    command.params = [parameter for parameter in command.params if parameter.name not in _COMPLETION_OPTIONS]
    return command


# The commands of plugins by name, for a context; names that are taken already are kept separately.
Contributed = Callable[[Any, Sequence[str]], Mapping[str, Any]]


class Root(Group):
    """The commands written here, then those of plugins. Plugins are loaded only where a name is none of ours."""

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


_WORD = re.compile(r"\s+|[!-~]+|.")
# Of a table's first column; a longer name gets a line of its own.
_NAMES = 30


def use_help_pages() -> None:
    """Every help page from now on is written this way."""
    # The library draws its own with another one, which takes longer to import than the command line itself.
    for kind in typer.Context.__mro__:
        if "formatter_class" in vars(kind):
            kind.formatter_class = HelpPage  # type: ignore[attr-defined]


# The library keeps the class it writes pages with to itself.
_Plain: Any = typer.Context.formatter_class


class HelpPage(_Plain):  # type: ignore[misc]
    """Japanese has no blanks to break at and takes two columns a sign, which the library does not know."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        start = _("Usage: {program}").format(program=prog) if prefix is None else f"{prefix}{prog}"
        self._write_folded(f"{start} {args}", hanging=4)

    def write_text(self, text: str) -> None:
        for paragraph in text.split("\n\n"):
            self._write_folded(" ".join(paragraph.split()))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = _NAMES, col_spacing: int = 2) -> None:
        column = min(max((_width(name) for name, _text in rows), default=0), col_max) + col_spacing
        for name, text in rows:
            lines = list(_folded(_translated(text), self.width - column - self.current_indent))
            beside = lines.pop(0) if lines and _width(name) + col_spacing <= column else ""
            gap = " " * (column - _width(name)) if beside else ""
            self.write(f"{'':{self.current_indent}}{name}{gap}{beside}\n")
            for line in lines:
                self.write(f"{'':{self.current_indent + column}}{line}\n")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        headings = {"Options": _("Options"), "Arguments": _("Arguments"), "Commands": _("Commands")}
        with super().section(headings.get(name, name)):
            yield

    def _write_folded(self, text: str, *, hanging: int = 0) -> None:
        indent = self.current_indent
        for number, line in enumerate(_folded(text, self.width - indent - hanging)):
            self.write(f"{'':{indent + (hanging if number else 0)}}{line}\n")


def _translated(text: str) -> str:
    """What the library adds to an option's help, in the current language."""
    texts = {
        "Install completion for the current shell.": _("Install completion for this shell."),
        "Show completion for the current shell, to copy it or customize the installation.": _(
            "Show the completion script of this shell."
        ),
        "Show this message and exit.": _("Show this message and exit."),
    }
    translated = texts.get(text.strip(), text)
    translated = re.sub(r"\[default: (.*?)\]", lambda found: _("[default: {}]").format(found[1]), translated)
    return translated.replace("[required]", _("[required]"))


def _folded(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns, broken at blanks and between signs of full width."""
    line = ""
    for part in _WORD.findall(" ".join(text.split())):
        if line and _width(line + part.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part if line or not part.isspace() else ""
    if line.strip():
        yield line.rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
