"""The plan of one pair as the writes it takes, each under a key of its own."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tsunagi.app.context import Context
from tsunagi.app.sync.links import References, Versions
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.mapping import PairEnd, Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.records import Records
from tsunagi.sync.steps import Adopt, Create, Deactivate, Delete, Ends, Step, SyncPlan, Update, Write

# Prefix of ids that records will have once they are made; no service gives such an id.
_PLANNED = "planned:"


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
        self._foreseen: dict[tuple[str, RecordRef], RecordRef] = {}

    def __call__(self, pair: str, ref: RecordRef) -> RecordRef | None:
        return self._foreseen.get((pair, ref)) or super().__call__(pair, ref)

    def foresee(self, pair: SyncPair, plan: Plan) -> None:
        for step in plan.steps.steps:
            if isinstance(step, Create | Adopt):
                left = step.left or planned_ref(pair.left, step.right)
                right = step.right or planned_ref(pair.right, step.left)
                self._foreseen |= {(pair.name, left): right, (pair.name, right): left}
            if isinstance(step, Adopt):
                self._matched |= {step.left, step.right}


def planned_ref(end: PairEnd, source: RecordRef | None) -> RecordRef:
    """The name of a record until it is made for `source`."""
    assert source is not None, "a step is about a record of one side at least"
    return RecordRef(end.service, end.entity, f"{_PLANNED}{source.id}")


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
            plan={**_terms_of(step, versions, references), "settles": last[step.left, step.right] is step},
        )


def made_once(context: Context, intents: Sequence[NewIntent]) -> list[NewIntent]:
    """A key identifies one creation. A deleted record is created again under the next key."""
    creating = {intent.key: intent for intent in intents if intent.write.operation == "create"}
    keys = {intent.key: intent.key for intent in intents}
    while creating:
        with context.store.read() as session:
            known = Intents(session).get_many(list(creating))
            made = {key: intent.result for key, intent in known.items() if intent.result is not None}
            there = Records(session).get_many(made.values())
        gone = {key: ref for key, ref in made.items() if ref not in there}
        creating = {digest_of([key, str(ref)]): creating[key] for key, ref in gone.items()}
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
    return digest_of(parts)


def digest_of(parts: Sequence[str]) -> str:
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
        # The key is what stored intents have: it keeps its name.
        terms |= {"expected_version": step.expected_version, "apart": isinstance(step, Deactivate)}
    return terms


def _may_exist(step: Create, references: References) -> bool:
    """A record that hangs on one the hub did not make itself may be there, unlisted: it is looked up first."""
    named = [value for value in step.fields.values() if isinstance(value, RecordRef)]
    return any(references.was_matched(value) and not references.was_read(value) for value in named)
