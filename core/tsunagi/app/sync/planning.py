"""Planning one pair within a run: what the store knows of both sides becomes a plan, and the plan intents."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.parked import report_parked
from tsunagi.app.open_items.plugins import report_hooks
from tsunagi.app.open_items.writes import resolve_superseded, settle_batches
from tsunagi.app.sync.links import MATCHED, Agreement, References, Versions, agree
from tsunagi.app.sync.pair_states import UNDONE, Decided, apart_records, linked_states, unlinked_records
from tsunagi.app.sync.whole_records import complete_unlinked
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.mapping import PairEnd, Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Links
from tsunagi.store.pair_mappings import PairMappings
from tsunagi.store.records import Records
from tsunagi.store.reviews import ReviewItem, Reviews
from tsunagi.store.sync_runs import SyncOutcome, SyncRuns
from tsunagi.sync import guard
from tsunagi.sync.former_partners import former_partners
from tsunagi.sync.pair_state import PairState
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import (
    Adopt,
    Agree,
    Create,
    Deactivate,
    Delete,
    Ends,
    Note,
    Park,
    Step,
    SyncPlan,
    Unlink,
    Update,
    Write,
)
from tsunagi.sync.unlinked import plan_unlinked
from tsunagi.text import Text

_OVERTAKEN = Text(en="A later plan did not want it any more.", ja="その後の計画で不要になりました。")

SIDES: tuple[Side, Side] = ("left", "right")
# What a plan leaves to a person's word; everything else settles itself, or is repaired in the records.
_ASKED = ("match", "conflict", "deletion")


class PlanOutcome(TypedDict):
    """What a plan holds: steps by kind, how many writes to which services, and why it was refused, if it was."""

    counts: dict[str, int]
    writes: int
    services: list[str]
    problem: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A pair's plan and what is needed to carry it out.

    `unmoved` are linked records whose versions moved on without a synced field changing.
    """

    pair: str
    ends: Mapping[Side, PairEnd]
    steps: SyncPlan
    versions: Mapping[Ends, Versions]
    unmoved: Sequence[tuple[RecordRef, RecordRef]]

    def versions_of(self, step: Step) -> Versions:
        if (step.left, step.right) in self.versions:
            return self.versions[step.left, step.right]
        left = self.versions.get((step.left, None), Versions())
        right = self.versions.get((None, step.right), Versions())
        return Versions(left.left, right.right)

    def last_steps(self) -> Mapping[Ends, Step]:
        """By its ends, the last step of each unit: once it is made, nothing is left to do or to report there."""
        return {(unit[-1].left, unit[-1].right): unit[-1] for unit in self.steps.units()}


def plan_pair_of_run(
    context: Context, run: str, name: str, *, retry_failed: bool = False, allow_deletions: bool = False
) -> PlanOutcome:
    """Plan a pair and store what follows.

    Raises SyncRefused where the plan looks like an accident (`allow_deletions` is a person's word that it is none),
    RuleFileError where the pair's settings have a mistake.

    Repeating it stores the same intents under the same keys and the same outcomes.
    """
    context.pair_settings.book().require(name)
    pair = context.registry.pair(name)
    references = References(context)
    complete_unlinked(context, run, pair, references)
    _look_again_if_mapped_anew(context, pair)
    plan = build_plan(context, pair, references)
    limits = context.pair_settings.book().limits(name)
    guard.check(plan.steps, _census(context, pair), limits=limits, allow_deletions=allow_deletions)
    intents = _made_once(context, list(_intents(plan, f"{run}:{name}", references)))
    with context.store.write() as session:
        _store_agreements(session, context, plan)
        new = set(Intents(session).plan(intents, context.now()))
        old = [intent for intent in intents if intent.key not in new]
        Intents(session).take_over(old, context.now(), retry_failed=retry_failed)
        # Made after all, it would be a second one: what it was to create may have been found and linked since.
        Intents(session).abandon_overtaken(name, f"{run}:{name}", _OVERTAKEN, context.now())
        resolve_superseded(context, session, name, [intent.key for intent in intents])
        settle_batches(context, session)
        report_parked(context, session, pair, plan.steps.parked)
        report_hooks(context, session)
        SyncRuns(session).replace_outcomes(run, name, list(noted_outcomes(plan)))
        Reviews(session).replace(name, list(questions_of(plan)), context.now())
    services = sorted({intent.write.service for intent in intents})
    return {"counts": plan.steps.counts(), "writes": len(intents), "services": services, "problem": {}}


def _look_again_if_mapped_anew(context: Context, pair: SyncPair) -> None:
    """Links of which nothing has moved are compared once more where the mapping has changed since."""
    fields = (f"{fm.name} {fm.left} {fm.right} {fm.direction} {fm.owner} {fm.reference}" for fm in pair.mapping.fields)
    written = context.pair_settings.book().mappings.get(pair.name, "")
    digest = hashlib.sha256("\n".join([*fields, str(pair.direction), written]).encode()).hexdigest()[:32]
    with context.store.read() as session:
        known = PairMappings(session).mapping_of(pair.name)
    if known != digest:
        with context.store.write() as session:
            PairMappings(session).mapped_anew(pair.name, digest, first=known is None)
            # What was undone under the former mapping is brought over by the new one.
            Reviews(session).forget(pair.name, UNDONE)


