"""`tsunagi plugins`: what was found, what each brings, and what is wrong with it."""

from typing import TYPE_CHECKING

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.plugin_loading import PluginReport

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
    """One line a kind: the names themselves, so that one sees who brings what."""
    kinds = {
        "connectors": _("services"),
        "entities": _("records"),
        "pairs": _("syncs"),
        "actions": _("actions"),
        "panels": _("panels"),
    }
    brings = report.brings or {}
    return plain("\n".join(f"{label}: {', '.join(brings[kind])}" for kind, label in kinds.items() if brings.get(kind)))
