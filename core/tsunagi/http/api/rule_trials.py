"""Rules tried before they count, their versions, and the recipe in force."""

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from tsunagi.app.access.permissions import require, require_seen
from tsunagi.app.automation import recipes, rule_editing, rule_versions, trials
from tsunagi.app.automation.rule_editing import EDIT, Draft
from tsunagi.app.sync import backfilling
from tsunagi.app.sync.backfilling import Period
from tsunagi.app.views.overview import organization_zone
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.conditional import IfMatch, require_match
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, page_of_latest, plain, reference
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput
from tsunagi.rules.backtest import Difference, sums
from tsunagi.rules.trace import condition_json
from tsunagi.text import Text
from tsunagi.translation import say

router = APIRouter(prefix="/rules", tags=["rules"])

_File = Annotated[str, Field(max_length=300, description="a rule file, such as automations/deal_won_invoice.yaml")]
_Yaml = Annotated[str, Field(max_length=400_000, description="the file's text as it would be")]
# So many differences are told one by one; the sums are of all.
_SHOWN = 500


class DraftIn(BaseModel):
    """A rule file that is tried in place of the one of its name, or beside the others."""

    file: _File
    text: _Yaml


class SimulateIn(BaseModel):
    record: Annotated[str, Field(max_length=300, examples=["crm:deal:1000000456"])]
    event: Annotated[str, Field(max_length=200, description="such as deal.won; empty: each that rules wait for")] = ""
    given: Annotated[
        dict[str, str], Field(max_length=50, description="in place of the record's own", examples=[{"amount": "1 JPY"}])
    ] = {}
    draft: DraftIn | None = None


class WriteOut(BaseModel):
    """A write that would follow."""

    rule: str
    action: str
    operation: str
    service: str
    entity: str
    target: RefOut | None
    verb: str
    fields: dict[str, Any]


class RuleOutcomeOut(BaseModel):
    rule: str
    title: str
    outcome: Literal["asked", "not_met", "cannot_tell", "unfilled", "passed_over"]
    conditions: list[Any] = Field(description="each condition with the value it saw")
    problems: list[str]
    blocked: str = Field(description="why the record does not allow the action; empty where it does")


class SimulatedOut(BaseModel):
    event: str
    record: RefOut
    rules: list[RuleOutcomeOut]
    writes: list[WriteOut]


class SimulatedListOut(BaseModel):
    items: list[SimulatedOut]


class BacktestIn(DraftIn):
    since: dt.date


class SumsOut(BaseModel):
    action: str
    difference: Literal["more", "fewer", "different"]
    count: int
    money: dict[str, str] = Field(description="by currency")


class DifferenceOut(BaseModel):
    record: RefOut
    difference: Literal["more", "fewer", "different"]
    action: str
    rule_before: str | None
    rule_after: str | None
    amount: Any


class BacktestOut(BaseModel):
    events: int
    records: int
    differ: int = Field(description="how many records differ")
    undecided: int
    assumed: int = Field(description="events no rule waited for then: records they refer to are as they are today")
    actions: list[SumsOut]
    differences: list[DifferenceOut] = Field(description=f"at most {_SHOWN}")


class BackfillIn(BaseModel):
    """`since` and `until` are days, both included, of the record's own date, such as a deal's closing date."""

    event: Annotated[str, Field(max_length=200, examples=["deal.won"])] = "deal.won"
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def period(self) -> Period:
        return Period(self.since, self.until)


class ForeseenOut(BaseModel):
    event: str
    records: int = Field(description="records it has not happened to here")
    rules: dict[str, int] = Field(description="by rule, on how many of them it would act")
    actions: list["ForeseenActionOut"]


class ForeseenActionOut(BaseModel):
    """`money` is the sum of the records' amounts, by currency."""

    action: str
    count: int
    money: dict[str, str]


class BegunOut(BaseModel):
    batch: str


class VersionOut(BaseModel):
    version: str
    at: dt.datetime | None = Field(description="when it last came into force")
    in_force: bool
    rules: int
    added: list[str]
    changed: list[str]
    removed: list[str]


