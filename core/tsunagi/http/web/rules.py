"""The rules pages: what is automated, the recipe in force, editing with a check and trials, and earlier versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import decide, require
from tsunagi.app.automation import recipes, rule_editing, rule_versions, trials
from tsunagi.app.automation.recipes import RECIPES
from tsunagi.app.automation.rule_book import rule_counts, rules_folder
from tsunagi.app.automation.rule_editing import EDIT, Draft
from tsunagi.app.views import records
from tsunagi.app.views.explanations import Reading, sentences
from tsunagi.app.views.overview import organization_zone
from tsunagi.domain.records import RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page
from tsunagi.hub import Hub
from tsunagi.rules.automations import Automation
from tsunagi.rules.backtest import Difference, Sums, sums
from tsunagi.translation import gettext as _

router = APIRouter(prefix="/rules")

_File = Annotated[str, Form(max_length=300)]
_YAML = Annotated[str, Form(alias="text", max_length=400_000)]
# How far back a trial on the history goes by default, and how many of its differences are shown.
_BACK, _SHOWN = timedelta(days=90), 50
_NEW = """\
version: 1
automation: my_rule
title:
  en: My rule
  ja: 自分のルール
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
actions:
  - action: {action}
repeat: once_per_record
"""


@dataclass(frozen=True, slots=True)
class RuleCard:
    """An automation with its conditions as sentences and how often it gave each answer."""

    rule: Automation
    conditions: Sequence[Reading]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Replay:
    """What changed rules would have done with the history: sums for the table, the first differences by name."""

    trial: trials.Replayed
    since: date
    sums: Sequence[Sums]
    differences: Sequence[Difference]
    records: int
    titles: Mapping[RecordRef, str]


@router.get("")
def list_rules(request: Request, caller: SignedIn) -> HTMLResponse:
    hub = caller.hub
    counts = rule_counts(hub.context)
    cards = [
        RuleCard(rule, sentences(hub.context, rule), counts.get(rule.id, {})) for rule in hub.rules.automations.values()
    ]
    return page(
        request,
        hub,
        "rules.html",
        cards=cards,
        broken=hub.rules.broken,
        folder=rules_folder(hub.settings.rules_dir),
        may_edit=decide(hub.context, caller.person, EDIT).allowed,
        recipe=recipes.recipe_in_force(hub.settings.rules_dir, hub.registry),
        recipes=_recipes(),
    )


@router.post("/recipe")
def use_recipe(
    caller: SignedIn, recipe: Annotated[str, Form(max_length=100)], service: Annotated[str, Form(max_length=100)] = ""
) -> RedirectResponse:
    """Raises ConfigError for a recipe there is not."""
    hub = caller.hub
    rule_editing.choose_recipe(hub.context, caller.person, hub.settings.rules_dir, recipe, service=service)
    return RedirectResponse("/rules", 303)


@router.post("/switch")
def switch(
    caller: SignedIn, rule: Annotated[str, Form(max_length=300)], on: Annotated[bool, Form()] = False
) -> RedirectResponse:
    rule_editing.switch_rule(caller.hub.context, caller.person, caller.hub.settings.rules_dir, rule, on=on)
    return RedirectResponse("/rules", 303)


@router.get("/edit")
def edit(request: Request, caller: SignedIn, file: Annotated[str, Query(max_length=300)] = "") -> HTMLResponse:
    """An empty `file` begins a new rule."""
    hub = caller.hub
    require(hub.context, caller.person, EDIT)
    if file:
        draft = rule_editing.open_rule(hub.context, hub.settings.rules_dir, file)
    else:
        text = _NEW.replace("{action}", _first_action(hub))
        draft = rule_editing.check_draft(hub.context, hub.settings.rules_dir, "automations/my_rule.yaml", text)
    return _editor(request, caller, draft)


@router.post("/edit")
def act_on_draft(
    request: Request,
    caller: SignedIn,
    file: _File,
    text: _YAML,
    saved: Annotated[str, Form(max_length=100)] = "",
    act: Annotated[Literal["check", "save", "simulate", "backtest"], Form()] = "check",
    record: Annotated[str, Form(max_length=300)] = "",
    since: Annotated[date | None, Form()] = None,
) -> Response:
    """Check, save, or try what was typed; nothing but "save" changes anything."""
    context, rules_dir = caller.hub.context, caller.hub.settings.rules_dir
    require(context, caller.person, EDIT)
    # Browsers send forms with the line ends of another age.
    text = text.replace("\r\n", "\n")
    draft = rule_editing.check_draft(context, rules_dir, file, text, saved=saved)
    if draft.problems:
        return _editor(request, caller, draft, status=422 if act == "save" else 200)
    try:
        match act:
            case "save":
                rule_editing.save_draft(context, caller.person, rules_dir, file, text, saved=saved)
                return RedirectResponse(f"/rules#{draft.rule.id}" if draft.rule else "/rules", 303)
            case "simulate":
                return _editor(request, caller, draft, simulated=_simulate(caller, draft, record), record=record)
            case "backtest":
                return _editor(request, caller, draft, replay=_replay(caller, draft, since))
        return _editor(request, caller, draft, checked=True)
    except TsunagiError as error:
        return _editor(request, caller, draft, error=error, record=record)


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


def _editor(
    request: Request,
    caller: Caller,
    draft: Draft,
    *,
    status: int = 200,
    checked: bool = False,
    error: TsunagiError | None = None,
    simulated: Sequence[trials.Simulated] | None = None,
    record: str = "",
    replay: Replay | None = None,
) -> HTMLResponse:
    hub = caller.hub
    return page(
        request,
        hub,
        "rule_editor.html",
        status=status_of(error) if error else status,
        draft=draft,
        marked={problem.line for problem in draft.problems},
        conditions=sentences(hub.context, draft.rule) if draft.rule else (),
        checked=checked,
        error=error,
        simulated=simulated,
        record=record,
        replay=replay,
        since=replay.since if replay else (hub.context.now() - _BACK).date(),
        actions=sorted(hub.registry.actions),
        events=sorted(hub.rules.vocabulary.events),
    )


def _simulate(caller: Caller, draft: Draft, record: str) -> Sequence[trials.Simulated]:
    """On one record, as the rules would be with the draft; of the draft's rule alone."""
    context = replace(caller.hub.context, rule_book=lambda: draft.book)
    ref = _record(context.registry.crm_service(), record.strip())
    event = draft.rule.event if draft.rule else ""
    return trials.simulate(context, ref, event=event)


def _record(crm: str, asked: str) -> RecordRef:
    """A record named in full, or a deal by its id alone."""
    try:
        return RecordRef.parse(asked)
    except ValueError:
        return RecordRef(crm, "deal", asked)


def _replay(caller: Caller, draft: Draft, since: date | None) -> Replay:
    context = caller.hub.context
    zone = organization_zone(context)
    first = since or (context.now() - _BACK).date()
    begin = datetime.combine(first, time(), zone or context.now().tzinfo)
    trial = trials.backtest_book(context, draft.book, since=begin)
    differences = list(trial.backtest.differences())
    shown = differences[:_SHOWN]
    return Replay(
        trial=trial,
        since=first,
        sums=list(sums(differences)),
        differences=shown,
        records=len({each.ref for each in differences}),
        titles=records.titles(context, [each.ref for each in shown]),
    )


def _first_action(hub: Hub) -> str:
    """What a new rule begins with: something is made, where there is an action for that."""
    names = sorted(hub.registry.actions)
    return next((name for name in names if name.endswith(".create")), next(iter(names), ""))


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
