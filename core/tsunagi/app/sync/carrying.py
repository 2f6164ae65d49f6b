"""Records that are created in the same call as the one they belong to: a customer's contact persons."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from tsunagi.app.context import Context
from tsunagi.app.sync.links import Versions
from tsunagi.app.sync.pair_plan import ForeseenReferences, Plan, intents_of, planned_ref
from tsunagi.app.sync.pair_states import Decided, orphaned_records, unlinked_records
from tsunagi.app.sync.saved_units import Confined
from tsunagi.domain.connector import Capabilities
from tsunagi.domain.mapping import FieldMap, PairEnd, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import NotConnected, ServiceOff
from tsunagi.store.intents import Intent, NewIntent
from tsunagi.sync.steps import Create, Ends, SyncPlan
from tsunagi.sync.unlinked import plan_unlinked

# No call carries more; the rest follows once the record is there.
_MOST = 50
# What an intent's plan says of it: the key of the write that carries it, in which list, and the keys a write carries.
CARRIED_BY, RELATION, CARRIES, AWAITED = "carried_by", "relation", "carries", "awaited"


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
        records = unlinked_records(context, other, "left")
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
    steps = plan_unlinked(pair, lefts, (), options, decided.verdicts, orphaned=orphaned)
    creates = tuple(unit[0] for unit in steps.units() if len(unit) == 1 and isinstance(unit[0], Create))
    versions: dict[Ends, Versions] = {(left.ref, None): Versions(left=left.version) for left in lefts}
    kept = SyncPlan(pair.name, creates, steps.made_from)
    return Plan(pair.name, {"left": pair.left, "right": pair.right}, kept, versions, ())


def with_carried(intents: Sequence[NewIntent], carried: Sequence[NewIntent]) -> list[NewIntent]:
    """Both as one batch: each write knows what it carries, and each that is carried by which."""
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
    return [*told, *(replace(one, position=len(intents) + place) for place, one in enumerate(behind))]


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
