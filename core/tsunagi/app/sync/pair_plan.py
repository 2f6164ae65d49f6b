"""The plan of one pair as the writes it takes, each under a key of its own, and what is created in the same call."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tsunagi.app.context import Context
from tsunagi.app.sync.creations import creation_key, digest_of, partners_of_creations
from tsunagi.app.sync.links import References, Versions
from tsunagi.app.sync.pair_states import Decided, orphaned_records, unlinked_naming
from tsunagi.app.sync.saved_units import Confined
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.connector import Capabilities
from tsunagi.domain.mapping import FieldMap, PairEnd, Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import NotConnected, ServiceOff
from tsunagi.store.intents import Intent, NewIntent
from tsunagi.sync.steps import Adopt, Create, Deactivate, Delete, Ends, Step, SyncPlan, Update, Write
from tsunagi.sync.unlinked import plan_unlinked

# Prefix of ids that records will have once they are made; no service gives such an id.
PLANNED = "planned:"
# No call carries more; the rest follows once the record is there.
_MOST = 50
# What an intent's plan says of it: the key of the write that carries it, in which list, and the keys a write carries.
CARRIED_BY, RELATION, CARRIES, AWAITED = "carried_by", "relation", "carries", "awaited"


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


class ForeseenReferences(References):
    """Takes what the plan of an earlier pair would link as linked, so that the pairs behind it can be planned too."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        pairs = context.registry.pairs.values()
        self._asked_for = {fm.reference for pair in pairs for fm in pair.mapping.references}
        self._foreseen: dict[str, dict[RecordRef, RecordRef]] = {}
        self._noted: dict[str, dict[RecordRef, RecordRef]] = {}

    def __call__(self, pair: str, ref: RecordRef) -> RecordRef | None:
        return self._foreseen.get(pair, {}).get(ref) or super().__call__(pair, ref)

    def foresee(self, pair: SyncPair, plan: Plan) -> None:
        self.note(pair, plan)
        self.foresee_noted()

    def note(self, pair: SyncPair, plan: Plan) -> None:
        """A page of a plan, which counts once all of it was made; nothing is kept of a pair that none refers to."""
        if pair.name not in self._asked_for:
            return
        partners = self._noted.setdefault(pair.name, {})
        for step in plan.steps.steps:
            if isinstance(step, Create | Adopt):
                left = step.left or planned_ref(pair.left, step.right)
                right = step.right or planned_ref(pair.right, step.left)
                partners |= {left: right, right: left}
            if isinstance(step, Adopt):
                self._matched |= {step.left, step.right}

    def foresee_noted(self) -> None:
        for pair, partners in self._noted.items():
            self._foreseen[pair] = partners if pair not in self._foreseen else self._foreseen[pair] | partners
        self._noted = {}


def planned_ref(end: PairEnd, source: RecordRef | None) -> RecordRef:
    """The name of a record until it is made for `source`."""
    assert source is not None, "a step is about a record of one side at least"
    return RecordRef(end.service, end.entity, f"{PLANNED}{source.id}")


def intents_of(plan: Plan, batch: str, references: References) -> Iterator[NewIntent]:
    """What is written, in order, each under the key that names it for ever."""
    last = plan.last_steps()
    for position, step in enumerate(plan.steps.writes):
        versions = plan.versions_of(step)
        yield NewIntent(
            key=_key(plan.pair, step, versions),
            write=_write(step, plan),
            batch=batch,
            position=position,
            pair=plan.pair,
            plan={
                **_terms_of(step, versions, references),
                "settles": last[step.left, step.right] is step and not (isinstance(step, Create) and step.renamed),
            },
        )


def _write(step: Write, plan: Plan) -> OutsideWrite:
    end = plan.ends[step.side]
    if isinstance(step, Create):
        return OutsideWrite("create", end.service, end.entity, step.fields)
    if isinstance(step, Update | Deactivate):
        return OutsideWrite("update", end.service, end.entity, step.fields, target=step.ref)
    return OutsideWrite("delete", end.service, end.entity, target=step.ref)


def _key(pair: str, step: Write, versions: Versions) -> str:
    """One creation for a record, for ever; one update for each state that was planned from."""
    if isinstance(step, Create):
        return creation_key(pair, step.side, step.left, step.right, step.replaces)
    made_from = [versions.left, versions.right]
    return digest_of([pair, type(step).__name__, step.side, str(step.left), str(step.right), *made_from])


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
        # The key is what stored intents have: it keeps its name.
        terms |= {"expected_version": step.expected_version, "apart": isinstance(step, Deactivate)}
    return terms


def _may_exist(step: Create, references: References) -> bool:
    """A record that hangs on one the hub did not make itself may be there, unlisted: it is looked up first."""
    named = [value for value in step.fields.values() if isinstance(value, RecordRef)]
    return any(references.was_matched(value) and not references.was_read(value) for value in named)