class VersionDifferenceOut(BaseModel):
    lines: list[str] = Field(description="as diff writes them")


class RolledBackOut(BaseModel):
    version: str
    written: list[str]
    removed: list[str]


class RecipeOut(BaseModel):
    recipe: str = Field(description="estimates, invoices or none; empty where the rules that are on make up none")
    on: list[str]
    others: list[str] = Field(description="rules that are on and in no recipe")


class RecipeIn(BaseModel):
    recipe: Annotated[str, Field(max_length=100)]
    service: Annotated[str, Field(max_length=100, description="where its documents are made; empty: as it is")] = ""


class RecipeChangeOut(BaseModel):
    recipe: str
    service: str
    on: list[str]
    off: list[str]
    written: list[str]
    others: list[str]


@router.post("/simulate", summary="Tell what the rules would do with one record")
def simulate(caller: SignedIn, asked: SimulateIn) -> SimulatedListOut:
    """Nothing is written. With a `draft`, as the rules would be with it."""
    context = caller.hub.context
    ref = _reference(asked.record)
    require_seen(context, caller.person, ref)
    if asked.draft is not None:
        draft = _draft(caller, asked.draft)
        context = replace(context, rule_book=lambda: draft.book)
    found = trials.simulate(context, ref, event=asked.event, given=asked.given)
    return SimulatedListOut(items=[_simulated(each) for each in found])


@router.post("/backtest", summary="Replay the stored history under a changed rule")
def backtest(caller: SignedIn, asked: BacktestIn) -> BacktestOut:
    """Nothing is written. The day begins where the organisation is."""
    context = caller.hub.context
    draft = _draft(caller, asked)
    zone = organization_zone(context) or dt.UTC
    done = trials.backtest_book(context, draft.book, since=dt.datetime.combine(asked.since, dt.time(), zone))
    differences = list(done.backtest.differences())
    return BacktestOut(
        events=done.backtest.events,
        records=done.backtest.records,
        differ=len({each.ref for each in differences}),
        undecided=done.backtest.undecided,
        assumed=done.assumed,
        actions=[
            SumsOut(
                action=each.action,
                difference=each.kind,
                count=each.count,
                money={currency: str(amount) for currency, amount in each.money.items()},
            )
            for each in sums(differences)
        ],
        differences=[_difference(each) for each in differences[:_SHOWN]],
    )


@router.get("/versions", summary="List the versions of the rules")
def list_versions(caller: SignedIn, after: After = None, limit: Limit = 50) -> Listing[VersionOut]:
    """The latest first; those that can be put back."""
    context = caller.hub.context
    require(context, caller.person, EDIT)
    rule_versions.keep_rules(context)
    known = rule_versions.versions(context, limit=rule_versions.KEPT)
    found = page_of_latest(known, lambda each: (each.at, each.version), after, limit)
    return Listing(
        next=found.next,
        items=[
            VersionOut(
                version=each.version,
                at=each.at,
                in_force=each.in_force,
                rules=each.rules,
                added=list(each.added),
                changed=list(each.changed),
                removed=list(each.removed),
            )
            for each in found.items
        ],
    )


@router.get("/versions/{version}", summary="Show what a version of the rules changed")
def read_version(caller: SignedIn, version: str) -> VersionDifferenceOut:
    require(caller.hub.context, caller.person, EDIT)
    return VersionDifferenceOut(lines=list(rule_versions.difference(caller.hub.context, version)))


@router.post("/versions/{version}/restore", summary="Put the rule files of a version back")
def restore_version(caller: SignedIn, version: str) -> RolledBackOut:
    """All files, or none; the rules as they are now are kept as a version of their own."""
    hub = caller.hub
    require(hub.context, caller.person, EDIT)
    done = rule_versions.roll_back(hub.context, caller.person, hub.settings.rules_dir, version)
    rule_editing.take_files(hub.context)
    return RolledBackOut(version=done.version, written=list(done.written), removed=list(done.removed))


