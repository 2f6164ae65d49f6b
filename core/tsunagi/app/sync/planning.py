"""Planning one pair within a run: what the store knows of both sides becomes a plan, and the plan intents."""

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import report_hooks, report_parked
from tsunagi.app.open_items.writes import failed_before, resolve_superseded, settle_batches
from tsunagi.app.sync.creations import digest_of, made_once
from tsunagi.app.sync.ingest import complete_unlinked
from tsunagi.app.sync.links import MATCHED, Agreement, References, Versions, agree
from tsunagi.app.sync.pair_plan import Plan, intents_of, plan_carried, with_carried
from tsunagi.app.sync.pair_states import UNDONE
from tsunagi.app.sync.plan_pages import build_plan, lost_steps, plan_pages
from tsunagi.app.sync.receipts import find_lost_creations
from tsunagi.app.sync.saved_units import Confined, Selected
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Links, PairMappings
from tsunagi.store.reviews import ReviewItem, Reviews
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns
from tsunagi.sync import guard
from tsunagi.sync.steps import Adopt, Agree, Note, Park, Step, SyncPlan, Unlink
from tsunagi.text import Text

_OVERTAKEN = Text(en="A later plan did not want it any more.", ja="その後の計画で不要になりました。")

# What a plan leaves to a person's word; everything else settles itself, or is repaired in the records.
_ASKED = ("match", "conflict", "deletion")
# What is noted of records in the transaction that brings it about: true whatever interrupts the plan behind it.
_LASTING = ("adopt", "unlink")
# Planning takes the processor and memory, not time at a service: lanes beside each other plan in turn.
_IN_TURN = threading.Lock()


class PlanOutcome(TypedDict):
    """What a plan holds: steps by kind, how many writes to which services, and why it was refused, if it was.

    `carried` are creations of other pairs that go in the same calls, by pair.
    """

    counts: dict[str, int]
    writes: int
    services: list[str]
    problem: dict[str, str]
    carried: dict[str, int]


def plan_pair_of_run(
    context: Context,
    run: str,
    name: str,
    *,
    beside: Collection[str] = (),
    most: int = 0,
    retry_failed: bool = False,
    allow_deletions: bool = False,
) -> PlanOutcome:
    """Plan a pair and store what follows.

    `beside` are the run's other pairs: what they would create in records that this one creates goes in the same call.
    Where `most` is given, so many records are brought in step and the others are left as they are. A run that applies
    a saved plan carries out of it what is still as planned, and nothing else.

    Raises SyncRefused where the plan looks like an accident (`allow_deletions` is a person's word that it is none),
    RuleFileError where the pair's settings have a mistake.

    Repeating it stores the same intents under the same keys and the same outcomes.
    """
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    references = References(context)
    complete_unlinked(context, run, pair, references)
    find_lost_creations(context, pair, references)
    with _IN_TURN:
        return _plan_and_store(
            context, run, pair, references, beside, most, retry_failed=retry_failed, allow_deletions=allow_deletions
        )


def _plan_and_store(
    context: Context,
    run: str,
    pair: SyncPair,
    references: References,
    beside: Collection[str],
    most: int,
    *,
    retry_failed: bool,
    allow_deletions: bool,
) -> PlanOutcome:
    look_again_if_mapped_anew(context, pair)
    storing = _Storing(context, run, pair, references, beside, retry_failed=retry_failed)
    confined = Confined.of_run(context, run)
    if most or confined:
        plan = build_plan(context, pair, references)
        saved = confined.select(context, pair, plan.steps, references) if confined else None
        chosen = saved.steps if saved else plan.steps.first(most)
        check_loss(context, pair, saved.steps if saved else plan.steps, allow_deletions=allow_deletions)
        storing.begin()
        storing.store(replace(plan, steps=chosen), saved)
        storing.end(plan.steps.parked, partial=True)
        return storing.outcome()
    if not allow_deletions:
        check_loss(context, pair, lost_steps(context, pair, references))
    storing.begin()
    parked: list[Park] = []
    try:
        for page in plan_pages(context, pair, references):
            storing.store(page)
            parked += page.steps.parked
    except TsunagiError:
        storing.give_up()
        raise
    storing.end(parked)
    return storing.outcome()


