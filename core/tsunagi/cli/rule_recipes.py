"""`tsunagi rules use`: which documents the starter rules make of a deal."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.automation.recipes import RecipeState


def use(
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(metavar="[estimates|invoices|none]", help=_("Left out: the one in force is shown."))
    ] = "",
    service: Annotated[
        str, typer.Option(help=_("The service that makes the documents; default: as the files say."))
    ] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation.recipes import recipe_in_force, use_recipe
    from tsunagi.plugin_loading import load_plugins

    settings = Invocation.of(context).settings()
    registry = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).registry
    if not recipe:
        _show(recipe_in_force(settings.rules_dir, registry), as_json)
        return
    done = use_recipe(settings.rules_dir, registry, recipe, service=service)
    if as_json:
        print_json(
            {"recipe": done.recipe, "on": done.on, "off": done.off, "written": done.written, "others": done.others}
        )
        return
    for file in done.written:
        out().print(plain(_("wrote {path}").format(path=settings.rules_dir / file)), soft_wrap=True)
    out().print(plain(_("The recipe '{recipe}' is in force.").format(recipe=done.recipe)))
    _tell_of(done.others)


def _show(state: "RecipeState", as_json: bool) -> None:
    if as_json:
        print_json({"recipe": state.recipe, "on": state.on, "others": state.others})
        return
    if state.recipe:
        out().print(plain(_("The recipe '{recipe}' is in force.").format(recipe=state.recipe)))
    else:
        out().print(plain(_("No recipe is in force as a whole; on are: {rules}").format(rules=", ".join(state.on))))
    _tell_of(state.others)


def _tell_of(others: tuple[str, ...]) -> None:
    if others:
        say_aside(_("In no recipe, and on as before: {rules}").format(rules=", ".join(others)))
