"""Sync runs: the list with the button that begins one, and one run with what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.connections.fit import pending_services, started_services
from tsunagi.app.open_items.looking import open_items
from tsunagi.app.open_items.reasons import CATALOGUE
from tsunagi.app.sync import run_control, runs, undo_runs
from tsunagi.app.sync.preview import missed_events, workload
from tsunagi.app.sync.reviewing import count_questions
from tsunagi.app.sync.run_control import BACKFILL
from tsunagi.app.sync.run_outcomes import Chosen, words_of
from tsunagi.app.sync.run_reports import Pace, awaited_service, lanes_of, pace
from tsunagi.app.sync.trying_again import request_retry
from tsunagi.app.sync.workflows import PLAN, RETRIES
from tsunagi.app.views import formats, records
from tsunagi.domain.records import Fields
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput, NotHere
from tsunagi.http.web.rendering import page, record_address, service_label
from tsunagi.http.web.run_outcomes import sections_of
from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncRun
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What was listed of one kind of record."""

    label: str
    service: str
    read: int
    changed: int


@dataclass(frozen=True, slots=True)
class LaneRow:
    """What a run is at now, at one of its services; `of` is 0 while the end is not known."""

    phase: str
    done: int
    of: int
    pace: Pace | None


@dataclass(frozen=True, slots=True)
class PairRow:
    """What was done for one pair."""

    label: str
    counts: Mapping[str, int]


@router.get("/sync-runs")
def list_runs(request: Request, caller: SignedIn, after: str | None = None) -> HTMLResponse:
    hub = caller.hub
    return page(
        request,
        hub,
        "sync_runs.html",
        found=runs.runs(hub.context, after=after, actor=caller.person),
        pending=_pending(hub),
        questions=count_questions(hub.context),
        after=after,
        connected=[connection.service for connection in hub.connectors.all()],
        states=_states(),
        kinds=_kinds(),
        totals=_totals,
    )


