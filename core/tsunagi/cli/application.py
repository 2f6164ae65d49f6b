"""The whole command line: global options, the commands written here, and those of plugins."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tsunagi.cli.accounts import accounts
from tsunagi.cli.connecting import connect, connections
from tsunagi.cli.currencies import currencies
from tsunagi.cli.database import database
from tsunagi.cli.documents import documents
from tsunagi.cli.exit_codes import ExitCode
from tsunagi.cli.features import features
from tsunagi.cli.groups import Root
from tsunagi.cli.initializing import init
from tsunagi.cli.invocation import Invocation
from tsunagi.cli.keys import keys
from tsunagi.cli.people import people
from tsunagi.cli.plugins import plugins
from tsunagi.cli.rules import rules
from tsunagi.cli.runs import runs
from tsunagi.cli.serve import serve
from tsunagi.cli.services import services
from tsunagi.cli.settings import settings
from tsunagi.cli.status import retry, status
from tsunagi.cli.sync import sync
from tsunagi.cli.tokens import tokens
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

# Literals rather than the settings' own types, which would cost every start the import of the settings.
_Language = Literal["en", "ja"]
_Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tsunagi {version('tsunagi')}")
        raise typer.Exit


def root_command() -> Any:
    """The command `tsunagi`, in the language set before this module was imported."""
    command = typer.main.get_command(_application())
    if language() != "en":
        # Only here: the library's pages take as long to import as the rest of the command line.
        from tsunagi.cli.help_pages import translate

        translate(command)
    return command


def _application() -> typer.Typer:
    app = typer.Typer(
        name="tsunagi",
        cls=Root,
        help=_("Keep a CRM and the finance services of a company in step."),
        epilog=_epilog(),
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_global_options)
    app.command(help=_("Lay down a rules folder and a settings file; nothing is ever overwritten."))(init)
    app.command(help=_("Connect an organisation of one service or several."))(connect)
    app.command(help=_("List the connected organisations."))(connections)
    app.add_typer(keys, name="keys")
    app.add_typer(services, name="services")
    app.add_typer(features, name="features")
    app.add_typer(currencies, name="currencies")
    app.command(help=_("Bring both sides into step."))(sync)
    app.command(help=_("List what is not as it should be, why, and what to do."))(status)
    app.command(help=_("Try again now what is on that list."))(retry)
    app.add_typer(runs, name="runs")
    app.add_typer(accounts, name="accounts")
    app.add_typer(documents, name="documents")
    app.add_typer(rules, name="rules")
    app.add_typer(people, name="people")
    app.add_typer(tokens, name="tokens")
    app.add_typer(plugins, name="plugins")
    app.command(help=_("Serve pages, API and callbacks, and do the work that comes up."))(serve)
    app.add_typer(database, name="db")
    app.add_typer(settings, name="settings")
    return app


def _global_options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help=_("Folder of the installation; default: TSUNAGI_HOME, else .tsunagi."))
    ] = None,
    language: Annotated[
        _Language | None, typer.Option(help=_("Language of everything said here; default: that of the terminal."))
    ] = None,
    log_level: Annotated[
        _Level | None,
        typer.Option(case_sensitive=False, help=_("How much is logged to standard error; default: WARNING.")),
    ] = None,
    acting_for: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="EMAIL", help=_("The CRM user the command acts for; default: who connected the CRM.")
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback answers it
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help=_("Show the version.")),
    ] = False,
) -> None:
    context.obj = Invocation(home, language, log_level, acting_for)


def _epilog() -> str:
    codes = " · ".join(f"{int(code)} {say(code.meaning)}" for code in ExitCode)
    return _("Exit codes: {codes}").format(codes=codes)
