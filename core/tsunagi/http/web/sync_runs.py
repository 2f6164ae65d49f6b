"""Sync runs: the list with the button that begins one, and one run with what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app.connections.fit import pending_services, started_services
from tsunagi.app.sync import run_control, runs, undo_runs
from tsunagi.app.sync.preview import missed_events, workload
from tsunagi.app.sync.reviewing import count_questions
from tsunagi.app.sync.run_reports import Pace, awaited_service, lanes_of, pace
from tsunagi.app.sync.runs import RunPage
from tsunagi.app.sync.workflows import PLAN, RETRIES
from tsunagi.app.views import formats, records
from tsunagi.domain.directory import Person
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.http.web.rendering import page, record_address, service_label
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


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One record, why it is mentioned, and the account page it has, if any."""

    names: Sequence[tuple[str, str]]
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeSection:
    """Records that ended one way; `tone` is whether somebody should look."""

    title: str
    about: str
    tone: str
    count: int
    rows: Sequence[OutcomeRow]


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
) -> RedirectResponse:
    """Where nothing was ever synced the button leads to the plan first, and the plan's page to the first sync."""
    context, work, person = caller.hub.context, caller.hub.jobs, caller.person
    nothing_started = bool(pending_services(context)) and not started_services(context)
    if plan or (nothing_started and not first):
        run = runs.request_plan(context, work, actor=person)
    else:
        run = runs.request_sync(context, work, full=full, first=first, actor=person)
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
def show_run(request: Request, caller: SignedIn, id: str) -> HTMLResponse:
    hub = caller.hub
    shown = runs.run_page(hub.context, id, actor=caller.person)
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
        sections=_sections(hub, shown, caller.person),
        states=_states(),
        kinds=_kinds(),
    )


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
        "incremental": _("Changes since the last sync"),
        "full": _("All records"),
        "instant": _("After a notification"),
        "documents": _("New documents"),
        "plan": _("Plan: nothing written"),
        "apply": _("Apply of a saved plan"),
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
    return _("Waiting to begin")


def _listing_label(hub: Hub, name: str) -> str:
    kind = hub.registry.entities.get(name)
    return say(kind.plural) if kind else name


def _pair_label(hub: Hub, name: str) -> str:
    if name == undo_runs.UNDONE_RECORDS:
        return _("Undo")
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


def _sections(hub: Hub, shown: RunPage, person: Person | None) -> list[OutcomeSection]:
    titles = records.titles(hub.context, runs.records_named(shown), person)
    sections = []
    for state in dict.fromkeys(intent.state for intent in shown.unmade):
        rows = [
            OutcomeRow(_names([runs.source_of(intent)], titles), say(intent.problem) if intent.problem else "")
            for intent in shown.unmade
            if intent.state == state
        ]
        sections.append(OutcomeSection(*_described(state), count=len(rows), rows=rows))
    for group in shown.groups:
        outcomes = [OutcomeRow(_names([item.left, item.right], titles), say(item.reason)) for item in group.outcomes]
        sections.append(OutcomeSection(*_described(group.outcome), count=group.count, rows=outcomes))
    return sections


def _names(refs: Sequence[RecordRef | None], titles: Mapping[RecordRef, str]) -> list[tuple[str, str]]:
    """Each record by its title, with the address of its page."""
    return [(titles.get(ref, ref.id), record_address(ref)) for ref in refs if ref is not None]


def _described(outcome: str) -> tuple[str, str, str]:
    """Title, what it means and tone of an outcome."""
    descriptions = {
        "failed": (_("Could not be written"), _("The service refused these; correct them and sync again."), "danger"),
        "abandoned": (
            _("Left for the next sync"),
            _("These changed while they were being written, and are planned anew."),
            "warning",
        ),
        "planned": (
            _("Still to be written"),
            _("The service was away; these are written when it is back."),
            "warning",
        ),
        "conflict": (_("Changed on both sides"), _("A person has to decide which value wins."), "warning"),
        "match": (_("Possibly the same"), _("A person has to decide whether they are the same."), "warning"),
        "deletion": (
            _("One of the two was deleted"),
            _("A person has to decide about the other."),
            "warning",
        ),
        "incomplete": (
            _("Something is missing"),
            _("Fill in the field named here; the next sync takes the record along."),
            "warning",
        ),
        "invalid": (_("Cannot be meant"), _("Correct the field named here."), "warning"),
        "waits": (_("Waiting for another record"), _("These follow once the record they point at is there."), "info"),
        "unread": (_("Not read yet"), _("These are compared once both sides have been read."), "info"),
        "one_way": (_("Different by design"), _("Changes of these fields travel one way only."), "secondary"),
        "skipped": (_("Left as they are"), _("The policy is to change neither side."), "secondary"),
        "undone": (_("Put back"), _("These say again what they said before the run."), "success"),
        "undo_refused": (
            _("Changed since"),
            _("Somebody has changed these since; they are left as they are."),
            "warning",
        ),
        "not_undoable": (
            _("Cannot be undone"),
            _("There is no way back for these, or it was not asked for."),
            "secondary",
        ),
        "create": (_("New"), _("These are made on the other side."), "success"),
        "update": (_("Changed"), _("What differs is written to the other side."), "primary"),
        "delete": (_("Deleted"), _("These are deleted on the other side."), "warning"),
        "adopt": (_("Linked"), _("These were on both sides already and are one from now on."), "success"),
        "unlink": (_("No longer in step"), _("One of the two was deleted."), "secondary"),
    }
    return descriptions.get(outcome, (outcome, "", "secondary"))