def build_plan(context: Context, pair: SyncPair, references: References) -> Plan:
    """What a sync of this pair would do now, from the store alone; nothing is written anywhere."""
    options = context.pair_settings.book().options(pair.name, references)
    decided = Decided.of(context, pair.name)
    versions: dict[Ends, Versions] = {}
    unmoved: list[tuple[RecordRef, RecordRef]] = []
    plans: list[SyncPlan] = []
    settled: set[RecordRef] = set()
    for state in linked_states(context, pair, options, decided):
        assert state.link is not None
        ends = (state.link.left, state.link.right)
        versions[ends] = _versions(state)
        plan = plan_pair(pair, state, options)
        if not plan.steps and state.left and state.right:
            unmoved.append(ends)
        settled |= _settled_by(state, plan)
        if state.merged_into:
            versions[state.merged_into.ref, state.link.right] = _versions(replace(state, left=state.merged_into))
        plans.append(plan)
    lefts, rights = ([r for r in unlinked_records(context, pair, side) if r.ref not in settled] for side in SIDES)
    versions |= {(left.ref, None): Versions(left=left.version) for left in lefts}
    versions |= {(None, right.ref): Versions(right=right.version) for right in rights}
    references.learn_of(pair, [*lefts, *rights])
    former = former_partners(pair, lefts, rights)
    apart = apart_records(context, pair, lefts, rights) | decided.alone
    plans.append(plan_unlinked(pair, lefts, rights, options, decided.verdicts, apart=apart, former=former))
    steps = SyncPlan.joined(pair.name, plans)
    return Plan(pair.name, {"left": pair.left, "right": pair.right}, steps, versions, unmoved)


def _settled_by(state: PairState, plan: SyncPlan) -> set[RecordRef]:
    """Records that stand alone in the store, and find a partner by this plan of linked ones."""
    adopted = {ref for step in plan.steps if isinstance(step, Adopt) for ref in (step.left, step.right)}
    # Back from a recycle bin, with nothing to be done about it: they are one all the same.
    back = state.link is not None and state.link.apart and state.left is not None and state.right is not None
    return adopted | ({state.left.ref, state.right.ref} if back and state.left and state.right else set())


def _versions(state: PairState) -> Versions:
    left, right = state.left, state.right
    return Versions(left.version if left else "", right.version if right else "")


def _census(context: Context, pair: SyncPair) -> guard.Census:
    with context.store.read() as session:
        return guard.Census(*Links(session).census(pair.name))


def _store_agreements(session: Session, context: Context, plan: Plan) -> None:
    """What needs no outside write: links, baselines, and records that stand alone from now on."""
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


def _intents(plan: Plan, batch: str, references: References) -> Iterator[NewIntent]:
    last = plan.last_steps()
    for position, step in enumerate(plan.steps.writes):
        versions = plan.versions_of(step)
        yield NewIntent(
            key=_key(plan.pair, step, versions),
            write=_write(step, plan),
            batch=batch,
            position=position,
            pair=plan.pair,
            plan={**_terms_of(step, versions, references), "settles": last[step.left, step.right] is step},
        )


def _made_once(context: Context, intents: Sequence[NewIntent]) -> list[NewIntent]:
    """A key stands for one creation. What was made under it and is gone is made again under the next one."""
    creating = {intent.key: intent for intent in intents if intent.write.operation == "create"}
    keys = {intent.key: intent.key for intent in intents}
    while creating:
        with context.store.read() as session:
            known = Intents(session).get_many(list(creating))
            made = {key: intent.result for key, intent in known.items() if intent.result is not None}
            there = Records(session).get_many(made.values())
        gone = {key: ref for key, ref in made.items() if ref not in there}
        creating = {_digest([key, str(ref)]): creating[key] for key, ref in gone.items()}
        keys |= {intent.key: key for key, intent in creating.items()}
    return [replace(intent, key=keys[intent.key]) for intent in intents]


def _write(step: Write, plan: Plan) -> OutsideWrite:
    end = plan.ends[step.side]
    if isinstance(step, Create):
        return OutsideWrite("create", end.service, end.entity, step.fields)
    if isinstance(step, Update | Deactivate):
        return OutsideWrite("update", end.service, end.entity, step.fields, target=step.ref)
    return OutsideWrite("delete", end.service, end.entity, target=step.ref)


def _key(pair: str, step: Write, versions: Versions) -> str:
    """One creation for a record, for ever; one update for each state that was planned from."""
    parts = [pair, type(step).__name__, step.side, str(step.left), str(step.right)]
    if isinstance(step, Create):
        parts.append(str(step.replaces))
    else:
        parts += [versions.left, versions.right]
    return _digest(parts)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _terms_of(step: Write, versions: Versions, references: References) -> Fields:
    terms: dict[str, Value] = {
        "side": step.side,
        "left": step.left,
        "right": step.right,
        "versions": {"left": versions.left, "right": versions.right},
    }
    if isinstance(step, Create):
        terms |= {"baseline": step.baseline, "replaces": step.replaces, "look_first": _may_exist(step, references)}
    if isinstance(step, Update):
        terms |= {"baseline": step.baseline, "expected_version": step.expected_version}
    if isinstance(step, Delete | Deactivate):
        terms |= {"expected_version": step.expected_version, "apart": isinstance(step, Deactivate)}
    return terms


def _may_exist(step: Create, references: References) -> bool:
    """A record that hangs on one the hub did not make itself may be there, unlisted: it is looked up first."""
    named = [value for value in step.fields.values() if isinstance(value, RecordRef)]
    return any(references.was_matched(value) and not references.was_read(value) for value in named)


def questions_of(plan: Plan) -> Iterator[ReviewItem]:
    """What the plan leaves to a person's word."""
    for step in plan.steps.parked:
        if step.kind in _ASKED:
            found = step.conflict
            compared = {"base": found.base, "left": found.left, "right": found.right} if found else {}
            ends = (step.left, step.right)
            yield ReviewItem(plan.pair, step.kind, *ends, step.field, step.reason, step.candidates, compared)


def noted_outcomes(plan: Plan) -> Iterator[SyncOutcome]:
    """What is not left to the intents to tell."""
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
