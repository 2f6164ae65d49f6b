"""Saved plans: make one, look at it a page at a time, apply it."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.plans import applying, proposing, saved, syncing
from tsunagi.app.plans.saved import NoSuchPlan, PlanPage
from tsunagi.app.plans.switching import Switches
from tsunagi.app.plans.wording import reason_of, records_of
from tsunagi.app.views.records import titles
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, reference
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput, NotHere
from tsunagi.store.saved_plans import PlanEntry
from tsunagi.translation import say

router = APIRouter(prefix="/plans", tags=["plans"])


class NewPlan(BaseModel):
    """What to plan: `pairs` of a sync; `files` of rules, permissions or sync settings; or what to switch on and off."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "sync", "pairs": []}]})

    kind: Literal["sync", "rules", "permissions", "sync_settings", "services"]
    pairs: list[str] = Field(default=[], max_length=100, description="names of sync pairs; everything when empty")
    files: dict[Annotated[str, Field(max_length=300)], Annotated[str, Field(max_length=400_000)]] = Field(
        default={}, max_length=50, description="texts by name, such as permissions/sales.yaml"
    )
    since: dt.date | None = Field(default=None, description="for rules: the first day that is replayed")
    enable: list[str] = Field(default=[], max_length=20, description="services to switch on")
    disable: list[str] = Field(default=[], max_length=20, description="services to switch off")
    features_on: list[str] = Field(default=[], max_length=100, description="features to switch on, service.feature")
    features_off: list[str] = Field(default=[], max_length=100)


class ApplyIn(BaseModel):
    """`all_or_nothing` writes nothing where a record has moved. `first` starts the first sync of services that were
    never synced. `allow_deletions` lets it delete, deactivate or let go as much as it plans to."""

    model_config = ConfigDict(extra="forbid")

    all_or_nothing: bool = False
    first: bool = False
    allow_deletions: bool = False


class PlanOut(BaseModel):
    """A plan. `counts` by action and pair; `records`: of a sync's, how many are `planned`, `taken` or `left_out`."""

    id: str
    kind: str
    state: Literal["being_made", "failed", "ready", "expired", "applying", "partly_applied", "applied"]
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime
    applied_by: str
    changes: int = Field(description="how many entries would change something")
    counts: dict[str, dict[str, int]]
    records: dict[str, int]
    shown: dict[str, Any] = Field(description="the difference of files, and what a backtest found")
    made_run: str = Field(description="the run that makes the plan of a sync; else empty")
    run: str = Field(description="the run that applies the plan of a sync; else empty")
    problem: str | None


class EntryOut(BaseModel):
    """One thing a plan does, or leaves to somebody. `changes` by field, `old` and `new`."""

    action: str
    pair: str
    subject: str
    crm: RefOut | None
    finance: RefOut | None
    changes: dict[str, Any]
    reason: str
    state: Literal["planned", "taken", "left_out"]
    left_out: str = Field(description="the reason code of an entry whose record moved since; else empty")


@router.post("", status_code=201, summary="Make a plan")
def make_plan(caller: SignedIn, response: Response, new: Annotated[NewPlan, Body()]) -> PlanOut:
    """The plan of a sync is made in the background: it is `being_made` until its run has ended."""
    hub, person = caller.hub, caller.person
    try:
        if new.kind == "sync":
            plan = syncing.begin_sync_plan(hub.context, person, new.pairs)
            syncing.hand_over(hub.context, hub.jobs, plan)
        else:
            plan = proposing.propose(
                hub.context,
                person,
                new.kind,
                files=new.files,
                since=new.since,
                switches=Switches(new.enable, new.disable, new.features_on, new.features_off),
            )
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    response.headers["Location"] = f"/api/plans/{plan.id}"
    return plan_out(saved.plan_page(hub.context, person, plan.id))


@router.get("", summary="List plans")
def list_plans(caller: SignedIn, after: After = None, limit: Limit = 20) -> Listing[PlanOut]:
    """The latest first, without those of kinds the caller may not see."""
    found = saved.plans(caller.hub.context, caller.person, after=after, limit=limit)
    return Listing(items=[plan_out(page) for page in found.items], next=found.next)


@router.get("/{id}", summary="Read a plan")
def read_plan(caller: SignedIn, id: str) -> PlanOut:
    return plan_out(_page(caller, id))


@router.get("/{id}/entries", summary="Read what a plan would do")
def list_entries(
    caller: SignedIn,
    id: str,
    action: Annotated[str, Query(max_length=30)] = "",
    pair: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    after: After = None,
    limit: Limit = 50,
) -> Listing[EntryOut]:
    _page(caller, id)
    context, person = caller.hub.context, caller.person
    found = saved.entries(context, person, id, action=action, pair=pair, state=state, after=after, limit=limit)
    names = titles(context, records_of(found.items), person)
    return Listing(items=[_entry(entry, names) for entry in found.items], next=found.next)


@router.post("/{id}/apply", status_code=202, summary="Apply a plan")
def apply_plan(caller: SignedIn, id: str, asked: Annotated[ApplyIn, Body()] = ApplyIn()) -> PlanOut:  # noqa: B008
    """A plan of a sync is applied in the background by `run`. Applying it twice does nothing the second time."""
    page = _page(caller, id)
    hub, person = caller.hub, caller.person
    try:
        run = applying.begin(hub.context, person, id, whole=asked.all_or_nothing, first=asked.first)[1]
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    if run:
        syncing.hand_over_apply(
            hub.context, hub.jobs, page.plan, run, allow_deletions=asked.allow_deletions, actor=caller.person
        )
    return plan_out(_page(caller, id))


def plan_out(page: PlanPage) -> PlanOut:
    plan = page.plan
    return PlanOut(
        id=plan.id,
        kind=plan.kind,
        state=page.state,
        made_by=plan.made_by,
        made_at=plan.made_at,
        expires_at=plan.expires_at,
        applied_by=plan.applied_by,
        changes=page.changes,
        counts={action: dict(pairs) for action, pairs in page.counts.items()},
        records=dict(page.states),
        shown=plan.shown,
        made_run=plan.made_run,
        run=plan.run,
        problem=say(page.problem) if page.problem else None,
    )


def _page(caller: Caller, id: str) -> PlanPage:
    try:
        return saved.plan_page(caller.hub.context, caller.person, id)
    except NoSuchPlan as error:
        raise NotHere(error.message) from error


def _entry(entry: PlanEntry, names: dict[RecordRef, str]) -> EntryOut:
    return EntryOut(
        action=entry.action,
        pair=entry.pair,
        subject=entry.subject,
        crm=reference(entry.left, names) if entry.left else None,
        finance=reference(entry.right, names) if entry.right else None,
        changes=fields(entry.changes),
        reason=reason_of(entry),
        state=entry.state,
        left_out=entry.left_out,
    )
