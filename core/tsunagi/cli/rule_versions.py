"""`tsunagi rules history` and `rules rollback`: the versions of the rules, and going back to one."""

from typing import Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, table
from tsunagi.translation import gettext as _


def history(
    context: typer.Context,
    version: Annotated[
        str, typer.Argument(metavar="[VERSION]", help=_("Show how this version differs from the one before it."))
    ] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation import rule_versions

    with Invocation.of(context).hub() as hub:
        rule_versions.keep_rules(hub.context)
        if version:
            lines = rule_versions.difference(hub.context, version)
            if as_json:
                print_json(lines)
                return
            for line in lines:
                out().print(plain(line), soft_wrap=True)
            return
        found = rule_versions.versions(hub.context)
    if as_json:
        print_json(found)
        return
    shown = table((_("Version"), "whole"), _("In force since"), (_("Rules"), "right"), _("Changes"))
    for each in found:
        changes = [f"+{file}" for file in each.added] + [f"~{file}" for file in each.changed]
        changes += [f"-{file}" for file in each.removed]
        name = each.version[: rule_versions.SHORT] + ("*" if each.in_force else "")
        shown.add_row(name, moment(each.at), str(each.rules), plain("\n".join(changes)))
    out().print(shown)


def rollback(
    context: typer.Context,
    version: Annotated[
        str,
        typer.Argument(metavar="[VERSION]", help=_("As `history` names it; default: the one before that in force.")),
    ] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.permissions import require
    from tsunagi.app.automation import rule_versions

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        require(hub.context, invocation.actor(hub), "rules:edit")
        done = rule_versions.roll_back(hub.context, invocation.viewer(hub), hub.settings.rules_dir, version)
        folder = hub.settings.rules_dir
    if as_json:
        print_json(done)
        return
    for file in done.written:
        out().print(plain(_("wrote {path}").format(path=folder / file)), soft_wrap=True)
    for file in done.removed:
        out().print(plain(_("took away {path}").format(path=folder / file)), soft_wrap=True)
    short = done.version[: rule_versions.SHORT]
    out().print(_("The rules are those of version {version} again.").format(version=short))
