"""The rules page: what is automated, on what conditions, and which files need repair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.automation.rule_book import rule_counts, rules_folder
from tsunagi.app.views.explanations import Reading, sentences
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.rules.automations import Automation

router = APIRouter()


@dataclass(frozen=True, slots=True)
class RuleCard:
    """An automation with its conditions as sentences and how often it gave each answer."""

    rule: Automation
    conditions: Sequence[Reading]
    counts: Mapping[str, int]


@router.get("/rules")
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
    )