@router.post("/backfills/plan", summary="Tell what rules would do with what was so before the first sync")
def foresee_backfill(caller: SignedIn, wanted: BackfillIn) -> ForeseenOut:
    """Nothing is written."""
    found = backfilling.foresee(caller.hub.context, caller.person, wanted.event, wanted.period)
    actions = [
        ForeseenActionOut(
            action=action,
            count=tally.count,
            money={currency: str(amount) for currency, amount in tally.money.items()},
        )
        for action, tally in found.actions.items()
    ]
    return ForeseenOut(event=found.event, records=found.records, rules=found.rules, actions=actions)


@router.post("/backfills", status_code=202, summary="Have rules act on what was so before the first sync")
def begin_backfill(caller: SignedIn, response: Response, wanted: BackfillIn) -> BegunOut:
    """Repeating it does nothing more: each record has its event once. Follow the run at the address in `Location`."""
    hub = caller.hub
    run = backfilling.request_backfill(hub.context, hub.jobs, caller.person, wanted.event, wanted.period)
    response.headers["Location"] = f"/api/sync-runs/{run}"
    return BegunOut(batch=run)


@router.get("/recipe", summary="Tell which recipe is in force")
def read_recipe(caller: SignedIn) -> RecipeOut:
    found = recipes.recipe_in_force(caller.hub.settings.rules_dir, caller.hub.registry)
    return RecipeOut(recipe=found.recipe, on=list(found.on), others=list(found.others))


@router.put("/recipe", summary="Put a recipe in force")
def use_recipe(caller: SignedIn, wanted: RecipeIn, if_match: IfMatch = None) -> RecipeChangeOut:
    """Its starter rules are switched on in their files and those of the others off; nothing else is touched."""
    hub = caller.hub
    require(hub.context, caller.person, EDIT)
    require_match(if_match, read_recipe(caller))
    done = rule_editing.choose_recipe(
        hub.context, caller.person, hub.settings.rules_dir, wanted.recipe, service=wanted.service
    )
    return RecipeChangeOut(
        recipe=done.recipe,
        service=done.service,
        on=list(done.on),
        off=list(done.off),
        written=list(done.written),
        others=list(done.others),
    )


def _draft(caller: Caller, given: DraftIn) -> Draft:
    """Raises InvalidInput for the first mistake in it."""
    context = caller.hub.context
    require(context, caller.person, EDIT)
    draft = rule_editing.check_draft(context, caller.hub.settings.rules_dir, given.file, given.text)
    if draft.problems:
        raise InvalidInput(draft.problems[0].message)
    return draft


def _reference(text: str) -> RecordRef:
    try:
        return RecordRef.parse(text)
    except ValueError:
        raise InvalidInput(
            Text(
                en=f"'{text}' is no record: name it as crm:deal:123.",
                ja=f"「{text}」はレコードではありません。crm:deal:123 の形で指定してください。",
            )
        ) from None


def _simulated(simulated: trials.Simulated) -> SimulatedOut:
    evaluated = simulated.evaluated
    rules = []
    for trace in simulated.traces:
        blocked = evaluated.problems.get(trace.rule)
        rules.append(
            RuleOutcomeOut(
                rule=trace.rule,
                title=say(trace.title),
                outcome=trace.outcome,
                conditions=[condition_json(each) for each in trace.conditions],
                problems=[say(problem) for problem in trace.problems],
                blocked=say(blocked) if blocked else "",
            )
        )
    writes = [
        WriteOut(
            rule=intent.rule,
            action=intent.action,
            operation=intent.write.operation,
            service=intent.write.service,
            entity=intent.write.entity,
            target=reference(intent.write.target) if intent.write.target else None,
            verb=intent.write.verb,
            fields=fields(intent.write.fields),
        )
        for intent in evaluated.intents
    ]
    event = simulated.event
    return SimulatedOut(event=event.name, record=reference(event.ref), rules=rules, writes=writes)


def _difference(each: Difference) -> DifferenceOut:
    return DifferenceOut(
        record=reference(each.ref),
        difference=each.kind,
        action=each.action,
        rule_before=each.before.rule if each.before else None,
        rule_after=each.after.rule if each.after else None,
        amount=plain(each.amount),
    )
