"""Runs that take back what another run wrote: shown as a plan, or carried out through intents like any write."""

from collections import Counter

from tsunagi.app import jobs
from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.sync.listing import read_again
from tsunagi.app.sync.run_reports import recorded_ending
from tsunagi.app.sync.undoing import Created, UndoStep, intents_of, plan_undo, refs_of_page
from tsunagi.app.sync.workflows import PLAN, begin_run, sync_run
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.store.intents import Intents
from tsunagi.store.reviews import Reviews
from tsunagi.store.sync_runs import SyncOutcome, SyncRun, SyncRuns
from tsunagi.text import Text

UNDO, UNDO_PLAN = "undo", "undo_plan"
# Under this name a run counts what it undid.
UNDONE_RECORDS = "undo"


def start_undo(context: Context, undoes: str, *, plan: bool = False, actor: Person | None = None) -> str:
    """Begin an undo, or the plan of one, and return its id. Raises ConfigError for a run that cannot be undone."""
    run = sync_run(context, undoes)
    if run.state == "running":
        raise ConfigError(Text(en=f"Run '{undoes}' has not ended yet.", ja=f"同期「{undoes}」はまだ終了していません。"))
    if run.kind in (PLAN, UNDO_PLAN):
        raise ConfigError(
            Text(
                en=f"Run '{undoes}' was a plan: it wrote nothing.",
                ja=f"「{undoes}」は計画のみで、書き込みはありません。",
            )
        )
    begun = begin_run(context, UNDO_PLAN if plan else UNDO, undoes=undoes)
    if not plan:
        with context.store.write() as session:
            note(context, session, actor, "sync:undo", undoes, run=begun)
    return begun


def run_undo(context: Context, work: Jobs, run: str, *, created: Created = "keep", by: str = "") -> SyncRun:
    """Carry an undo, or its plan, out in this process, which must be the one that works."""
    work.settle()
    work.run(undo_workflow, run, run, created, by)
    return sync_run(context, run)


def request_undo(
    context: Context,
    work: Jobs,
    undoes: str,
    *,
    plan: bool = False,
    created: Created = "keep",
    actor: Person | None = None,
) -> SyncRun:
    """Begin an undo and hand it to the process that works. Raises PermissionDenied, ConfigError as `start_undo`."""
    require(context, actor, "sync:run")
    run = start_undo(context, undoes, plan=plan, actor=actor)
    work.submit(UNDO, run, run, created, actor.email if actor else "")
    return sync_run(context, run)


@jobs.workflow(UNDO)
def undo_workflow(run: str, created: Created, by: str) -> str:
    """Read the records as they are now, plan their inverse and write it, a page at a time, the latest write first."""
    with recorded_ending(run) as ending:
        counts: Counter[str] = Counter()
        before: int | None = None
        number = 0
        while True:
            records, place = _records_of(run, before)
            if away := read_again(run, records):
                ending.failed(away)
                break
            planned = _plan(run, before, number, created, by)
            made = make_batch(f"{run}:undo:{number}")
            counts.update({**planned, **dict(made)})
            ending.counts[UNDONE_RECORDS] = {name: count for name, count in counts.items() if count}
            if place is None:
                break
            before, number = place, number + 1
    return ending.state


@jobs.step("records_of_undo")
def _records_of(run: str, before: int | None) -> tuple[list[str], int | None]:
    """Records to be read again: those whose services can read one, without documents."""
    context = jobs.current_context()
    refs, place = refs_of_page(context, sync_run(context, run).undoes, before)
    kinds = context.registry.entities
    wanted = [ref for ref in refs if (kind := kinds.get(f"{ref.service}.{ref.entity}")) and kind.kind != "document"]
    return [str(ref) for ref in wanted], place


@jobs.step("plan_undo")
def _plan(run: str, before: int | None, number: int, created: Created, by: str) -> dict[str, int]:
    """Plan a page and keep what follows; repeating it keeps the same."""
    context = jobs.current_context()
    known = sync_run(context, run)
    steps = plan_undo(context, known.undoes, before, created=created, by=by).steps
    batch = f"{run}:undo:{number}"
    with context.store.write() as session:
        if known.kind == UNDO:
            Intents(session).plan(intents_of(steps, run, known.undoes, batch, by), context.now())
            Reviews(session).decide([decision for step in steps for decision in step.decisions])
        SyncRuns(session).replace_outcomes(run, f"undo:{number}", [_outcome(step, number) for step in steps])
    return dict(Counter(step.outcome for step in steps))


def _outcome(step: UndoStep, number: int) -> SyncOutcome:
    return SyncOutcome(pair=f"undo:{number}", left=step.ref, right=None, outcome=step.outcome, reason=step.reason)
