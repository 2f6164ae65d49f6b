"""Carries a sync run out, or follows the process that does, with its progress on standard error."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tsunagi.app.access.permissions import require
from tsunagi.app.documents import refreshing
from tsunagi.app.jobs import AlreadyRunning
from tsunagi.app.sync import backfilling, run_control, runs, trying_again, undo_runs, worker, workflows
from tsunagi.app.sync.run_reports import awaited_service, lanes_of, pace
from tsunagi.app.views import formats
from tsunagi.cli.failures import Interrupted, report
from tsunagi.cli.printing import err, say_aside
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from tsunagi.app.sync.backfilling import Period
    from tsunagi.app.sync.undoing import Created
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import Fields
    from tsunagi.hub import Hub
    from tsunagi.store.sync_runs import SyncRun

_LOOK_EVERY = 0.2
# Seconds between two lines about the same part of a run.
_SAY_EVERY = 15.0


def hand_over(
    hub: "Hub",
    actor: "Person | None",
    pairs: Sequence[str],
    *,
    full: bool,
    first: bool = False,
    allow_deletions: bool = False,
    most: int = 0,
) -> "SyncRun":
    """Leave a run to the process that works. Raises ConfigError where none does."""
    if not hub.jobs.worked_elsewhere():
        raise ConfigError(
            Text(en="No process works on this installation now.", ja="この環境で動作中のプロセスがありません。"),
            hint=Text(
                en="Start one with 'tsunagi serve', or sync with --wait.",
                ja="「tsunagi serve」で起動するか、--wait で同期してください。",
            ),
        )
    return _requested(hub, actor, pairs, full=full, first=first, allow_deletions=allow_deletions, most=most)


def carry_out(
    hub: "Hub",
    actor: "Person | None",
    pairs: Sequence[str],
    *,
    full: bool,
    first: bool = False,
    allow_deletions: bool = False,
    most: int = 0,
) -> "SyncRun":
    """A run to its end: here, or in the process that works already. Raises Interrupted on Ctrl-C."""
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        run = _requested(hub, actor, pairs, full=full, first=first, allow_deletions=allow_deletions, most=most)
        return _follow(hub, run)
    return _run_here(hub, actor, pairs, full, first, allow_deletions, most)


def go_on(hub: "Hub", actor: "Person | None", run: str) -> "SyncRun":
    """A paused run to its end: here, or in the process that works already."""
    require(hub.context, actor, "sync:run")
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return _follow(hub, run_control.resume(hub.context, hub.jobs, run, actor))
    return _to_its_end(_Work(hub, lambda: workflows.go_on(hub.context, hub.jobs, run, actor)), run)


def _requested(
    hub: "Hub",
    actor: "Person | None",
    pairs: Sequence[str],
    *,
    full: bool,
    first: bool,
    allow_deletions: bool,
    most: int,
) -> "SyncRun":
    return runs.request_sync(
        hub.context,
        hub.jobs,
        pairs=pairs,
        full=full,
        first=first,
        allow_deletions=allow_deletions,
        most=most,
        actor=actor,
    )


def carry_out_plan(hub: "Hub", pairs: Sequence[str]) -> "SyncRun":
    """A plan to its end, as `carry_out` does with a run."""
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return _follow(hub, runs.request_plan(hub.context, hub.jobs, pairs=pairs))
    run = workflows.start_plan(hub.context, pairs=pairs)
    return _to_its_end(_Work(hub, lambda: workflows.run_plan(hub.context, hub.jobs, run, pairs=pairs)), run)


def carry_out_saved(
    hub: "Hub", begin: "Callable[[], str]", *, here: "Callable[[], SyncRun]", elsewhere: "Callable[[], SyncRun]"
) -> "SyncRun":
    """The making or applying of a saved plan to its end, as `carry_out` does with a run.

    `begin` gives the id of its run; `here` carries it out, `elsewhere` leaves it to the process that works.
    """
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        begin()
        return _follow(hub, elsewhere())
    run = begin()
    return _to_its_end(_Work(hub, here), run)


def carry_out_undo(hub: "Hub", undoes: str, *, plan: bool, created: "Created", actor: "Person | None") -> "SyncRun":
    """An undo, or the plan of one, to its end, as `carry_out` does with a run."""
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return _follow(
            hub, undo_runs.request_undo(hub.context, hub.jobs, undoes, plan=plan, created=created, actor=actor)
        )
    run = undo_runs.start_undo(hub.context, undoes, plan=plan, actor=actor)
    by = actor.email if actor else ""
    return _to_its_end(_Work(hub, lambda: undo_runs.run_undo(hub.context, hub.jobs, run, created=created, by=by)), run)


def try_again(hub: "Hub", actor: "Person | None", which: str) -> tuple[int, bool]:
    """How many items are tried again, and whether that happened here and is over."""
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return trying_again.request_retry(hub.context, hub.jobs, actor, which), False
    hub.jobs.settle()
    return trying_again.retry_here(hub.context, hub.jobs, actor, which), True


def carry_out_backfill(hub: "Hub", actor: "Person | None", event: str, period: "Period") -> "SyncRun | None":
    """The run, at its end; None where the process that works carries it out."""
    days = str(period.since or ""), str(period.until or "")
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        backfilling.request_backfill(hub.context, hub.jobs, actor, event, period)
        return None
    hub.jobs.settle()
    batch = backfilling.begin_backfill(hub.context, actor, event, period)
    hub.jobs.run(backfilling.backfill, batch, batch, event, *days)
    return workflows.sync_run(hub.context, batch)


def fetch_documents(hub: "Hub", actor: "Person | None", service: str | None) -> "SyncRun":
    """The documents of one service, or of all, read to the end: here, or in the process that works already."""
    if service is not None:
        # Reported before anything is started: it is not connected, or switched off.
        hub.connectors.get(service)
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return _follow(hub, refreshing.refresh(hub.context, hub.jobs, actor, service))
    return _to_its_end(_Work(hub, lambda: refreshing.refresh_here(hub.context, hub.jobs, actor, service)), run=None)


def _run_here(
    hub: "Hub",
    actor: "Person | None",
    pairs: Sequence[str],
    full: bool,
    first: bool,
    allow_deletions: bool,
    most: int,
) -> "SyncRun":
    run = workflows.start_sync(hub.context, pairs=pairs, full=full, first=first, actor=actor)

    def sync() -> "SyncRun":
        ended = workflows.run_sync(
            hub.context, hub.jobs, run, pairs=pairs, full=full, allow_deletions=allow_deletions, most=most
        )
        if ended.state == "done":
            # Writes an earlier run had to leave, because their service was away.
            worker.resume_postponed(hub.context, hub.jobs)
            worker.follow_clock(hub.context, hub.jobs)
        return ended

    return _to_its_end(_Work(hub, sync), run)


def _to_its_end(work: "_Work", run: str | None) -> "SyncRun":
    try:
        with _progress(work.hub) as show:
            work.start()
            while work.is_alive():
                if run is not None:
                    show(workflows.sync_run(work.hub.context, run))
                work.join(_LOOK_EVERY)
    except KeyboardInterrupt:
        _leave(work)
        raise _interrupted_here() from None
    return work.result()


def _leave(work: "_Work") -> None:
    """Let the write in hand end; what does not end soon is looked up at the next start, as after a crash."""
    hub = work.hub
    say_aside(_("Stopping after the call in hand ..."))
    hub.jobs.stop()
    work.join(_LOOK_EVERY)
    if work.is_alive():
        code = report(_interrupted_here())
        os._exit(code)


class _Work(threading.Thread):
    """The run itself, beside the thread that shows its progress and handles Ctrl-C."""

    def __init__(self, hub: "Hub", work: "Callable[[], SyncRun]") -> None:
        super().__init__(name="tsunagi-sync", daemon=True)
        self.hub = hub
        self._work = work
        self._ended: SyncRun | BaseException | None = None

    def run(self) -> None:
        try:
            self._ended = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._ended = error

    def result(self) -> "SyncRun":
        if isinstance(self._ended, BaseException):
            raise self._ended
        assert self._ended is not None, "asked for after the end only"
        return self._ended


def _follow(hub: "Hub", run: "SyncRun") -> "SyncRun":
    say_aside(_("Another process works on this installation; it carries out {run}.").format(run=run.id))
    try:
        with _progress(hub) as show:
            while run.state == "running":
                _step_in(hub)
                time.sleep(_LOOK_EVERY)
                run = workflows.sync_run(hub.context, run.id)
                show(run)
    except KeyboardInterrupt:
        raise _interrupted_elsewhere(run.id) from None
    return run


def _step_in(hub: "Hub") -> None:
    """The other process may end meanwhile: then its work goes on here."""
    if hub.jobs.running:
        return
    try:
        hub.jobs.start(hub.context)
    except AlreadyRunning:
        return


@contextmanager
def _progress(hub: "Hub") -> "Iterator[Callable[[SyncRun], None]]":
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    console = err()
    if not console.is_terminal:
        yield _Lines(hub)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Show(hub, progress)


class _Lines:
    """A line for each part of a run, and one now and then within a long one: for logs, which show no bar."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        # By lane: the part that was told of last, and when.
        self._told: dict[str, tuple[tuple[object, object], float]] = {}

    def __call__(self, run: "SyncRun") -> None:
        for name, lane in lanes_of(run.progress).items():
            part = (lane.get("phase"), lane.get("name"))
            before, at = self._told.get(name, (None, 0.0))
            # Nothing has begun, or there is nothing new yet.
            if not part[0] or (part == before and time.monotonic() - at < _SAY_EVERY):
                continue
            self._told[name] = (part, time.monotonic())
            count = _count(lane)
            say_aside(f"{_described(self._hub, lane)}{': ' if count else ''}{count}{_pace(lane)}")


