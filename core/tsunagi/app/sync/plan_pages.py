"""The plan of one pair, made a page of records at a time, so that its memory does not grow with the records.

First come linked records of which one has changed; then those on no link. To recognise these, all of the smaller side
are looked at, and of the other side those that share something with one of them; everything else is planned page by
page. Pages may be stored as they come: whom the first of them link or part, the later ones leave alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest

from tsunagi.app.context import Context
from tsunagi.app.sync.creations import partners_of_creations
from tsunagi.app.sync.links import References, Versions
from tsunagi.app.sync.pair_plan import Plan
from tsunagi.app.sync.pair_states import (
    Decided,
    all_linked_states,
    linked_states,
    orphaned_records,
    parted_states,
    unlinked_pages,
)
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.records import Records
from tsunagi.store.tables import chunks
from tsunagi.sync import guard, reasons
from tsunagi.sync.match_keys import Face, face_of, former_partners, rules_of
from tsunagi.sync.matching import Matching, match_faces
from tsunagi.sync.pair_state import PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.references import read
from tsunagi.sync.steps import Adopt, Ends, Park, SyncPlan, Unlink
from tsunagi.sync.unlinked import UnlinkedPlanner, doubts_of, met

_PAGE = 200
_Couple = tuple[RecordRef, RecordRef]


def build_plan(context: Context, pair: SyncPair, references: References, *, every: bool = False) -> Plan:
    """What a sync of this pair would do now, in one piece; see `plan_pages`."""
    pages = list(plan_pages(context, pair, references, every=every))
    steps = SyncPlan.joined(pair.name, [page.steps for page in pages])
    versions = {ends: known for page in pages for ends, known in page.versions.items()}
    unmoved = [ends for page in pages for ends in page.unmoved]
    return Plan(pair.name, {"left": pair.left, "right": pair.right}, steps, versions, unmoved)


def plan_pages(context: Context, pair: SyncPair, references: References, *, every: bool = False) -> Iterator[Plan]:
    """What a sync of this pair would do now, from the store alone; nothing is written anywhere.

    `every` looks at links of which nothing has moved too, as after a change of the mapping.
    """
    planning = _Planning(
        context,
        pair,
        references,
        context.pair_settings.book().options(pair.name, references),
        Decided.of(context, pair.name),
    )
    yield from planning.linked(every=every)
    yield from planning.unlinked()


def lost_steps(context: Context, pair: SyncPair, references: References) -> SyncPlan:
    """Of the plan that would be made now, what follows from records that vanished: the guard asks before all else."""
    options = context.pair_settings.book().options(pair.name, references)
    states = parted_states(context, pair, options, Decided.of(context, pair.name))
    plans = (plan_pair(pair, state, options) for state in states)
    return SyncPlan(pair.name, tuple(step for plan in plans for step in plan.steps if guard.is_lost(step)))


def _engaged(matching: Matching) -> set[RecordRef]:
    engaged = {ref for match in matching.matches for ref in (match.left, match.right)}
    return engaged | {ref for group in matching.ambiguous for ref in (*group.lefts, *group.rights)}


@dataclass(frozen=True, slots=True)
class _Planning:
    """`settled` are records that linked ones took as partners, or were parted from, by this plan."""

    context: Context
    pair: SyncPair
    references: References
    options: SyncOptions
    decided: Decided
    settled: set[RecordRef] = field(default_factory=set)

    def linked(self, *, every: bool) -> Iterator[Plan]:
        states = (all_linked_states if every else linked_states)(self.context, self.pair, self.options, self.decided)
        while some := list(islice(states, _PAGE)):
            yield self._of_linked(some)

    def _of_linked(self, states: Sequence[PairState]) -> Plan:
        versions: dict[Ends, Versions] = {}
        unmoved: list[_Couple] = []
        plans: list[SyncPlan] = []
        for state in states:
            assert state.link is not None
            ends = (state.link.left, state.link.right)
            versions[ends] = _versions(state)
            plan = plan_pair(self.pair, state, self.options)
            if not plan.steps and state.left and state.right:
                unmoved.append(ends)
            self.settled.update(_settled_by(state, plan))
            if state.merged_into:
                versions[state.merged_into.ref, state.link.right] = _versions(replace(state, left=state.merged_into))
            plans.append(plan)
        return self._page(plans, versions, unmoved)

    def unlinked(self) -> Iterator[Plan]:
        """In order: those that met, the others of each side, and those that may be one in more than one way."""
        sides = _sides(self.context, self.pair)
        matching, reunited = self.meet(sides)
        planner = UnlinkedPlanner(self.pair, self.options, matches=bool(matching.matches))
        if planner.clones_on:
            for record in self._unlinked(planner.clones_on):
                planner.knows_of(record)
        for some in chunks(matching.matches, _PAGE):
            records = self._read([ref for match in some for ref in (match.left, match.right)])
            states = [met(match, records, records, {}, reunited) for match in some]
            yield self._of_unlinked(planner, states)
        engaged = _engaged(matching)
        for side in ("left", "right"):
            if side in sides and self.pair.direction.into(other(side)):
                yield from self._alone(side, planner, engaged)
        for groups in chunks(matching.ambiguous, _PAGE):
            doubts = tuple(step for group in groups for step in doubts_of(self.pair, group))
            yield self._page([SyncPlan(self.pair.name, doubts)], {}, [])

    def _alone(self, side: Side, planner: UnlinkedPlanner, engaged: set[RecordRef]) -> Iterator[Plan]:
        for page in unlinked_pages(self.context, self.pair, side):
            alone = [record for record in page if record.ref not in engaged and record.ref not in self.settled]
            orphaned = orphaned_records(self.context, self.pair, alone, alone) | self.decided.alone
            alone = [record for record in alone if record.ref not in orphaned]
            former = self._former(side, alone)
            if former:
                doubts = tuple(_taken(side, ref, partners) for ref, partners in former.items())
                yield self._page([SyncPlan(self.pair.name, doubts)], {}, [])
            alone = [record for record in alone if record.ref not in former]
            if alone:
                self.references.learn_of(self.pair, alone)
                states = [PairState(left=each) if side == "left" else PairState(right=each) for each in alone]
                yield self._of_unlinked(planner, states)

    def _former(self, side: Side, records: Sequence[Record]) -> Mapping[RecordRef, tuple[RecordRef, ...]]:
        with self.context.store.read() as session:
            return partners_of_creations(session, self.pair.name, side, records, self.decided.verdicts)

    def _of_unlinked(self, planner: UnlinkedPlanner, states: Sequence[PairState]) -> Plan:
        versions: dict[Ends, Versions] = {}
        for state in states:
            if state.left:
                versions[state.left.ref, None] = Versions(left=state.left.version)
            if state.right:
                versions[None, state.right.ref] = Versions(right=state.right.version)
        return self._page([planner.plan(state) for state in states], versions, [])

    def _page(self, plans: Sequence[SyncPlan], versions: Mapping[Ends, Versions], unmoved: Sequence[_Couple]) -> Plan:
        steps = SyncPlan.joined(self.pair.name, plans)
        return Plan(self.pair.name, {"left": self.pair.left, "right": self.pair.right}, steps, versions, unmoved)

    def meet(self, sides: Sequence[Side]) -> tuple[Matching, set[_Couple]]:
        """Which unlinked records are one, and which of these were partners before."""
        if len(sides) < 2:
            return Matching((), (), (), ()), set()
        small, large = sides
        crowd = _Crowd(self.pair, self.options, {ref for couple in self.decided.verdicts for ref in couple})
        reunited: set[_Couple] = set()
        for records in self._unlinked_pages(small):
            for ref, partners in self._former(small, records).items():
                reunited.update((ref, each) if small == "left" else (each, ref) for each in partners)
            for record in records:
                crowd.add(small, record)
        crowd.closed({ref for couple in reunited for ref in couple})
        for record in self._unlinked(large):
            crowd.add(large, record)
        reunited |= former_partners(self.pair, *crowd.named).items()
        lefts, rights, said = crowd.faces["left"], crowd.faces["right"], self.decided.verdicts
        # A person's word goes before what was once.
        here = [couple for couple, one in said.items() if one and couple[0] in lefts and couple[1] in rights]
        taken = {ref for couple in here for ref in couple}
        reunited = {couple for couple in reunited if taken.isdisjoint(couple)}
        return match_faces(crowd.rules, lefts, rights, dict.fromkeys(reunited, True) | dict(said)), reunited

    def _unlinked(self, side: Side) -> Iterator[Record]:
        for page in self._unlinked_pages(side):
            yield from page

    def _unlinked_pages(self, side: Side) -> Iterator[list[Record]]:
        for page in unlinked_pages(self.context, self.pair, side):
            records = [record for record in page if record.ref not in self.settled]
            self.references.learn_of(self.pair, records)
            yield records

    def _read(self, refs: Sequence[RecordRef]) -> dict[RecordRef, Record]:
        with self.context.store.read() as session:
            records = Records(session).get_many(refs)
        self.references.learn_of(self.pair, list(records.values()))
        return records


class _Crowd:
    """What is looked at of the records that may meet: all of the side that comes first, who shares something of the
    other; and, without their fields, those that an integration used before has linked.
    """

    def __init__(self, pair: SyncPair, options: SyncOptions, wanted: set[RecordRef]) -> None:
        self.rules = rules_of(pair)
        self.faces: dict[Side, dict[RecordRef, Face]] = {"left": {}, "right": {}}
        self.named: tuple[list[Record], list[Record]] = ([], [])
        self._pair, self._options, self._wanted = pair, options, wanted
        self._traits: frozenset[object] | None = None
        self._ids: set[str] = set()

    def add(self, side: Side, record: Record) -> None:
        face = face_of(self.rules, read(self._pair, side, record, self._options.references).values)
        ids = self._ids_of(side, record)
        if self._traits is None:
            self._ids |= ids
        elif face.traits.isdisjoint(self._traits) and self._ids.isdisjoint(ids) and record.ref not in self._wanted:
            return
        self.faces[side][record.ref] = face
        if ids:
            kept = {name: record.fields.get(name) for name in self._pair.former_ids} if side == "right" else {}
            self.named[side == "right"].append(replace(record, fields=kept))

    def closed(self, partners: set[RecordRef]) -> None:
        """The first side is there; `partners` are records of the other that some of it had before."""
        self._wanted |= partners
        self._traits = frozenset().union(*(face.traits for faces in self.faces.values() for face in faces.values()))

    def _ids_of(self, side: Side, record: Record) -> set[str]:
        """What an integration used before knew a left record by."""
        if not self._pair.former_ids:
            return set()
        return {record.ref.id} if side == "left" else {*map(record.text, self._pair.former_ids)} - {""}


def _sides(context: Context, pair: SyncPair) -> Sequence[Side]:
    """The sides that have unlinked records, the one with fewer first."""
    seen: dict[Side, int] = {"left": 0, "right": 0}
    lefts, rights = (unlinked_pages(context, pair, side) for side in ("left", "right"))
    for left, right in zip_longest(lefts, rights):
        if left is None or right is None:
            small: Side = "left" if left is None else "right"
            return (small, other(small)) if seen[small] else (other(small),)
        seen = {"left": seen["left"] + len(left), "right": seen["right"] + len(right)}
    return [side for side, count in sorted(seen.items(), key=lambda item: item[1]) if count]


def _taken(side: Side, ref: RecordRef, partners: tuple[RecordRef, ...]) -> Park:
    """A record whose partner has found another: a person says what it is."""
    left, right = (ref, None) if side == "left" else (None, ref)
    return Park("match", left, right, "", reasons.partner_taken(partners[0]), candidates=partners)


def _settled_by(state: PairState, plan: SyncPlan) -> set[RecordRef]:
    """Records in the store that get a partner, or lose theirs, by this plan of linked ones."""
    adopted = {ref for step in plan.steps if isinstance(step, Adopt | Unlink) for ref in (step.left, step.right)}
    # Back from a recycle bin, with nothing to be done about it: they are one all the same.
    back = state.link is not None and state.link.orphaned and state.left is not None and state.right is not None
    return adopted | ({state.left.ref, state.right.ref} if back and state.left and state.right else set())


def _versions(state: PairState) -> Versions:
    left, right = state.left, state.right
    return Versions(left.version if left else "", right.version if right else "")
