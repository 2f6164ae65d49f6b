"""A sync: read what changed on every side, plan each pair, make what was planned."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TypedDict
from uuid import uuid4

from tsunagi.app import jobs
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
    writable_services,
)
from tsunagi.app.connections.metadata import refresh_metadata
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.sync.listing import (
    document_listings,
    in_both,
    listings,
    read_again,
    read_customers_again,
    read_listing,
    read_listings,
    why,
)
from tsunagi.app.sync.pair_files import require_in_force
from tsunagi.app.sync.planning import PlanOutcome, plan_pair_of_run
from tsunagi.app.sync.preview import moved_since, preview_pairs
from tsunagi.app.sync.progress import WriteProgress, add_counts, count_made
from tsunagi.app.sync.removals import read_removals
from tsunagi.app.sync.retrying import make_again
from tsunagi.app.sync.run_control import note_begun, take_up
from tsunagi.app.sync.run_endings import recorded_ending
from tsunagi.app.sync.run_reports import run_report
from tsunagi.app.sync.view_reading import read_views
from tsunagi.app.sync.writing import make_batch
from tsunagi.errors import ConfigError, ConnectorError, NotConnected, ServiceOff, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.text import Text

log = Log(__name__)

# More of our own writes than this would fill several pages of the next sync's listings.
_MANY = 100
# Where a run counts the writes of earlier ones that it made again.
RETRIES = "retries"
WORKFLOW = "sync"
REFRESH = "refresh_documents"
PLAN = "plan"


def start_sync(
    context: Context, *, pairs: Sequence[str] = (), full: bool = False, first: bool = False, kind: str = ""
) -> str:
    """Begin a run and return its id; `run_sync` or the working process carries it out.

    `pairs` names what to sync, everything when empty. `full` lists every record again, which also finds what was
    deleted. `first` is a person's word that services which were never synced may be written to from now on; without
    it they are left out. `kind` names a run that does less than a sync, for those who look at it. Raises ConfigError
    for an unknown pair or when no service is connected, FirstSyncPending where nothing would be left to sync,
    Incompatible where a service is to be started that does not fit the CRM.
    """
    _require_connection(context, pairs)
    _settle_first_sync(context, pairs, first=first)
    return begin_run(context, kind or ("full" if full else "incremental"))


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
    run = f"sync-{uuid4().hex[:12]}"
    with context.store.write() as session:
        SyncRuns(session).start(run, kind, context.now(), undoes=undoes)
    return run


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


def go_on(context: Context, work: Jobs, run: str) -> SyncRun:
    """Carry a paused run to its end in this process. Raises ConfigError where it is not paused."""
    work.settle()
    work.run(sync_workflow, f"{run}~{uuid4().hex[:8]}", run, *take_up(context, run))
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

    Returns the state it ended in. A run that was paused goes on by reading what is new and planning what is left.
    """
    with recorded_ending(run) as ending:
        ending.counts = note_begun(run, pairs, full, allow_deletions, most)
        refresh_metadata()
        listed = listings(pairs)
        unseen = read_views(listed, full)
        away = read_listings(run, listed, full, ending.counts)
        read_removals(run, listed, away, always=full)
        unseen = {**unseen, **moved_since(run, pairs)}
        allowed = {"retry_failed": full, "allow_deletions": allow_deletions}
        aligned = align(run, _pairs(pairs, sorted(away)), ending.counts, unseen=unseen, most=most, **allowed)
        _read_back(run, pairs, [service for service, writes in aligned["written"].items() if writes > _MANY])
        # A run of some pairs reads part of a service: its success says nothing about the rest.
        complete = [] if pairs else [service for service, _ in listed]
        ending.report = run_report(complete, away, aligned["planned"], aligned["refused"])
        read_customers_again(run, [run])
        if away and not aligned["problem"]:
            ending.failed(away)
        else:
            ending.refused(aligned["problem"] or _prevented(pairs))
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
        away = read_listings(run, listed, False, ending.counts)
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
        ending.report = run_report([], {}, aligned["planned"], aligned["refused"])
        ending.refused(aligned["problem"])
    return ending.state


