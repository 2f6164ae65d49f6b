"""Sync runs as people ask for them and look at them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tsunagi.app.access.permissions import decide, require
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.sync import workflows
from tsunagi.app.sync.run_outcomes import EVERYTHING, Chosen, OutcomeGroup, OutcomeReason, read_outcomes
from tsunagi.app.sync.run_reports import lanes_of
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.intents import Intent
from tsunagi.store.paging import Slice
from tsunagi.store.sync_runs import SyncRun, SyncRuns

_ROWS = 20


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run with what came of its records, what needs a person first, and the writes that were not made.

    `reasons` and `next` are as those of Outcomes.
    """

    run: SyncRun
    groups: Sequence[OutcomeGroup]
    unmade: Sequence[Intent]
    reasons: Sequence[OutcomeReason]
    next: str | None


def request_sync(
    context: Context,
    jobs: Jobs,
    *,
    pairs: Sequence[str] = (),
    full: bool = False,
    first: bool = False,
    allow_deletions: bool = False,
    most: int = 0,
    actor: Person | None = None,
) -> SyncRun:
    """Begin a run, of all records or the first `most` of each pair, and hand it to the process that works.

    Raises PermissionDenied, ConfigError as `start_sync` does.
    """
    require(context, actor, "sync:run")
    run = workflows.start_sync(context, pairs=pairs, full=full, first=first, actor=actor)
    jobs.submit(workflows.WORKFLOW, run, run, list(pairs), full, allow_deletions, most)
    return workflows.sync_run(context, run)


def request_plan(context: Context, jobs: Jobs, *, pairs: Sequence[str] = (), actor: Person | None = None) -> SyncRun:
    """Begin a plan: a run that only reads. Raises PermissionDenied, ConfigError as `start_plan` does."""
    require(context, actor, "sync:run")
    run = workflows.start_plan(context, pairs=pairs)
    jobs.submit(workflows.PLAN, run, run, list(pairs))
    return workflows.sync_run(context, run)


def runs(
    context: Context, *, after: str | None = None, limit: int = _ROWS, actor: Person | None = None
) -> Slice[SyncRun]:
    """The latest first, with the counts this person may see."""
    with context.store.read() as session:
        found = SyncRuns(session).latest(after=after, limit=limit)
    return Slice(tuple(_as_seen(context, run, actor) for run in found.items), found.next)


def _as_seen(context: Context, run: SyncRun, actor: Person | None) -> SyncRun:
    """Without what was counted of documents they may not see, or of which they may see some only."""
    lanes = lanes_of(run.progress)
    named = (*run.counts, run.progress.get("name"), *(lane.get("name") for lane in lanes.values()))
    hidden = {name for name in named if not _counted(context, str(name), actor)}
    if not hidden:
        return run
    counts = {name: count for name, count in run.counts.items() if name not in hidden}
    shown = {name: lane for name, lane in lanes.items() if lane.get("name") not in hidden}
    return replace(run, counts=counts, progress={"lanes": shown})


def _counted(context: Context, name: str, actor: Person | None) -> bool:
    kind = context.registry.entities.get(name)
    return kind is None or kind.kind != "document" or decide(context, actor, f"{name}:{VIEW}").allowed


def may_count(context: Context, action: str, actor: Person | None) -> bool:
    """Whether they may see how often a rule's action was requested."""
    return _counted(context, action.rpartition(".")[0], actor)


def run_page(
    context: Context,
    id: str,
    *,
    chosen: Chosen = EVERYTHING,
    after: str | None = None,
    limit: int = _ROWS,
    actor: Person | None = None,
) -> RunPage | None:
    """One run; None where there is none of this id. At most `limit` records are listed of each outcome.

    A single state has further pages: `after` is the `next` of the page before. Raises NotOffered for a state that is
    none, NoSuchPlace.
    """
    with context.store.read() as session:
        found = SyncRuns(session).get(id)
        if found is None:
            return None
        outcomes = read_outcomes(
            context, session, found, chosen, after=after, limit=limit, seen=lambda kind: _counted(context, kind, actor)
        )
    return RunPage(_as_seen(context, found, actor), outcomes.groups, outcomes.unmade, outcomes.reasons, outcomes.next)


def records_named(page: RunPage) -> set[RecordRef]:
    """Every record the page speaks of."""
    ends = [end for group in page.groups for item in group.outcomes for end in (item.left, item.right)]
    ends += [intent.write.target for intent in page.unmade]
    ends += [_source(intent) for intent in page.unmade]
    return {end for end in ends if end is not None}


def source_of(intent: Intent) -> RecordRef | None:
    """The record a write was about: the one it changes, answers, or was made from."""
    return intent.write.target or intent.write.relates or _source(intent)


def _source(intent: Intent) -> RecordRef | None:
    for side in ("left", "right"):
        ref = intent.plan.get(side)
        if isinstance(ref, RecordRef):
            return ref
    return intent.write.relates
