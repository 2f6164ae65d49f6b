"""The rules pages: what is automated, the recipe in force, editing with a check and trials, and earlier versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.access.permissions import decide, require
from tsunagi.app.automation import recipes, rule_editing, rule_versions
from tsunagi.app.automation.recipes import RECIPES
from tsunagi.app.automation.rule_book import rule_counts, rules_folder
from tsunagi.app.automation.rule_editing import EDIT
from tsunagi.app.sync.backfilling import backfillable
from tsunagi.app.views.explanations import Reading, sentences
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.hub import Hub
from tsunagi.rules.automations import Automation
from tsunagi.translation import gettext as _

router = APIRouter(prefix="/rules")


@dataclass(frozen=True, slots=True)
class RuleCard:
    """An automation with its conditions as sentences and how often it gave each answer."""

    rule: Automation
    conditions: Sequence[Reading]
    counts: Mapping[str, int]


@router.get("")
def list_rules(request: Request, caller: SignedIn, chosen: bool = False) -> HTMLResponse:
    """What is on comes first. `chosen`: a recipe was, just now."""
    hub = caller.hub
    counts = rule_counts(hub.context)
    cards = [
        RuleCard(rule, sentences(hub.context, rule), counts.get(rule.id, {}))
        for rule in sorted(hub.rules.automations.values(), key=lambda rule: not rule.enabled)
    ]
    return page(
        request,
        hub,
        "rules.html",
        cards=cards,
        broken=hub.rules.broken,
        folder=rules_folder(hub.settings.rules_dir),
        backfillable=backfillable(hub.context),
        may_edit=decide(hub.context, caller.person, EDIT).allowed,
        recipe=recipes.recipe_in_force(hub.settings.rules_dir, hub.registry),
        chosen=chosen,
        recipes=_recipes(),
        recipe_services=_services(hub),
    )


@router.post("/recipe")
def use_recipe(
    caller: SignedIn,
    recipe: Annotated[str, Form(max_length=100)] = "",
    service: Annotated[str, Form(max_length=100)] = "",
) -> RedirectResponse:
    """Without a recipe the rules stay as they are. Raises ConfigError for one there is not."""
    hub = caller.hub
    if not recipe:
        return RedirectResponse("/rules", 303)
    rule_editing.choose_recipe(hub.context, caller.person, hub.settings.rules_dir, recipe, service=service)
    return RedirectResponse("/rules?chosen=true", 303)


@router.post("/switch")
def switch(
    caller: SignedIn, rule: Annotated[str, Form(max_length=300)], on: Annotated[bool, Form()] = False
) -> RedirectResponse:
    rule_editing.switch_rule(caller.hub.context, caller.person, caller.hub.settings.rules_dir, rule, on=on)
    return RedirectResponse("/rules", 303)


@router.get("/history")
def history(request: Request, caller: SignedIn) -> HTMLResponse:
    context = caller.hub.context
    require(context, caller.person, EDIT)
    rule_versions.keep_rules(context)
    return page(
        request, caller.hub, "rule_history.html", versions=rule_versions.versions(context), lines=None, version=""
    )


@router.get("/history/{version}")
def show_version(request: Request, caller: SignedIn, version: str) -> HTMLResponse:
    context = caller.hub.context
    require(context, caller.person, EDIT)
    lines = rule_versions.difference(context, version)
    return page(
        request, caller.hub, "rule_history.html", versions=rule_versions.versions(context), lines=lines, version=version
    )


@router.post("/history/{version}")
def roll_back(caller: SignedIn, version: str) -> RedirectResponse:
    hub = caller.hub
    require(hub.context, caller.person, EDIT)
    rule_versions.roll_back(hub.context, caller.person, hub.settings.rules_dir, version)
    rule_editing.take_files(hub.context)
    return RedirectResponse("/rules/history", 303)


def _services(hub: Hub) -> list[str]:
    """Where a recipe's documents can be made, of what is connected; those that are not would wait for ever."""
    on = {connection.service for connection in hub.connectors.active()}
    return [service for service in recipes.services_of_recipes(hub.registry) if service in on]


def _recipes() -> dict[str, tuple[str, str]]:
    """Each recipe's name and what it does, in the order they are offered."""
    texts = {
        "estimates": (
            _("Estimates"),
            _("A new deal makes an estimate; a won deal accepts it, a lost one declines it."),
        ),
        "invoices": (_("Invoices"), _("A won deal makes an invoice; a deal lost afterwards voids it.")),
        "none": (_("None"), _("Deals make no documents.")),
    }
    return {name: texts.get(name, (name, "")) for name in RECIPES}
