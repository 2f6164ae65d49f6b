"""Saved plans: the list with the button that makes one, and one plan with what it would do and the button to apply."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from tsunagi.app.access.permissions import decide
from tsunagi.app.plans import applying, proposing, saved, syncing
from tsunagi.app.plans.saved import SEEN_WITH, NoSuchPlan, PlanPage
from tsunagi.app.plans.switching import Switches, switchable
from tsunagi.app.plans.wording import (
    ACTIONS,
    COLUMNS,
    ENTRY_STATES,
    KINDS,
    STATES,
    changes_of,
    file_rows,
    in_order,
    reason_of,
    records_of,
)
from tsunagi.app.views import formats, records
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput, NotHere
from tsunagi.http.web.rendering import entered_day, page, record_address

router = APIRouter()

_TONES = {
    "being_made": "primary",
    "failed": "danger",
    "ready": "success",
    "expired": "secondary",
    "applying": "primary",
    "partly_applied": "warning",
    "applied": "secondary",
}
_Action = Annotated[str, Query(max_length=30)]
_State = Annotated[str, Query(max_length=20)]


@router.get("/plans")
def list_plans(request: Request, caller: SignedIn, after: str | None = None) -> HTMLResponse:
    return _listed(request, caller, after=after)


@dataclass(frozen=True, slots=True)
class FilesForm:
    """A file as it would be, of one kind; of rules also the first day that is replayed."""

    kind: str = "rules"
    file: str = ""
    text: str = ""
    since: str = ""


_Names = Annotated[list[str], Form(max_length=100, default_factory=list)]


@router.post("/plans", response_model=None)
def make_plan(
    *,
    request: Request,
    caller: SignedIn,
    kind: Annotated[str, Form(max_length=20)] = "sync",
    file: Annotated[str, Form(max_length=300)] = "",
    text: Annotated[str, Form(max_length=400_000)] = "",
    since: Annotated[str, Form(max_length=10)] = "",
    disable: _Names,
    enable: _Names,
    features_on: _Names,
    features_off: _Names,
) -> HTMLResponse | RedirectResponse:
    """A sync's by itself; others with the file's name and text, or what to switch. What is wrong is said beside it."""
    hub, person = caller.hub, caller.person
    try:
        if kind == "sync":
            plan = syncing.begin_sync_plan(hub.context, person)
            syncing.hand_over(hub.context, hub.jobs, plan)
        else:
            switches = Switches(enable, disable, features_on, features_off)
            files = {file.strip(): text} if file.strip() else {}
            day = entered_day(since) if kind == "rules" else None
            plan = proposing.propose(hub.context, person, kind, files=files, since=day, switches=switches)
    except (ConfigError, InvalidInput) as error:
        return _listed(request, caller, problem=error, entered=FilesForm(kind, file, text, since))
    return RedirectResponse(f"/plans/{plan.id}", 303)


def _listed(
    request: Request,
    caller: Caller,
    *,
    after: str | None = None,
    problem: TsunagiError | None = None,
    entered: FilesForm | None = None,
) -> HTMLResponse:
    context, person = caller.hub.context, caller.person
    return page(
        request,
        caller.hub,
        "plans.html",
        status=422 if problem else 200,
        found=saved.plans(context, person, after=after),
        after=after,
        kinds=KINDS,
        states=STATES,
        tones=_TONES,
        problem=problem,
        entered=entered or FilesForm(),
        switchable=switchable(context) if decide(context, person, SEEN_WITH["services"]).allowed else (),
    )


@router.get("/plans/{id}")
def show_plan(
    request: Request, caller: SignedIn, id: str, action: _Action = "", state: _State = "", after: str | None = None
) -> HTMLResponse:
    return _shown(request, caller, _page(caller, id), action, state, after)


@router.get("/plans/{id}/entries.csv")
def export_entries(caller: SignedIn, id: str, action: _Action = "", state: _State = "") -> StreamingResponse:
    """Every field that changes, read a page at a time."""
    _page(caller, id)
    context, person = caller.hub.context, caller.person

    def lines() -> Iterator[str]:
        yield "\ufeff" + _line(list(COLUMNS))
        for some in saved.entry_pages(context, person, id, action=action, state=state):
            names = records.titles(context, records_of(some), person)
            for cells in file_rows(some, names, formats.value):
                yield _line(cells)

    named = {"Content-Disposition": f'attachment; filename="{id}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=named)


@router.post("/plans/{id}/apply", response_model=None)
def apply_plan(
    request: Request,
    caller: SignedIn,
    id: str,
    whole: Annotated[bool, Form()] = False,
    first: Annotated[bool, Form()] = False,
    allow_deletions: Annotated[bool, Form()] = False,
) -> HTMLResponse | RedirectResponse:
    """What moved since is said on the plan's page."""
    shown = _page(caller, id)
    hub, person = caller.hub, caller.person
    try:
        run = applying.begin(hub.context, person, id, whole=whole, first=first)[1]
    except TsunagiError as error:
        return _shown(request, caller, shown, "", "", None, problem=error)
    if run:
        syncing.hand_over_apply(hub.context, hub.jobs, shown.plan, run, allow_deletions=allow_deletions, actor=person)
    return RedirectResponse(f"/plans/{id}", 303)


def _shown(
    request: Request,
    caller: Caller,
    shown: PlanPage,
    action: str,
    state: str,
    after: str | None,
    problem: TsunagiError | None = None,
) -> HTMLResponse:
    context, person = caller.hub.context, caller.person
    found = saved.entries(context, person, shown.plan.id, action=action, state=state, after=after)
    return page(
        request,
        caller.hub,
        "plan.html",
        status=409 if problem else 200,
        shown=shown,
        found=found,
        names=records.titles(context, records_of(found.items), person),
        action=action,
        state=state,
        after=after,
        problem=problem,
        kinds=KINDS,
        states=STATES,
        tones=_TONES,
        actions=ACTIONS,
        entry_states=ENTRY_STATES,
        ordered=in_order(shown.counts),
        changes_of=changes_of,
        reason_of=reason_of,
        record_address=record_address,
    )


def _page(caller: Caller, id: str) -> PlanPage:
    try:
        return saved.plan_page(caller.hub.context, caller.person, id)
    except NoSuchPlan as error:
        raise NotHere(error.message) from error


def _line(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
