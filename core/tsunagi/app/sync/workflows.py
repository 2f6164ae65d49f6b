"""A sync: read what changed on every side, plan each pair, make what was planned."""

from collections.abc import Collection, Sequence
from uuid import uuid4

from tsunagi.app import jobs
from tsunagi.app.access.auditing import note
from tsunagi.app.automation.evaluate import reconsider
from tsunagi.app.automation.rule_versions import keep_rules
from tsunagi.app.connections.fit import (
    FirstSyncPending,
    check_fit,
    pending_services,
    prevented_services,
    require_fit,
    services_of,
    start_first_sync,
    started_services,
)
from tsunagi.app.connections.metadata import refresh_metadata
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.sync.aligning import align
from tsunagi.app.sync.lanes import Terms, bring_in_step, lay_out, read_back
from tsunagi.app.sync.listing import (
    Counts,
    document_listings,
    in_both,
    listings,
    read_again,
    read_customers_again,
    read_listings,
    read_related,
    report_progress,
)
from tsunagi.app.sync.pair_files import require_in_force
from tsunagi.app.sync.preview import applies_wholly, moved_since, preview_pairs
from tsunagi.app.sync.removals import read_removals
from tsunagi.app.sync.retrying import make_again
from tsunagi.app.sync.run_control import note_begun, take_up
from tsunagi.app.sync.run_reports import count_made, recorded_ending, run_report
from tsunagi.app.sync.view_reading import read_views
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, ConnectorError, NotConnected
from tsunagi.logging import Log
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.text import Text

log = Log(__name__)

# Where a run counts the writes of earlier ones that it made again.
RETRIES = "retries"
WORKFLOW = "sync"
REFRESH = "refresh_documents"
PLAN = "plan"
FIRST = "first"


def start_sync(
    context: Context,
    *,
    pairs: Sequence[str] = (),
    full: bool = False,
    first: bool = False,
    actor: Person | None = None,
) -> str:
    """Begin a run, by this person or the hub, and return its id; `run_sync` or the working process carries it out.

    `pairs` names what to sync, everything when empty. `full` lists every record again, which also finds what was
    deleted. `first` is a person's word that services which were never synced may be written to from now on; without
    it they are left out. Raises ConfigError for an unknown pair or when no service is connected, FirstSyncPending
    where nothing would be left to sync, Incompatible where a service is to be started that does not fit the CRM.
    """
    begins = first and bool(pending_services(context, pairs))
    require_startable(context, pairs, first=first)
    run = begin_run(context, FIRST if begins else "full" if full else "incremental")
    with context.store.write() as session:
        note(context, session, actor, "sync:start", run, pairs=list(pairs), full=full, first=first)
    return run


def require_startable(context: Context, pairs: Sequence[str], *, first: bool) -> None:
    """May a run write to the services of these pairs? Raises as `start_sync`."""
    _require_connection(context, pairs)
    _settle_first_sync(context, pairs, first=first)


def _settle_first_sync(context: Context, pairs: Sequence[str], *, first: bool) -> None:
    pending = pending_services(context, pairs)
    if first:
        _require_fitting(context, pending)
        start_first_sync(context, pending)
    elif pending and not _pairs_among(context, pairs, started_services(context)):
        raise FirstSyncPending(pending)


def _require_fitting(context: Context, services: Sequence[str]) -> None:
    """Where a finding prevents it, both sides are checked again."""
    prevented = [service for service in services if service in prevented_services(context)]
    if prevented:
        check_fit(context, prevented, unknown_prevents=True)
    for service in prevented:
        require_fit(context.connectors.connection(service))


def _pairs_among(context: Context, pairs: Sequence[str], services: Collection[str]) -> list[str]:
    """Pairs of which both services are among these, in order."""
    return [
        pair.name for pair in context.registry.pairs_in_order(pairs or None) if services_of(pair) <= frozenset(services)
    ]


def start_plan(context: Context, *, pairs: Sequence[str] = ()) -> str:
    """Begin a run that reads both sides and plans, and writes nothing anywhere. Raises ConfigError as `start_sync`."""
    _require_connection(context, pairs)
    return begin_run(context, PLAN)


def _require_connection(context: Context, pairs: Sequence[str]) -> None:
    context.pair_settings.refresh()
    for name in pairs:
        require_in_force(context, name)
    if not context.connectors.active():
        raise NotConnected(context.registry.crm_service())


def begin_run(context: Context, kind: str, *, undoes: str = "") -> str:
    keep_rules(context)
    run = new_run_id()
    with context.store.write() as session:
        SyncRuns(session).start(run, kind, context.now(), undoes=undoes)
    return run


def new_run_id() -> str:
    return f"sync-{uuid4().hex[:12]}"


def run_sync(
    context: Context,
    work: Jobs,
    run: str,
    *,
    pairs: Sequence[str] = (),
    full: bool = False,
    allow_deletions: bool = False,
    most: int = 0,
) -> SyncRun:
    """Carry a run out in this process, which must be the one that works; returns it as it ended.

    `allow_deletions` is a person's word that this one run may delete, deactivate or let go as much as it plans to.
    `most` records of each pair are brought in step, 0: all.
    """
    work.settle()
    work.run(sync_workflow, run, run, list(pairs), full, allow_deletions, most)
    return sync_run(context, run)


def go_on(context: Context, work: Jobs, run: str, actor: Person | None = None) -> SyncRun:
    """Carry a paused run to its end in this process. Raises ConfigError where it is not paused."""
    work.settle()
    work.run(sync_workflow, f"{run}~{uuid4().hex[:8]}", run, *take_up(context, run, actor))
    return sync_run(context, run)