class _Storing:
    """Stores the plan of a pair, a page in each transaction, and counts what it holds.

    What an interrupted attempt has stored is stored again alike; whom it has linked are linked, and its word on that
    stays.
    """

    def __init__(
        self,
        context: Context,
        run: str,
        pair: SyncPair,
        references: References,
        beside: Collection[str],
        *,
        retry_failed: bool,
    ) -> None:
        self._context, self._run, self._pair, self._references = context, run, pair, references
        self._beside, self._retry_failed = beside, retry_failed
        self._counts, self._carried = Counter[str](), Counter[str]()
        self._services: set[str] = set()
        self._intents = 0
        # Keys of writes that failed before, of which this plan still wants some.
        self._failed: frozenset[str] = frozenset()
        self._still_wanted: set[str] = set()

    def begin(self) -> None:
        with self._context.store.write() as session:
            SyncRuns(session).forget_outcomes(self._run, self._pair.name, keep=_LASTING)
            self._failed = failed_before(session, self._pair.name)

    def store(self, plan: Plan, saved: Selected | None = None) -> None:
        context, name = self._context, self._pair.name
        intents = self._all_intents(plan, saved.confined if saved else None)
        with context.store.write() as session:
            _store_agreements(session, context, plan)
            new = set(Intents(session).plan(intents, context.now()))
            old = [intent for intent in intents if intent.key not in new]
            Intents(session).take_over(old, context.now(), retry_failed=self._retry_failed)
            if saved:
                saved.note(session)
                _take_carried(session, saved.confined, name, intents)
            SyncRuns(session).add_outcomes(self._run, list(noted_outcomes(plan)))
        self._counts.update(plan.steps.counts())
        self._carried.update(intent.pair for intent in intents if intent.pair != name)
        self._services.update(intent.write.service for intent in intents)
        self._still_wanted.update(self._failed.intersection(intent.key for intent in intents))
        self._intents += len(intents)

    def _all_intents(self, plan: Plan, confined: Confined | None) -> list[NewIntent]:
        """What the page writes, and what goes in the same calls."""
        context, batch = self._context, f"{self._run}:{self._pair.name}"
        intents = made_once(context, list(intents_of(plan, batch, self._references)))
        carried = plan_carried(context, self._pair, plan, batch, self._beside, confined)
        return with_carried(intents, made_once(context, carried), self._intents)

    def give_up(self) -> None:
        """The rest of the plan cannot be made: nothing of it is carried out."""
        with self._context.store.write() as session:
            Intents(session).abandon_run(self._run, _OVERTAKEN, self._context.now(), pair=self._pair.name)

    def end(self, parked: Sequence[Park], *, partial: bool = False) -> None:
        context, name = self._context, self._pair.name
        with context.store.write() as session:
            if not partial:
                # Made after all, it would be a second one: what it was to create may have been found and linked since.
                Intents(session).abandon_overtaken(name, self._run, _OVERTAKEN, context.now())
                resolve_superseded(context, session, name, self._still_wanted)
            settle_batches(context, session)
            report_parked(context, session, self._pair, parked)
            report_hooks(context, session)
            Reviews(session).replace(name, list(questions_of(name, parked)), context.now())

    def outcome(self) -> PlanOutcome:
        return {
            "counts": dict(self._counts),
            "writes": self._intents - self._carried.total(),
            "services": sorted(self._services),
            "problem": {},
            "carried": dict(self._carried),
        }


def _take_carried(session: Session, confined: Confined, name: str, intents: Sequence[NewIntent]) -> None:
    carried: dict[str, list[RecordRef]] = {}
    for intent in intents:
        if intent.pair != name and isinstance(left := intent.plan.get("left"), RecordRef):
            carried.setdefault(intent.pair, []).append(left)
    for pair, lefts in carried.items():
        confined.take_carried(session, pair, lefts)


def check_loss(context: Context, pair: SyncPair, steps: SyncPlan, *, allow_deletions: bool = False) -> None:
    """Raises SyncRefused where a plan looks like an accident."""
    limits = context.pair_settings.book().limits(pair.name)
    guard.check(steps, _census(context, pair), limits=limits, allow_deletions=allow_deletions)


