"""A plan made to be seen: what a sync would do with each record. Nothing of it is stored as work to be done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import ceil
from typing import TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.fit import pending_services, services_of
from tsunagi.app.context import Context
from tsunagi.app.sync.backfilling import missed
from tsunagi.app.sync.ingest import complete_unlinked
from tsunagi.app.sync.listing import in_both, listed_now, why
from tsunagi.app.sync.pair_plan import PLANNED, ForeseenReferences, Plan
from tsunagi.app.sync.plan_pages import build_plan, plan_pages
from tsunagi.app.sync.planning import look_again_if_mapped_anew, noted_outcomes, outcome_of, questions_of
from tsunagi.app.sync.saved_units import Confined, Seen, Selected, entries_of
from tsunagi.domain.connector import Capabilities
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.store.reviews import Reviews
from tsunagi.store.saved_plans import SavedPlan, SavedPlans
from tsunagi.store.sync_runs import SyncOutcome, SyncRun, SyncRuns
from tsunagi.sync.steps import Create, Park, Step
from tsunagi.text import Text

# Among the terms of a plan: the calls that carrying it out takes, by service.
CALLS = "calls"
# Among them too: by event, records that were so before the hub knew them.
MISSED = "missed"
# Among the steps of a previewed pair: how many of its writes go to the CRM.
INTO_CRM = "into_crm"
_WRITTEN = ("create", "update", "delete", "deactivate")


class Workload(TypedDict):
    """Writes one service would get and the calls they take, a look at each of its listings included.

    `minutes` are the full ones that takes at its own limit (0: no limit is known), `days` those on which it is worked,
    today included, since syncs may use no more of each (0: nothing is known of its day).
    """

    writes: int
    calls: int
    minutes: int
    days: int


def preview_pair(
    context: Context, run: str, name: str, references: ForeseenReferences, calls: Counter[str]
) -> dict[str, int]:
    """Plan a pair from what the store knows and keep what would become of each record; returns steps by kind.

    Where the run makes a saved plan, its entries are kept too. `calls` takes, by service, how many the writes would
    take.
    """
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    with context.store.read() as session:
        saved = SavedPlans(session).made_by_run(run)
    if saved:
        # As before a plan that is carried out: what is planned from must not be another then.
        complete_unlinked(context, run, pair, references)
        look_again_if_mapped_anew(context, pair)
    with context.store.write() as session:
        SyncRuns(session).replace_outcomes(run, name, ())
        if saved:
            SavedPlans(session).replace_entries(saved.id, name, ())
    counts, kinds, parked = Counter[str](), Counter[tuple[Side, str]](), list[Park]()
    for page in plan_pages(context, pair, references):
        references.note(pair, page)
        _keep(context, run, pair, page, Seen.of(context, page.steps, references) if saved else None, saved)
        counts.update(page.steps.counts())
        into_crm = sum(step.side == "left" for step in page.steps.writes)
        counts.update({INTO_CRM: into_crm} if into_crm else {})
        kinds.update((step.side, _kind(step)) for step in page.steps.writes if not _carried(context, pair, step))
        parked += page.steps.parked
    references.foresee_noted()
    with context.store.write() as session:
        # Its questions can be answered before anything is written.
        Reviews(session).replace(name, list(questions_of(name, parked)), context.now())
    calls.update(_calls(context, pair, kinds))
    return dict(counts)


def _keep(context: Context, run: str, pair: SyncPair, page: Plan, seen: Seen | None, saved: SavedPlan | None) -> None:
    with context.store.write() as session:
        SyncRuns(session).add_outcomes(run, [*_writes(page), *noted_outcomes(page)])
        if saved and seen:
            SavedPlans(session).add_entries(saved.id, entries_of(pair, page.steps, seen))


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
        en=f"Nothing of the plan was applied: records that moved since: {count}.",
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
    calls = Counter(service for service, _ in listed_now(context, pairs) if service in readable)
    for pair in context.registry.pairs_in_order(pairs or None):
        if services_of(pair) <= readable:
            try:
                found["counts"][pair.name] = preview_pair(context, run, pair.name, references, calls)
            except TsunagiError as error:
                found["refused"][pair.name] = why(error)
    # Once services are written to, nobody needs to be told at each plan.
    earlier = missed(context) if pending_services(context, pairs) else {}
    with context.store.write() as session:
        SyncRuns(session).note_terms(run, {CALLS: dict(calls), MISSED: earlier})
    return found


def _calls(context: Context, pair: SyncPair, kinds: Mapping[tuple[Side, str], int]) -> Counter[str]:
    """What writes of each kind into each side take: one each, or one for several where the service can do that."""
    calls: Counter[str] = Counter({pair.left.service: 0, pair.right.service: 0})
    for (side, kind), count in kinds.items():
        end = pair.end(side)
        able = context.connectors.get(end.service).capabilities.get(end.entity) or Capabilities()
        together = {"create": able.batch_create, "update": able.batch_update}
        calls[end.service] += ceil(count / together.get(kind, 1))
    return calls


def _carried(context: Context, pair: SyncPair, step: Step) -> bool:
    """Is it created in the call that creates the record it belongs to?"""
    if not isinstance(step, Create) or step.side != "right":
        return False
    capabilities = context.connectors.get(pair.right.service).capabilities
    able = capabilities.get(pair.right.entity)
    parent = step.fields.get(able.parent) if able and able.parent else None
    if able is None or not isinstance(parent, RecordRef) or not parent.id.startswith(PLANNED):
        return False
    return parent.entity in capabilities and able.relation in capabilities[parent.entity].carries


def planned_steps(counts: Fields) -> dict[str, dict[str, int]]:
    """Steps by kind, by pair, from the counts of a stored plan."""
    return {
        name: {step: int(str(count)) for step, count in steps.items()}
        for name, steps in counts.items()
        if isinstance(steps, Mapping)
    }


def missed_events(context: Context, run: SyncRun) -> dict[str, tuple[Text, int]]:
    """By event, what it is called and how many records of a plan's first sync were so before, which starts no rule."""
    noted = run.terms.get(MISSED)
    counts = noted if isinstance(noted, Mapping) else {}
    labels = {
        f"{kind.name}.{moment.name}": moment.label
        for kind in context.registry.entities.values()
        for moment in kind.moments
    }
    return {event: (labels.get(event, Text.same(event)), int(str(count))) for event, count in counts.items()}


def workload(context: Context, run: SyncRun) -> dict[str, Workload]:
    """What a stored plan asks of each service it writes to."""
    writes: Counter[str] = Counter()
    for name, steps in planned_steps(run.counts).items():
        if name in context.registry.pairs:
            pair = context.registry.pair(name)
            into_crm = steps.get(INTO_CRM, 0)
            writes[pair.left.service] += into_crm
            writes[pair.right.service] += sum(steps.get(kind, 0) for kind in _WRITTEN) - into_crm
    noted = run.terms.get(CALLS)
    calls = noted if isinstance(noted, Mapping) else {}
    return {
        service: _workload(context, service, count, int(str(calls.get(service, count))))
        for service, count in writes.items()
        if count
    }


def _workload(context: Context, service: str, writes: int, calls: int) -> Workload:
    limits = context.connectors.limits(service)
    minutes = ceil(calls / limits.per_minute) if limits and limits.per_minute else 0
    return {"writes": writes, "calls": calls, "minutes": minutes, "days": context.connectors.days_for(service, calls)}


def _writes(plan: Plan) -> Iterator[SyncOutcome]:
    for step in plan.steps.writes:
        yield outcome_of(plan, step, _kind(step))


def _kind(step: Step) -> str:
    return type(step).__name__.lower()