def plan_carried(
    context: Context,
    pair: SyncPair,
    plan: Plan,
    batch: str,
    beside: Collection[str],
    confined: Confined | None = None,
) -> list[NewIntent]:
    """What the pairs `beside` this one would create in the records that its plan creates; of a saved plan, its own."""
    creating = {step.left for step in plan.steps.steps if isinstance(step, Create) and step.side == "right"}
    if not creating:
        return []
    references = ForeseenReferences(context)
    references.foresee(pair, plan)
    found: list[NewIntent] = []
    for other, parent, able in _carried_pairs(context, pair, beside):
        records = unlinked_naming(context, other, [left for left in creating if left is not None])
        lefts = [record for record in records if parent.read("left", record.fields) in creating]
        if lefts:
            planned = _creations(context, other, lefts, references)
            if confined:
                planned = replace(planned, steps=confined.select(context, other, planned.steps, references).steps)
            terms = {RELATION: able.relation, AWAITED: parent.name}
            found += [
                replace(intent, plan={**intent.plan, **terms}) for intent in intents_of(planned, batch, references)
            ]
    return found


def _carried_pairs(
    context: Context, pair: SyncPair, beside: Collection[str]
) -> Iterator[tuple[SyncPair, FieldMap, Capabilities]]:
    """Pairs whose records can be created in the call that creates one of this pair, and which field names it."""
    try:
        capabilities = context.connectors.get(pair.right.service).capabilities
    except (NotConnected, ServiceOff):
        return
    carries = capabilities[pair.right.entity].carries if pair.right.entity in capabilities else ()
    for other in context.registry.pairs_in_order():
        able = capabilities.get(other.right.entity)
        if other.name not in beside or other.right.service != pair.right.service or able is None:
            continue
        parent = next((fm for fm in other.mapping.references if able.parent in fm.names("right")), None)
        if parent is not None and able.relation in carries and parent.reference == pair.name:
            yield other, parent, able


def _creations(context: Context, pair: SyncPair, lefts: Sequence[Record], references: ForeseenReferences) -> Plan:
    """The plan of these records, as far as it creates: what else is to be said of them the pair's own plan says."""
    references.learn_of(pair, lefts)
    options = context.pair_settings.book().options(pair.name, references)
    decided = Decided.of(context, pair.name)
    orphaned = orphaned_records(context, pair, lefts, ()) | decided.alone
    with context.store.read() as session:
        former = partners_of_creations(session, pair.name, "left", lefts, decided.verdicts)
    taken = {ref: partners[0] for ref, partners in former.items()}
    steps = plan_unlinked(pair, lefts, (), options, decided.verdicts, orphaned=orphaned, former=taken)
    creates = tuple(unit[0] for unit in steps.units() if len(unit) == 1 and isinstance(unit[0], Create))
    versions: dict[Ends, Versions] = {(left.ref, None): Versions(left=left.version) for left in lefts}
    kept = SyncPlan(pair.name, creates, steps.made_from)
    return Plan(pair.name, {"left": pair.left, "right": pair.right}, kept, versions, ())


def with_carried(intents: Sequence[NewIntent], carried: Sequence[NewIntent], first: int = 0) -> list[NewIntent]:
    """Both as part of one batch, from position `first` on: each write knows what it carries, and each that is carried
    by which.
    """
    carriers = {
        planned_ref(PairEnd(intent.write.service, intent.write.entity), left): intent
        for intent in intents
        if intent.write.operation == "create" and isinstance(left := intent.plan.get("left"), RecordRef)
    }
    loads: dict[str, list[NewIntent]] = {}
    for intent in carried:
        awaited = _awaited(intent)
        carrier = carriers.get(awaited) if isinstance(awaited, RecordRef) else None
        if carrier is not None and len(loads.setdefault(carrier.key, [])) < _MOST:
            loads[carrier.key].append(intent)
    told: list[NewIntent] = []
    for intent in intents:
        load = loads.get(intent.key, ())
        told.append(replace(intent, plan={**intent.plan, CARRIES: tuple(one.key for one in load)}) if load else intent)
    behind = [replace(one, plan={**one.plan, CARRIED_BY: key}) for key, load in loads.items() for one in load]
    return [replace(one, position=first + place) for place, one in enumerate((*told, *behind))]


def _awaited(intent: NewIntent) -> Value:
    """The record it belongs to, by the name it has until it is made."""
    baseline = intent.plan["baseline"]
    return baseline.get(str(intent.plan[AWAITED])) if isinstance(baseline, Mapping) else None


def keys_carried(intent: Intent) -> Sequence[str]:
    """The keys of what goes in the call of this write."""
    keys = intent.plan.get(CARRIES)
    return [str(key) for key in keys] if isinstance(keys, tuple) else ()


def now_made(intent: Intent, carrier: RecordRef) -> Intent:
    """The write with the record it belongs to named, which is made by now."""
    before = _awaited(intent)
    fields = _renamed(intent.write.fields, before, carrier)
    baseline = intent.plan["baseline"]
    assert isinstance(baseline, Mapping)
    plan = {**intent.plan, "baseline": _renamed(baseline, before, carrier)}
    return replace(intent, write=replace(intent.write, fields=fields), plan=plan)


def _renamed(fields: Fields, before: Value, now: RecordRef) -> dict[str, Value]:
    return {name: now if value == before and before is not None else value for name, value in fields.items()}