def run_plan(context: Context, work: Jobs, run: str, *, pairs: Sequence[str] = ()) -> SyncRun:
    """Carry a plan out as `run_sync` does a run."""
    work.settle()
    work.run(plan_workflow, run, run, list(pairs))
    return sync_run(context, run)


def sync_run(context: Context, run: str) -> SyncRun:
    with context.store.read() as session:
        found = SyncRuns(session).get(run)
    if found is None:
        raise ConfigError(Text(en=f"There is no sync run '{run}'.", ja=f"同期「{run}」はありません。"))
    return found


@jobs.workflow(WORKFLOW)
def sync_workflow(run: str, pairs: list[str], full: bool, allow_deletions: bool = False, most: int = 0) -> str:
    """One run, from the first page to the last write; of each pair `most` records are brought in step, 0: all.

    Returns the state it ended in. A run that was paused, or waited for the next day's calls, goes on by reading what
    is new and planning what is left.
    """
    with recorded_ending(run) as ending:
        ending.counts = note_begun(run, pairs, full, allow_deletions, most)
        refresh_metadata()
        listed = listings(pairs)
        laid_out = lay_out(pairs, listed)
        unseen = read_views(listed, full)
        away = read_listings(run, laid_out["shared"], full, ending.counts, sparing=True)
        read_removals(run, laid_out["shared"], away, always=full)
        if applies_wholly(run):
            # Every record is looked at before the first is written.
            away |= read_listings(run, listed, False, {})
            unseen = {**unseen, **moved_since(run, pairs, away)}
        read_related(run)
        report_progress(run, "", None, ending.counts)
        terms: Terms = {
            "pairs": pairs,
            "full": full,
            "allow_deletions": allow_deletions,
            "most": most,
            "away": away,
            "unseen": unseen,
        }
        brought = bring_in_step(run, laid_out["groups"], terms, ending.counts)
        settle_rest(run, ending.counts)
        read_back(run, laid_out["shared"], brought["written"], brought["away"])
        later = {service: why for service, why in brought["away"].items() if "until" in why}
        away = {service: why for service, why in brought["away"].items() if service not in later}
        # A run of some pairs reads part of a service: its success says nothing about the rest.
        complete = [] if pairs else [service for service, _ in listed if service not in later]
        ending.report = run_report(complete, away, brought["planned"], brought["refused"])
        problem = next(iter(brought["refused"].values()), {})
        if not later:
            read_customers_again(run, [run])
        if later:
            ending.goes_on_later(later, away)
        elif away and not problem:
            ending.failed(away)
        else:
            ending.refused(problem or _prevented(pairs))
    return ending.state


@jobs.workflow(REFRESH)
def refresh_workflow(run: str, services: list[str], records: list[str]) -> str:
    """Read what is new of these services' documents, from where their listings were left, and these records."""
    with recorded_ending(run) as ending:
        away = read_listings(run, document_listings(services), False, ending.counts)
        away = {**read_again(run, records), **away}
        ending.report = run_report([], away, [], {})
        ending.failed(away)
    return ending.state


@jobs.workflow(PLAN)
def plan_workflow(run: str, pairs: list[str]) -> str:
    """Read every side and report what a sync would do; no service is written to."""
    with recorded_ending(run) as ending:
        refresh_metadata()
        listed = listings(pairs)
        read_views(listed, False)
        away = read_listings(run, listed, False, ending.counts, sparing=True)
        read_removals(run, listed, away, always=True)
        previewed = preview_pairs(run, pairs, sorted(away))
        ending.counts |= previewed["counts"]
        ending.report = run_report([], away, [], {})
        if away:
            ending.failed(away)
        else:
            ending.refused(next(iter(previewed["refused"].values()), {}) or _prevented(pairs))
    return ending.state


@jobs.workflow("sync_at_once")
def sync_at_once(run: str, pairs: list[str]) -> str:
    """Bring pairs together from what the store already knows: after a notification, nothing needs to be listed."""
    with recorded_ending(run) as ending:
        aligned = align(run, pairs, ending.counts)
        settle_rest(run, ending.counts)
        ending.report = run_report([], {}, aligned["planned"], aligned["refused"])
        ending.refused(next(iter(aligned["refused"].values()), {}))
    return ending.state


def settle_rest(run: str, counts: Counts) -> None:
    """Make again what is due, then ask again the rules that waited for what was made. Inside a workflow."""
    again = make_again(f"{run}:again")
    if any(again.values()):
        count_made(counts.setdefault(RETRIES, {}), again)
    make_what_was_blocked(run)


def make_what_was_blocked(run: str) -> None:
    """Ask again the rules that could not do what they should. Inside a workflow."""
    if _reconsider(run):
        make_batch(f"{run}:reconsidered")


@jobs.step("prevented")
def _prevented(pairs: list[str]) -> dict[str, str]:
    """Why a service of these pairs was left out, where plans or currencies do not fit; empty where none was."""
    context = jobs.current_context()
    wanted = frozenset[str]().union(*map(services_of, context.registry.pairs_in_order(pairs or None)))
    for service, findings in prevented_services(context).items():
        if service in wanted:
            label, why = context.registry.connector(service).label, findings[0].message
            return in_both(
                Text(
                    en=f"{label.en} was left out, nothing is written to it: {why.en}",
                    ja=f"{label.ja} は同期の対象外とし、書き込みを行っていません: {why.ja}",
                )
            )
    return {}


@jobs.step("reconsider")
def _reconsider(run: str) -> int:
    try:
        return reconsider(jobs.current_context(), f"{run}:reconsidered")
    except ConnectorError as error:  # nothing is lost: the next sync asks again
        log.warning("rules_not_reconsidered", service=error.service, reason=str(error))
        return 0