def _count(lane: "Fields") -> str:
    done, of = (int(str(lane.get(name, 0))) for name in ("done", "of"))
    return f"{done}/{of}" if of else str(done or "")


def _described(hub: "Hub", lane: "Fields") -> str:
    """What a lane of a run is at."""
    registry = hub.registry
    phase, name = str(lane.get("phase", "")), str(lane.get("name", ""))
    if phase == "wait":
        awaited = registry.connectors.get(awaited_service(hub.context, name))
        why = say(Text(str(lane.get("en")), str(lane.get("ja"))))
        return _("Waiting for {service}: {why}").format(service=say(awaited.label) if awaited else name, why=why)
    if phase == "read" and name in registry.entities:
        kind = registry.entities[name]
        service = registry.connectors.get(kind.service)
        label = f"{say(service.label)} {say(kind.plural)}" if service else say(kind.plural)
        return _("Reading {name}").format(name=label)
    if phase == "write" and name in registry.pairs:
        return _("Writing {name}").format(name=say(registry.pairs[name].label))
    return _("Working")


def _pace(lane: "Fields") -> str:
    """How fast it goes, and how long the rest takes."""
    found = pace(lane)
    if found is None:
        return ""
    told = _("{rate} a minute, {time} left").format(
        rate=formats.number(found.a_minute), time=formats.duration(found.seconds_left)
    )
    return f" ({told})"


