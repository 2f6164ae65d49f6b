"""A plan made to be seen: what a sync would do with each record. Nothing of it is stored as work to be done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import ceil
from typing import TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.fit import services_of
from tsunagi.app.context import Context
from tsunagi.app.sync.ingest import complete_unlinked
from tsunagi.app.sync.listing import in_both, why
from tsunagi.app.sync.pair_plan import ForeseenReferences, Plan
from tsunagi.app.sync.planning import build_plan, look_again_if_mapped_anew, noted_outcomes, outcome_of, questions_of
from tsunagi.app.sync.saved_units import Confined, Seen, Selected, entries_of
from tsunagi.domain.records import Fields
from tsunagi.errors import TsunagiError
from tsunagi.store.reviews import Reviews
from tsunagi.store.saved_plans import SavedPlans
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns
from tsunagi.sync.steps import Step
from tsunagi.text import Text

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
    """Plan a pair from what the store knows and keep what would become of each record; returns steps by kind.

    Where the run makes a saved plan, its entries are kept too.
    """
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    with context.store.read() as session:
        saved = SavedPlans(session).made_by_run(run)
    if saved:
        # As before a plan that is carried out: what is planned from must not be another then.
        complete_unlinked(context, run, pair, references)
        look_again_if_mapped_anew(context, pair)
    plan = build_plan(context, pair, references)
    references.foresee(pair, plan)
    seen = Seen.of(context, plan.steps, references) if saved else None
    outcomes = [*_writes(plan), *noted_outcomes(plan)]
    with context.store.write() as session:
        SyncRuns(session).replace_outcomes(run, name, outcomes)
        if saved and seen:
            SavedPlans(session).replace_entries(saved.id, name, entries_of(pair, plan.steps, seen))
        # Its questions can be answered before anything is written.
        Reviews(session).replace(name, list(questions_of(plan)), context.now())
    into_crm = sum(step.side == "left" for step in plan.steps.writes)
    return {**plan.steps.counts(), **({INTO_CRM: into_crm} if into_crm else {})}


@jobs.step("is_whole")
def applies_wholly(run: str) -> bool:
    """Does the run apply a saved plan completely or not at all?"""
    confined = Confined.of_run(jobs.current_context(), run)
    return confined is not None and confined.whole


@jobs.step("moved_since")
def moved_since(run: str, pairs: list[str], away: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """For a run that applies a saved plan completely or not at all: by pair why it may not, where a record has moved
    or a service could not be read."""
    context = jobs.current_context()
    confined = Confined.of_run(context, run)
    assert confined is not None, "asked of such a run only"
    chosen = context.registry.pairs_in_order(pairs or None)
    if away:
        return dict.fromkeys((pair.name for pair in chosen), next(iter(away.values())))
    references = ForeseenReferences(context)
    moved: list[Selected] = []
    for pair in chosen:
        plan = build_plan(context, pair, references)
        references.foresee(pair, plan)
        selected = confined.select(context, pair, plan.steps, references)
        moved += [selected] if selected.left_out else []
    if not moved:
        return {}
    with context.store.write() as session:
        for selected in moved:
            selected.note_left_out(session)
    count = sum(len(ids) for selected in moved for ids in selected.left_out.values())
    said = Text(
        en=f"Nothing of the plan was applied: {count} of its records have moved since.",
        ja=f"計画は適用していません。作成後に {count} 件のレコードが変わりました。",
    )
    return {pair.name: in_both(said) for pair in chosen}


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
