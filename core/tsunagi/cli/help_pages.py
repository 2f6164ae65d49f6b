"""Makes the command-line library's own words and tables fit for readers of other languages than English."""

from typing import Any

import typer
from rich import columns
from rich.table import Table
from typer import rich_utils

from tsunagi.translation import gettext as _


def translate(command: Any) -> None:
    """Say in the current language what the library says by itself on help pages of a command and those below it."""
    rich_utils.OPTIONS_PANEL_TITLE = _("Options")
    rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
    rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
    rich_utils.DEFAULT_STRING = _("[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = _("[required]")
    # The library offers no other way to say how the columns of its help pages break.
    for module in (rich_utils, columns):
        vars(module)["Table"] = _FoldingTable
    _translate_options(command, None)


class _FoldingTable(Table):
    """Breaks long texts anywhere: Japanese has no blanks to break at, and would be cut off."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        super().add_row(*cells, **options)
        for each in self.columns:
            each.overflow = "fold"


def _translate_options(command: Any, parent: Any) -> None:
    context = typer.Context(command, parent=parent, **command.context_settings)
    texts = {
        "install_completion": _("Install completion for this shell."),
        "show_completion": _("Show the completion script of this shell."),
        "help": _("Show this message and exit."),
    }
    for option in command.get_params(context):
        if option.name in texts:
            option.help = texts[option.name]
    for child in getattr(command, "commands", {}).values():
        _translate_options(child, context)
