"""Which rules there are: `tsunagi rules use|new|schema` lay some down, `history` and `rollback` go back."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tsunagi.app.automation.recipes import RecipeState
    from tsunagi.registry import Registry


def use(
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(metavar="[estimates|invoices|none]", help=_("Left out: the one in force is shown."))
    ] = "",
    service: Annotated[
        str, typer.Option(help=_("The service that makes the documents; default: as in the files."))
    ] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation.recipes import recipe_in_force
    from tsunagi.app.automation.rule_editing import choose_recipe

    if not recipe:
        _show(recipe_in_force(*_installation(context)), as_json)
        return
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        folder = hub.settings.rules_dir
        done = choose_recipe(hub.context, invocation.actor(hub), folder, recipe, service=service)
    if as_json:
        print_json(
            {"recipe": done.recipe, "on": done.on, "off": done.off, "written": done.written, "others": done.others}
        )
        return
    for file in done.written:
        out().print(plain(_("wrote {path}").format(path=folder / file)), soft_wrap=True)
    out().print(plain(_("The recipe '{recipe}' is in force.").format(recipe=done.recipe)))
    _print_others(done.others)


def _show(state: "RecipeState", as_json: bool) -> None:
    if as_json:
        print_json({"recipe": state.recipe, "on": state.on, "others": state.others})
        return
    if state.recipe:
        out().print(plain(_("The recipe '{recipe}' is in force.").format(recipe=state.recipe)))
    else:
        out().print(plain(_("No recipe is complete; enabled rules: {rules}").format(rules=", ".join(state.on))))
    _print_others(state.others)


def _print_others(others: tuple[str, ...]) -> None:
    if others:
        say_aside(_("In no recipe, and on as before: {rules}").format(rules=", ".join(others)))


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=_("Its own name, such as big_deal_invoice; it stays the same for ever."))],
    event: Annotated[str, typer.Option(help=_("What sets it going, such as deal.won."))] = "deal.won",
    action: Annotated[str, typer.Option(help=_("The action it takes; 'tsunagi plugins list' names them."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation.rule_editing import make_rule

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        folder = hub.settings.rules_dir
        chosen = action or next(iter(hub.registry.actions), "")
        files = make_rule(hub.context, invocation.actor(hub), folder, name, event, chosen)
    _print_written(folder, files, as_json)


def schema(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.automation.rule_editing import write_schemas

    folder, registry = _installation(context)
    _print_written(folder, write_schemas(folder, registry), as_json)


def _installation(context: typer.Context) -> "tuple[Path, Registry]":
    from tsunagi.plugin_loading import load_plugins

    settings = Invocation.of(context).settings()
    loaded = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds)
    return settings.rules_dir, loaded.registry


def _print_written(folder: "Path", files: "Sequence[str]", as_json: bool) -> None:
    if as_json:
        print_json([folder / file for file in files])
        return
    for file in files:
        out().print(plain(_("wrote {path}").format(path=folder / file)), soft_wrap=True)
    if not files:
        say_aside(_("Nothing has changed."))


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