class _Show:
    """The stored progress of a run as a bar a lane: pages read without a known end, writes against their number."""

    def __init__(self, hub: "Hub", progress: "Progress") -> None:
        self._hub = hub
        self._progress = progress
        self._tasks: dict[str, TaskID] = {"": progress.add_task(_("Starting"), total=None, count="")}

    def __call__(self, run: "SyncRun") -> None:
        lanes = lanes_of(run.progress)
        for name in self._tasks.keys() - lanes.keys():
            self._progress.remove_task(self._tasks.pop(name))
        for name, lane in lanes.items():
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task("", total=None, count="")
            self._progress.update(
                self._tasks[name],
                description=_described(self._hub, lane),
                completed=int(str(lane.get("done", 0))),
                total=int(str(lane.get("of", 0))) or None,
                count=_count(lane) + _pace(lane),
            )


def _interrupted_here() -> Interrupted:
    return Interrupted(
        Text(en="Stopped.", ja="中断しました。"),
        hint=Text(
            en="What was done stays done. Go on from here: tsunagi sync",
            ja="済んだ処理はそのまま残ります。続きから再開: tsunagi sync",
        ),
    )


def _interrupted_elsewhere(run: str) -> Interrupted:
    return Interrupted(
        Text(
            en="No longer following; the other process goes on.",
            ja="表示を終了しました。同期は別のプロセスで続いています。",
        ),
        hint=Text(en=f"See how it goes: tsunagi runs show {run}", ja=f"状況の確認: tsunagi runs show {run}"),
    )