class Alignment(TypedDict):
    """Writes made by service, the pairs that were planned, and why a pair was refused, if one was."""

    written: dict[str, int]
    planned: list[str]
    refused: dict[str, dict[str, str]]
    problem: dict[str, str]


def align(
    run: str,
    pairs: Sequence[str],
    counts: dict[str, dict[str, int]],
    *,
    retry_failed: bool = False,
    allow_deletions: bool = False,
    unseen: Mapping[str, dict[str, str]] | None = None,
    most: int = 0,
) -> Alignment:
    """Plan each pair and make what was planned, then ask again the rules that waited for it. Inside a workflow.

    A pair that is refused, or `unseen`, holds up those that wait for it, and no others.
    """
    written: Counter[str] = Counter()
    done: list[str] = []
    refused: dict[str, dict[str, str]] = dict(unseen or {})
    held: set[str] = set(refused)
    for pair in pairs:
        if pair in held or (held and _waits_for(pair, sorted(held))):
            held.add(pair)
            continue
        beside = [other for other in pairs if other not in held and other not in done and other != pair]
        planned = _plan(run, pair, beside, retry_failed, allow_deletions, most)
        if planned["problem"]:
            refused[pair] = planned["problem"]
            held.add(pair)
            continue
        done.append(pair)
        add_counts(counts.setdefault(pair, {}), planned["counts"])
        for other, creations in planned["carried"].items():
            add_counts(counts.setdefault(other, {}), {"create": creations})
        progress = WriteProgress(run, pair, planned["writes"], counts)
        made = make_batch(f"{run}:{pair}", progress)
        progress.count(made)
        written.update(dict.fromkeys(planned["services"], made["done"]))
    again = make_again(f"{run}:again")
    if any(again.values()):
        count_made(counts.setdefault(RETRIES, {}), again)
    make_what_was_blocked(run)
    problem = next(iter(refused.values()), {})
    return {"written": dict(written), "planned": done, "refused": refused, "problem": problem}


def make_what_was_blocked(run: str) -> None:
    """Ask again the rules that could not do what they should. Inside a workflow."""
    if _reconsider(run):
        make_batch(f"{run}:reconsidered")


def _read_back(run: str, pairs: list[str], services: Sequence[str]) -> None:
    """After many writes, list what they did, so that the next sync does not take them for changes, page by page."""
    for service, entity in listings(pairs) if services else ():
        if service in services:
            read_listing(run, service, entity, False, {})


@jobs.step("pairs")
def _pairs(pairs: list[str], away: list[str]) -> list[str]:
    """Pairs to bring together: of those chosen, whose services may both be written to and could be read."""
    context = jobs.current_context()
    writable = _pairs_among(context, pairs, writable_services(context))
    return [name for name in writable if not services_of(context.registry.pair(name)) & set(away)]


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


@jobs.step("waits_for")
def _waits_for(pair: str, held: list[str]) -> bool:
    context = jobs.current_context()
    return pair in context.registry.pairs and bool({*context.registry.pair(pair).after} & {*held})


@jobs.step("plan")
def _plan(
    run: str, pair: str, beside: list[str], retry_failed: bool, allow_deletions: bool = False, most: int = 0
) -> PlanOutcome:
    context = jobs.current_context()
    try:
        return plan_pair_of_run(
            context,
            run,
            pair,
            beside=beside,
            most=most,
            retry_failed=retry_failed,
            allow_deletions=allow_deletions,
        )
    except (ServiceOff, NotConnected):  # switched off or forgotten during the run: nothing to do, and nothing wrong
        return {"counts": {}, "writes": 0, "services": [], "problem": {}, "carried": {}}
    except TsunagiError as error:
        return {"counts": {}, "writes": 0, "services": [], "problem": why(error), "carried": {}}


@jobs.step("reconsider")
def _reconsider(run: str) -> int:
    try:
        return reconsider(jobs.current_context(), f"{run}:reconsidered")
    except ConnectorError as error:  # nothing is lost: the next sync asks again
        log.warning("rules_not_reconsidered", service=error.service, reason=str(error))
        return 0