@router.post("/sync-runs")
def begin_run(
    caller: SignedIn,
    full: Annotated[bool, Form()] = False,
    plan: Annotated[bool, Form()] = False,
    first: Annotated[bool, Form()] = False,
    allow_deletions: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Where nothing was ever synced the button leads to the plan first, and the plan's page to the first sync."""
    context, work, person = caller.hub.context, caller.hub.jobs, caller.person
    nothing_started = bool(pending_services(context)) and not started_services(context)
    if plan or (nothing_started and not first):
        run = runs.request_plan(context, work, actor=person)
    else:
        run = runs.request_sync(context, work, full=full, first=first, allow_deletions=allow_deletions, actor=person)
    return RedirectResponse(f"/sync-runs/{run.id}", 303)


@router.post("/sync-runs/{id}/undo")
def undo_run(
    caller: SignedIn,
    id: str,
    plan: Annotated[bool, Form()] = False,
    created: Annotated[Literal["keep", "deactivate", "delete"], Form()] = "keep",
) -> RedirectResponse:
    """The button leads to the plan of the undo; the plan's page to the undo itself."""
    context, work = caller.hub.context, caller.hub.jobs
    run = undo_runs.request_undo(context, work, id, plan=plan, created=created, actor=caller.person)
    return RedirectResponse(f"/sync-runs/{run.id}", 303)


def _pending(hub: Hub) -> str:
    """Services nobody has started the first sync of, as a person reads them."""
    kinds = hub.registry.connectors
    return ", ".join(
        say(kinds[service].label) if service in kinds else service for service in pending_services(hub.context)
    )


@router.get("/sync-runs/{id}")
def show_run(
    request: Request,
    caller: SignedIn,
    id: str,
    state: Annotated[str, Query(max_length=100)] = "",
    reason: Annotated[str, Query(max_length=2000)] = "",
    after: str | None = None,
    retried: Annotated[int | None, Query(ge=0)] = None,
    tried: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """`retried` items were on the standing list for the reason `tried` when somebody had them tried again."""
    hub, chosen = caller.hub, Chosen(state, reason)
    shown = runs.run_page(hub.context, id, chosen=chosen, after=after, actor=caller.person)
    if shown is None:
        raise NotHere(Text(en="There is no such sync run.", ja="この同期はありません。"))
    return page(
        request,
        hub,
        "sync_run.html",
        run=shown.run,
        pending=_pending(hub),
        workload=_workload(hub, shown.run),
        missed=missed_events(hub.context, shown.run),
        lanes=[
            LaneRow(_phase(hub, lane), int(str(lane.get("done") or 0)), int(str(lane.get("of") or 0)), pace(lane))
            for lane in lanes_of(shown.run.progress).values()
        ],
        read=_read(hub, shown.run.counts),
        pairs=_pairs(hub, shown.run.counts),
        sections=sections_of(hub, shown, caller.person),
        chosen=chosen,
        after=after,
        next=shown.next,
        retried=retried,
        tried=_tried(caller, tried) if tried in CATALOGUE else None,
        states=_states(),
        kinds=_kinds(),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody has had tried again: the reason, and the first records of it that are still on the standing list.

    `further` tells that there are more of them.
    """

    code: str
    text: Text
    names: Sequence[tuple[str, str]]
    further: bool


def _tried(caller: Caller, code: str) -> Tried:
    context, person = caller.hub.context, caller.person
    found = open_items(context, person, reason=code, limit=5)
    refs = list(dict.fromkeys(ref for item in found.items for ref in item.records[:1]))
    titles = records.titles(context, refs, person)
    names = [(titles.get(ref, ref.id), record_address(ref)) for ref in refs]
    return Tried(code, words_of(context, code), names, found.next is not None)


@router.post("/sync-runs/{id}/retry")
def retry_reason(caller: SignedIn, id: str, reason: Annotated[str, Form(max_length=100)]) -> RedirectResponse:
    """All that is on the standing list for a reason, given by its code."""
    if reason not in CATALOGUE:
        raise InvalidInput(
            Text(en=f"'{reason}' is no reason of the standing list.", ja=f"「{reason}」という理由はありません。")
        )
    count = request_retry(caller.hub.context, caller.hub.jobs, caller.person, reason)
    return RedirectResponse(f"/sync-runs/{quote(id, safe='')}?{urlencode({'retried': count, 'tried': reason})}", 303)


@router.post("/sync-runs/{id}/pause")
def pause_run(caller: SignedIn, id: str) -> RedirectResponse:
    run_control.pause(caller.hub.context, id, caller.person)
    return RedirectResponse(f"/sync-runs/{id}", 303)


@router.post("/sync-runs/{id}/resume")
def resume_run(caller: SignedIn, id: str) -> RedirectResponse:
    run_control.resume(caller.hub.context, caller.hub.jobs, id, caller.person)
    return RedirectResponse(f"/sync-runs/{id}", 303)


@router.post("/sync-runs/{id}/cancel")
def cancel_run(caller: SignedIn, id: str) -> RedirectResponse:
    run_control.cancel(caller.hub.context, id, caller.person)
    return RedirectResponse(f"/sync-runs/{id}", 303)


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    """Writes and calls a plan needs at one service, and how long they take at least ("" where no limit is known).

    `days` is on how many days, 0 where nothing is known of the calls of a day.
    """

    service: str
    writes: int
    calls: int
    time: str
    days: int


def _workload(hub: Hub, run: SyncRun) -> Sequence[WorkloadRow]:
    if run.kind != PLAN:
        return ()
    kinds = hub.registry.connectors
    return [
        WorkloadRow(
            say(kinds[service].label),
            each["writes"],
            each["calls"],
            formats.duration(each["minutes"] * 60) if each["minutes"] else "",
            each["days"],
        )
        for service, each in workload(hub.context, run).items()
    ]


def _states() -> dict[str, tuple[str, str]]:
    """How each state reads, and its tone."""
    return {
        "running": (_("Running"), "primary"),
        "done": (_("Done"), "success"),
        "failed": (_("Failed"), "danger"),
        "refused": (_("Stopped for safety"), "warning"),
        "paused": (_("Paused"), "warning"),
        "cancelled": (_("Cancelled"), "secondary"),
        "waiting": (_("Goes on when there are more calls"), "info"),
    }


def _kinds() -> dict[str, str]:
    return {
        "first": _("First sync"),
        "incremental": _("Changes since the last sync"),
        "full": _("All records"),
        "instant": _("After a notification"),
        "documents": _("New documents"),
        "plan": _("Plan: nothing written"),
        "apply": _("Apply of a saved plan"),
        "backfill": _("Rules act on earlier records"),
        "undo": _("Undo of an earlier run"),
        "undo_plan": _("Plan of an undo: nothing written"),
    }


def _totals(run: SyncRun) -> dict[str, int]:
    """A run in three figures."""
    counts = [item for item in run.counts.values() if isinstance(item, Mapping)]
    return {
        name: sum(value for item in counts if isinstance(value := item.get(key), int))
        for name, key in (("changed", "changed"), ("written", "done"), ("failed", "failed"))
    }


def _phase(hub: Hub, progress: Fields) -> str:
    name = str(progress.get("name", ""))
    if progress.get("phase") == "read":
        service = service_label(hub, name.partition(".")[0])
        return _("Reading {what} ({service})").format(what=_listing_label(hub, name), service=service)
    if progress.get("phase") == "wait":
        why = say(Text(str(progress.get("en")), str(progress.get("ja"))))
        return _("Waiting for {service}: {why}").format(
            service=service_label(hub, awaited_service(hub.context, name)), why=why
        )
    if progress.get("phase") == "write":
        return _("Writing {what}").format(what=_pair_label(hub, name))
    if progress.get("phase") == BACKFILL:
        return _("Rules act on earlier records")
    return _("Waiting to begin")


def _listing_label(hub: Hub, name: str) -> str:
    kind = hub.registry.entities.get(name)
    return say(kind.plural) if kind else name


def _pair_label(hub: Hub, name: str) -> str:
    if name == undo_runs.UNDONE_RECORDS:
        return _("Undo")
    if name == BACKFILL:
        return _("Earlier records")
    if name == RETRIES:
        return _("Written again")
    pair = hub.registry.pairs.get(name)
    return say(pair.label) if pair else name


def _read(hub: Hub, counts: Fields) -> list[ReadRow]:
    rows = []
    for name in sorted(counts, key=lambda name: _rank(hub, name)):
        count = counts[name]
        if isinstance(count, Mapping) and "read" in count:
            service = service_label(hub, name.split(".", 1)[0])
            read, changed = _integers(count).get("read", 0), _integers(count).get("changed", 0)
            rows.append(ReadRow(_listing_label(hub, name), service, read, changed))
    return rows


def _rank(hub: Hub, name: str) -> tuple[bool, int]:
    """The CRM first, and each service's records in the order it declares them."""
    known = list(hub.registry.entities)
    kind = hub.registry.connectors.get(name.split(".", 1)[0])
    return kind is None or not kind.is_crm, known.index(name) if name in known else len(known)


def _pairs(hub: Hub, counts: Fields) -> list[PairRow]:
    order = [pair.name for pair in hub.registry.pairs_in_order()]
    return [
        PairRow(_pair_label(hub, name), _integers(count))
        for name in sorted(counts, key=lambda name: order.index(name) if name in order else len(order))
        if isinstance(count := counts[name], Mapping) and "read" not in count
    ]


def _integers(counts: Fields) -> dict[str, int]:
    return {name: value for name, value in counts.items() if isinstance(value, int)}
