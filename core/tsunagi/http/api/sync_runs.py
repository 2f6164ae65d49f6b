"""Sync runs: begin one, follow it, and see what came of it."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.sync import run_control, runs, undo_runs
from tsunagi.app.sync.preview import missed_events, workload
from tsunagi.app.sync.run_outcomes import Chosen
from tsunagi.app.sync.workflows import PLAN
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.http.api.schemas import After, Limit, Listing, RefOut, fields, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import InvalidInput, NotHere
from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncRun
from tsunagi.text import Text
from tsunagi.translation import say

router = APIRouter(prefix="/sync-runs", tags=["sync runs"])


class NewRun(BaseModel):
    """What to sync. `full` lists every record again, which also finds what was deleted.

    `plan` only reports what a sync would do. `first` starts the first sync of services that were never synced; without
    it nothing is written to them. `allow_deletions` lets this one run delete, deactivate or let go as much as it plans
    to.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"pairs": [], "full": False}]})

    pairs: list[str] = Field(default=[], max_length=100, description="names of sync pairs; everything when empty")
    full: bool = False
    plan: bool = False
    first: bool = False
    allow_deletions: bool = False
    most: int = Field(default=0, ge=0, description="bring only so many records of each pair in step; 0: all")


class RunOut(BaseModel):
    """`counts` by listing ("crm.account") or pair; `progress` is what is being done now, `lanes` by service."""

    id: str
    kind: str
    state: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    resumes_at: dt.datetime | None = Field(description="in the state `waiting`: when it goes on, with more calls")
    counts: dict[str, Any]
    progress: dict[str, Any]
    problem: str | None
    undoes: str = Field(description="the run that this one takes back, or plans to; else empty")


class OutcomeOut(BaseModel):
    """What became of one record, and why. `pair` is empty for a rule's write."""

    pair: str
    outcome: str
    left: RefOut | None
    right: RefOut | None
    reason: str


class ReasonOut(BaseModel):
    """So many records ended as `state` for one reason, which `key` names as a filter.

    `code` is its reason on the standing list, by which `POST /api/open-items/retries` tries again all that is there
    for it; null where it is not on it.
    """

    state: str
    key: str
    text: str
    count: int
    code: str | None


class WorkloadOut(BaseModel):
    """What carrying a plan out asks of a service. 0 `minutes` or `days`: no limit is known."""

    writes: int
    calls: int
    minutes: int
    days: int


class RunPageOut(RunOut):
    outcomes: list[OutcomeOut] = Field(description="of each outcome the first ones; `outcome_counts` has them all")
    outcome_counts: dict[str, int]
    reasons: list[ReasonOut] = Field(description="of all records of the run, also where only some are asked for")
    next: str | None = Field(description="of a single state: where the next page starts")
    workload: dict[str, WorkloadOut] = Field(description="of a plan, by service; empty for other runs")
    missed: dict[str, int] = Field(
        description="of the plan of a first sync, by event: records that were so before, on which no rule acts"
    )


@router.post("", status_code=202, summary="Begin a sync")
def begin_run(caller: SignedIn, response: Response, new: Annotated[NewRun, Body()] = NewRun()) -> RunOut:  # noqa: B008
    """The run is carried out in the background: follow it at the address in `Location`."""
    for name in new.pairs:
        _check_pair(caller.hub, name)
    context, work = caller.hub.context, caller.hub.jobs
    if new.plan:
        run = runs.request_plan(context, work, pairs=new.pairs, actor=caller.person)
    else:
        run = runs.request_sync(
            context,
            work,
            pairs=new.pairs,
            full=new.full,
            first=new.first,
            allow_deletions=new.allow_deletions,
            most=new.most,
            actor=caller.person,
        )
    response.headers["Location"] = f"/api/sync-runs/{run.id}"
    return run_out(run)


