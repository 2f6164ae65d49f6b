"""A plan made to be seen: what a sync would do with each record. Nothing of it is stored as work to be done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import ceil
from typing import TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.fit import services_of
from tsunagi.app.context import Context
from tsunagi.app.sync.listing import why
from tsunagi.app.sync.pair_plan import ForeseenReferences, Plan
from tsunagi.app.sync.planning import build_plan, noted_outcomes, outcome_of, questions_of
from tsunagi.domain.records import Fields
from tsunagi.errors import TsunagiError
from tsunagi.store.reviews import Reviews
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns
from tsunagi.sync.steps import Step

# Prefix of ids that records will have once they are made; no service gives such an id.
_PLANNED = "planned:"
# Among the steps of a previewed pair: how many of its writes go to the CRM.
INTO_CRM = "into_crm"
_WRITTEN = ("create", "update", "delete", "deactivate")


class Workload(TypedDict):
    """Writes one service would get, and the full minutes they take at its own limit (0: no limit is known)."""

    writes: int
    minutes: int


def preview_pair(context: Context, run: str, name: str, references: ForeseenReferences) -> dict[str, int]:
    """Plan a pair from what the store knows and keep what would become of each record; returns steps by kind."""
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    plan = build_plan(context, pair, references)
    references.foresee(pair, plan)
    outcomes = [*_writes(plan), *noted_outcomes(plan)]
    with context.store.write() as session:
        SyncRuns(session).replace_outcomes(run, name, outcomes)
        # Its questions can be answered before anything is written.
        Reviews(session).replace(name, list(questions_of(plan)), context.now())
    into_crm = sum(step.side == "left" for step in plan.steps.writes)
    return {**plan.steps.counts(), **({INTO_CRM: into_crm} if into_crm else {})}


class Previewed(TypedDict):
    """Steps by kind, by pair, and why a pair could not be planned."""

    counts: dict[str, dict[str, int]]
    refused: dict[str, dict[str, str]]


@jobs.step("previewed")
def preview_pairs(run: str, pairs: list[str], away: list[str]) -> Previewed:
    """Plan every pair of which both sides could be read."""
    context = jobs.current_context()
    readable = {connection.service for connection in context.connectors.active()} - set(away)
    references = ForeseenReferences(context)
    found: Previewed = {"counts": {}, "refused": {}}
    for pair in context.registry.pairs_in_order(pairs or None):
        if services_of(pair) <= readable:
            try:
                found["counts"][pair.name] = preview_pair(context, run, pair.name, references)
            except TsunagiError as error:
                found["refused"][pair.name] = why(error)
    return found


def planned_steps(counts: Fields) -> dict[str, dict[str, int]]:
    """Steps by kind, by pair, from the counts of a stored plan."""
    return {
        name: {step: int(str(count)) for step, count in steps.items()}
        for name, steps in counts.items()
        if isinstance(steps, Mapping)
    }


def workload(context: Context, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Workload]:
    """What the writes of a plan ask of each service; `counts` are steps by kind, by pair."""
    writes: Counter[str] = Counter()
    for name, steps in counts.items():
        if name in context.registry.pairs:
            pair = context.registry.pair(name)
            into_crm = steps.get(INTO_CRM, 0)
            writes[pair.left.service] += into_crm
            writes[pair.right.service] += sum(steps.get(kind, 0) for kind in _WRITTEN) - into_crm
    return {
        service: {"writes": count, "minutes": _minutes(context, service, count)}
        for service, count in writes.items()
        if count
    }


def _minutes(context: Context, service: str, writes: int) -> int:
    limits = context.connectors.limits(service)
    return ceil(writes / limits.per_minute) if limits and limits.per_minute else 0


def _writes(plan: Plan) -> Iterator[SyncOutcome]:
    for step in plan.steps.writes:
        yield outcome_of(plan, step, _kind(step))


def _kind(step: Step) -> str:
    return type(step).__name__.lower()
