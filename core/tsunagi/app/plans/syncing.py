"""The plan of a sync: made by a run that only reads, and applied by one that is confined to what it says."""

from collections.abc import Sequence

from tsunagi.app.access.auditing import note
from tsunagi.app.automation.rule_versions import keep_rules
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.plans.saved import new_plan, require_for, save
from tsunagi.app.sync import workflows
from tsunagi.app.sync.run_control import PAUSED, resume
from tsunagi.domain.directory import Person
from tsunagi.store.saved_plans import SavedPlan, SavedPlans
from tsunagi.store.sync_runs import SyncRun, SyncRuns

APPLY = "apply"


def begin_sync_plan(context: Context, actor: Person | None, pairs: Sequence[str] = ()) -> SavedPlan:
    """Begin the plan of a sync; `make_here` or `hand_over` has it made. Raises PermissionDenied, ConfigError."""
    require_for(context, actor, "sync")
    plan = new_plan(context, actor, "sync", {"pairs": list(pairs)}, {})
    plan.made_run = workflows.start_plan(context, pairs=pairs)
    with context.store.write() as session:
        save(context, session, actor, plan)
    return plan


def make_here(context: Context, work: Jobs, plan: SavedPlan) -> SyncRun:
    """Make it in this process, which must be the one that works."""
    return workflows.run_plan(context, work, plan.made_run, pairs=plan.wanted["pairs"])


def hand_over(context: Context, work: Jobs, plan: SavedPlan) -> SyncRun:
    """Leave the making to the process that works."""
    work.submit(workflows.PLAN, plan.made_run, plan.made_run, list(plan.wanted["pairs"]))
    return workflows.sync_run(context, plan.made_run)


def begin_apply(
    context: Context, actor: Person | None, plan: SavedPlan, *, whole: bool = False, first: bool = False
) -> str:
    """Begin the run that applies a plan; returns the id of the one that is at it, where another was first.

    `whole`: nothing is written where a record has moved. `first` is a person's word that services which were never
    synced may be written to from now on.
    """
    workflows.require_startable(context, list(plan.wanted["pairs"]), first=first)
    keep_rules(context)
    run = workflows.new_run_id()
    with context.store.write() as session:
        plans = SavedPlans(session)
        if not plans.begin(plan.id, plan.run, run, actor.email if actor else "hub", whole=whole):
            other = plans.get(plan.id)
            return other.run if other else run
        SyncRuns(session).start(run, APPLY, context.now())
        note(context, session, actor, "plans:apply", plan.id, kind=plan.kind, run=run)
    return run


def apply_here(
    context: Context,
    work: Jobs,
    plan: SavedPlan,
    run: str,
    *,
    allow_deletions: bool = False,
    actor: Person | None = None,
) -> SyncRun:
    """Apply it in this process, which must be the one that works; a run that was cut short goes on."""
    if workflows.sync_run(context, run).state == PAUSED:
        return workflows.go_on(context, work, run, actor)
    return workflows.run_sync(context, work, run, pairs=list(plan.wanted["pairs"]), allow_deletions=allow_deletions)


def hand_over_apply(
    context: Context,
    work: Jobs,
    plan: SavedPlan,
    run: str,
    *,
    allow_deletions: bool = False,
    actor: Person | None = None,
) -> SyncRun:
    """Leave the applying to the process that works; asking twice does nothing twice."""
    if workflows.sync_run(context, run).state == PAUSED:
        return resume(context, work, run, actor)
    work.submit(workflows.WORKFLOW, run, run, list(plan.wanted["pairs"]), False, allow_deletions, 0)
    return workflows.sync_run(context, run)