def look_again_if_mapped_anew(context: Context, pair: SyncPair) -> None:
    """Links of which nothing has moved are compared once more where the mapping has changed since."""
    fields = (f"{fm.name} {fm.left} {fm.right} {fm.direction} {fm.owner} {fm.reference}" for fm in pair.mapping.fields)
    written = context.pair_settings.book().mappings.get(pair.name, "")
    digest = digest_of([*fields, str(pair.direction), written])
    with context.store.read() as session:
        known = PairMappings(session).mapping_of(pair.name)
    if known != digest:
        _forget_lost_fields(context, pair)
        with context.store.write() as session:
            PairMappings(session).mapped_anew(pair.name, digest, first=known is None)
            # What was undone under the former mapping is brought over by the new one.
            Reviews(session).forget(pair.name, UNDONE)


def _forget_lost_fields(context: Context, pair: SyncPair) -> None:
    """What both sides agreed on in a field that is gone counts no more: should it come back, it comes back empty, and
    that empties nothing on the other side.
    """
    lost = [drift.field for drift in context.pair_settings.book().drifts.get(pair.name, ())]
    after: int | None = 0
    while lost and after is not None:
        with context.store.write() as session:
            after = PairMappings(session).forget_fields(pair.name, lost, after=after)


def _census(context: Context, pair: SyncPair) -> guard.Census:
    with context.store.read() as session:
        return guard.Census(*Links(session).census(pair.name))


def _store_agreements(session: Session, context: Context, plan: Plan) -> None:
    """What needs no outside write: links, baselines, and links that become orphaned."""
    _unlink(session, plan)
    found = [step for step in plan.steps.steps if isinstance(step, Adopt | Agree)]
    last = plan.last_steps()
    agreements = [
        Agreement(
            plan.pair,
            step.left,
            step.right,
            step.baseline,
            # What follows may fail, or waits for a person: then the next plan looks at both records again.
            plan.versions_of(step) if last[step.left, step.right] is step else Versions(),
            MATCHED,
        )
        for step in found
    ]
    agree(session, agreements, context.now())
    _move_on(session, plan)


def _unlink(session: Session, plan: Plan) -> None:
    links = Links(session)
    # A record that was restored, or merged into another, takes its partner over from the one it was linked with.
    replaced = [step.replaces for step in plan.steps.steps if isinstance(step, Adopt) and step.replaces]
    former = links.of_many(replaced)
    links.remove([link.id for some in former.values() for link in some if link.pair == plan.pair])
    steps = [step for step in plan.steps.steps if isinstance(step, Unlink)]
    known = links.of_pair(plan.pair, "left", [step.left for step in steps])
    links.remove([known[step.left].id for step in steps if step.keep is None])
    for step in steps:
        if step.keep is not None:
            links.set_orphaned(known[step.left].id, True)


def _move_on(session: Session, plan: Plan) -> None:
    """Records that moved on without a difference are not looked at again."""
    baselines = Baselines(session)
    links = Links(session).of_pair(plan.pair, "left", [left for left, _ in plan.unmoved])
    known = baselines.get_many([link.id for link in links.values()])
    moved: dict[int, Baseline] = {}
    for ends in plan.unmoved:
        link, versions = links[ends[0]], plan.versions[ends]
        if link.id in known:
            moved[link.id] = replace(known[link.id], left_version=versions.left, right_version=versions.right)
    baselines.save_many(moved)


def questions_of(pair: str, parked: Sequence[Park]) -> Iterator[ReviewItem]:
    """What a plan leaves to a person's word."""
    for step in parked:
        if step.kind in _ASKED:
            found = step.conflict
            compared = {"base": found.base, "left": found.left, "right": found.right} if found else {}
            ends = (step.left, step.right)
            yield ReviewItem(pair, step.kind, *ends, step.field, step.reason, step.candidates, compared)


def noted_outcomes(plan: Plan) -> Iterator[SyncOutcome]:
    """What intents do not report themselves."""
    for step in plan.steps.steps:
        match step:
            case Park(kind=kind) | Note(kind=kind):
                yield outcome_of(plan, step, kind)
            case Adopt() | Unlink():
                yield outcome_of(plan, step, type(step).__name__.lower())
            case _:
                continue


def outcome_of(plan: Plan, step: Step, outcome: str) -> SyncOutcome:
    return SyncOutcome(pair=plan.pair, left=step.left, right=step.right, outcome=outcome, reason=step.reason)
