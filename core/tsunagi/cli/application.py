"""The command line: global options, the commands written here, and those of plugins."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Root, Written, use_help_pages
from tsunagi.cli.invocation import Invocation
from tsunagi.translation import gettext as _
from tsunagi.translation import say

# Literals rather than the settings' own types, which would cost every start the import of the settings.
_Language = Literal["en", "ja"]
_Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tsunagi {version('tsunagi')}")
        raise typer.Exit


def root_command() -> Any:
    """The command `tsunagi`, in the language set before this module was imported."""
    use_help_pages()
    root = typer.main.get_command(_application())
    assert isinstance(root, Root)
    root.written = {command.name: command for command in _commands()}
    root.contributed = _of_plugins
    return root


def _application() -> typer.Typer:
    app = typer.Typer(
        name="tsunagi",
        cls=Root,
        help=_("Keep a CRM and the finance services of a company in step."),
        epilog=_epilog(),
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_global_options)
    return app


def _of_plugins(context: typer.Context, taken: Sequence[str]) -> Mapping[str, Any]:
    from tsunagi.cli.operations import plugin_commands

    return plugin_commands(context, taken=taken)


def _commands() -> tuple[Written, ...]:
    """All commands in the order of the help page; each is imported when it is called."""
    return (
        Written(
            "init", "settings:init", _("Lay down a rules folder and a settings file; nothing is ever overwritten.")
        ),
        Written("connect", "connecting:connect", _("Connect an organisation of one service or several.")),
        Written("connections", "connecting:connections", _("List the connected organisations.")),
        Written("sync", "sync:commands", _("Bring both sides into step.")),
        Written("plan", "plans:plan", _("Plan a sync or a change of settings: saved, shown, applied later.")),
        Written("apply", "plans:apply", _("Apply a saved plan, where the world has not moved since.")),
        Written("status", "status:status", _("List what is not as it should be, why, and what to do.")),
        Written(
            "operations", "operations:operations", _("Show whether somebody works, what waits and failed, and calls.")
        ),
        Written("limits", "operations:limits", _("Show what is left of each service's calls of the day.")),
        Written("audit", "operations:audit", _("List who did what: settings, keys, tokens, rules, mails.")),
        Written("retry", "status:retry", _("Try again now what is on that list.")),
        Written("serve", "sync:serve", _("Serve pages, API and callbacks, and do the work that comes up.")),
        Written(
            "keys",
            "keys:keys",
            _("Let a CRM administrator connect an organisation of yours, without your credentials."),
        ),
        Written("services", "services:services", _("Look at the services, switch one off or on again.")),
        Written("features", "services:features", _("Choose what is fetched and shown of each service.")),
        Written("currencies", "currencies:currencies", _("Check plans, currencies and exchange rates of both sides.")),
        Written("runs", "runs:runs", _("Look at the syncs that ran.")),
        Written("accounts", "accounts:accounts", _("Look at accounts and their documents.")),
        Written("records", "records:records", _("Look at vendors, products and other records of the CRM.")),
        Written("receivables", "document_lists:receivables", _("Show what is owed, by how long it has been due.")),
        Written("open", "opening:open_page", _("Open the page of whatever a command printed.")),
        Written("widget", "opening:widget", _("Make the address of a widget for a page of the CRM.")),
        Written(
            "documents",
            "documents:documents",
            _("List, make, change and mail documents, save them as PDF, read new ones."),
        ),
        Written("rules", "rules:rules", _("Look at the rules, check and test them.")),
        Written("permissions", "permissions:permissions", _("Look at who may do what, check the files, compare them.")),
        Written("why-denied", "permissions:why_denied", _("Show why a user may, or may not, do something.")),
        Written("why", "history:why", _("Show why a document exists: the rule, and what each condition saw.")),
        Written("why-not", "history:why_not", _("Show why a deal has no document, and what would change that.")),
        Written("reconcile", "sync_review:reconcile", _("Show where both sides differ, why, and how to fix it.")),
        Written("history", "history:history", _("Show who or what changed a record, when, and the previous values.")),
        Written("people", "people:people", _("Look at the users of the CRM.")),
        Written(
            "tokens",
            "people:tokens",
            _("Make and revoke the tokens people sign in to API and pages with; for administrators."),
        ),
        Written("plugins", "operations:plugins", _("Look at the plugins.")),
        Written("db", "settings:database", _("Look after the database.")),
        Written("settings", "settings:settings", _("Look at the settings.")),
    )


def _global_options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help=_("Folder of the installation; default: TSUNAGI_HOME, else .tsunagi."))
    ] = None,
    language: Annotated[
        _Language | None, typer.Option(help=_("Language of all output; default: that of the terminal."))
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