class Undo(BaseModel):
    """`plan` only reports what would become of each record. `created`: what becomes of records the run created."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"plan": True}]})

    plan: bool = False
    created: Literal["keep", "deactivate", "delete"] = "keep"


@router.post("/{id}/undo", status_code=202, summary="Undo what a run wrote")
def undo_run(caller: SignedIn, id: str, response: Response, asked: Annotated[Undo, Body()] = Undo()) -> RunOut:  # noqa: B008
    """Record by record, where nobody has changed it since; carried out in the background as a run of its own."""
    context = caller.hub.context
    if runs.run_page(context, id, limit=1, actor=caller.person) is None:
        raise NotHere(Text(en=f"There is no sync run '{id}'.", ja=f"同期「{id}」はありません。"))
    try:
        run = undo_runs.request_undo(
            context, caller.hub.jobs, id, plan=asked.plan, created=asked.created, actor=caller.person
        )
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    response.headers["Location"] = f"/api/sync-runs/{run.id}"
    return run_out(run)


@router.get("", summary="List sync runs")
def list_runs(caller: SignedIn, after: After = None, limit: Limit = 20) -> Listing[RunOut]:
    """The latest first."""
    found = runs.runs(caller.hub.context, after=after, limit=limit, actor=caller.person)
    return Listing(items=[run_out(run) for run in found.items], next=found.next)


@router.get("/{id}", summary="Read a sync run")
def read_run(
    caller: SignedIn,
    id: str,
    state: Annotated[str, Query(max_length=100, description="only records that ended so")] = "",
    reason: Annotated[str, Query(max_length=2000, description="only for this reason: its key or its words")] = "",
    after: After = None,
    limit: Limit = 50,
) -> RunPageOut:
    chosen = Chosen(state, reason)
    page = runs.run_page(caller.hub.context, id, chosen=chosen, after=after, limit=limit, actor=caller.person)
    if page is None:
        raise NotHere(Text(en=f"There is no sync run '{id}'.", ja=f"同期「{id}」はありません。"))
    outcomes = [
        OutcomeOut(
            pair=item.pair,
            outcome=item.outcome,
            left=_reference(item.left),
            right=_reference(item.right),
            reason=say(item.reason),
        )
        for group in page.groups
        for item in group.outcomes
    ]
    outcomes += [
        OutcomeOut(
            pair=intent.pair,
            outcome=intent.state,
            left=_reference(runs.source_of(intent)),
            right=None,
            reason=say(intent.problem) if intent.problem else "",
        )
        for intent in page.unmade
    ]
    counts = {group.outcome: group.count for group in page.groups}
    load = workload(caller.hub.context, page.run) if page.run.kind == PLAN else {}
    told = {service: WorkloadOut(**each) for service, each in load.items()}
    missed = {event: count for event, (_, count) in missed_events(caller.hub.context, page.run).items()}
    reasons = [
        ReasonOut(state=each.state, key=each.key, text=say(each.text), count=each.count, code=each.code or None)
        for each in page.reasons
    ]
    return RunPageOut(
        **_run(page.run),
        outcomes=outcomes,
        outcome_counts=counts,
        reasons=reasons,
        next=page.next,
        workload=told,
        missed=missed,
    )


@router.post("/{id}/pause", summary="Pause a sync run")
def pause_run(caller: SignedIn, id: str) -> RunOut:
    """It ends after the step in hand, and can be resumed."""
    return run_out(run_control.pause(caller.hub.context, id, caller.person))


@router.post("/{id}/resume", status_code=202, summary="Resume a sync run")
def resume_run(caller: SignedIn, id: str) -> RunOut:
    return run_out(run_control.resume(caller.hub.context, caller.hub.jobs, id, caller.person))


@router.post("/{id}/cancel", summary="Cancel a sync run")
def cancel_run(caller: SignedIn, id: str) -> RunOut:
    """It ends after the step in hand; what it has done stays."""
    return run_out(run_control.cancel(caller.hub.context, id, caller.person))


def run_out(run: SyncRun) -> RunOut:
    return RunOut(**_run(run))


def _check_pair(hub: Hub, name: str) -> None:
    try:
        hub.registry.pair(name)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error


def _reference(ref: RecordRef | None) -> RefOut | None:
    return reference(ref) if ref else None


def _run(run: SyncRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "state": run.state,
        "undoes": run.undoes,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "resumes_at": run.resumes_at,
        "counts": fields(run.counts),
        "progress": fields(run.progress),
        "problem": say(run.problem) if run.problem else None,
    }
