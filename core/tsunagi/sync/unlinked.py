"""Records that are not linked yet: matched with each other, then planned one by one."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from tsunagi.domain.conflicts import DuplicatePolicy, Resolution
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.sync import reasons
from tsunagi.sync.matching import Ambiguous, Match, Matching, Verdicts, match_records
from tsunagi.sync.names import fold
from tsunagi.sync.pair_state import PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.references import read
from tsunagi.sync.steps import Create, Ends, Park, SyncPlan

Overrides = Mapping[tuple[RecordRef, RecordRef], Mapping[str, Resolution]]
"""By (left, right), then by canonical field: what plugins and people decided of conflicts."""


def match_unlinked(
    pair: SyncPair,
    lefts: Iterable[Record],
    rights: Iterable[Record],
    options: SyncOptions,
    verdicts: Verdicts | None = None,
) -> Matching:
    """Which of these records are one: for a preview, and to ask plugins about their conflicts."""
    return match_records(
        pair,
        {record.ref: read(pair, "left", record, options.references).values for record in lefts},
        {record.ref: read(pair, "right", record, options.references).values for record in rights},
        verdicts,
    )


def plan_unlinked(
    pair: SyncPair,
    lefts: Iterable[Record],
    rights: Iterable[Record],
    options: SyncOptions,
    verdicts: Verdicts | None = None,
    overrides: Overrides | None = None,
    orphaned: AbstractSet[RecordRef] = frozenset(),
    former: Mapping[RecordRef, RecordRef] | None = None,
) -> SyncPlan:
    """What one sync would do about every record that is on no link in use.

    Give all of them, at every sync: a record left out is one nobody can recognise, and would be made twice.
    `orphaned` names those whose partner was deleted: they are matched (it may have been entered again), but not
    created again. `former` has, for records of either side back from a recycle bin, the living record that was their
    partner: they become one again, or wait for a person where it has found another. The order records come in makes
    no difference.
    """
    left_by_ref = {record.ref: record for record in lefts}
    right_by_ref = {record.ref: record for record in rights}
    reunited, waiting = _former(former or {}, left_by_ref, right_by_ref)
    verdicts = dict.fromkeys(reunited, True) | dict(verdicts or {})
    matching = match_unlinked(pair, left_by_ref.values(), right_by_ref.values(), options, verdicts)
    states = [met(match, left_by_ref, right_by_ref, overrides or {}, reunited) for match in matching.matches]
    states += [PairState(left=left_by_ref[ref]) for ref in matching.left_only if ref not in orphaned | waiting.keys()]
    states += [
        PairState(right=right_by_ref[ref]) for ref in matching.right_only if ref not in orphaned | waiting.keys()
    ]
    planner = UnlinkedPlanner(pair, options)
    for record in (right_by_ref if planner.clones_on == "right" else left_by_ref).values():
        planner.knows_of(record)
    doubts = [step for group in matching.ambiguous for step in doubts_of(pair, group)]
    doubts += [
        Park("match", *ends, "", reasons.partner_taken(waiting[ref]), candidates=(waiting[ref],))
        for ref, ends in _ends(matching)
        if ref in waiting and ref not in orphaned
    ]
    return SyncPlan.joined(pair.name, [*map(planner.plan, states), SyncPlan(pair.name, tuple(doubts))])


class UnlinkedPlanner:
    """Plans the states of unlinked records one by one; a name given to one clone is taken for the next.

    It has to know of every unlinked record of the side clones are made on, if there are any matches.
    """

    def __init__(self, pair: SyncPair, options: SyncOptions, *, matches: bool = True) -> None:
        self._pair = pair
        self._taken = set(options.taken_names)
        self._clones = matches and options.duplicates is DuplicatePolicy.CLONE
        self._options = replace(options, taken_names=self._taken) if self._clones else options

    @property
    def clones_on(self) -> Side | None:
        """The side clones are made on (see tsunagi.sync.plan.clones); None where none is made."""
        if not self._clones:
            return None
        return "right" if self._pair.direction.into("right") else "left"

    def knows_of(self, record: Record) -> None:
        if self.clones_on:
            self._taken |= _names(self._pair.mapping.canonical(self.clones_on, record.fields))

    def plan(self, state: PairState) -> SyncPlan:
        plan = plan_pair(self._pair, state, self._options)
        for step in plan.steps if self._clones else ():
            if isinstance(step, Create):
                self._taken |= _names(self._pair.mapping.canonical(step.side, step.fields))
        return plan


def _former(
    former: Mapping[RecordRef, RecordRef], lefts: Mapping[RecordRef, Record], rights: Mapping[RecordRef, Record]
) -> tuple[set[tuple[RecordRef, RecordRef]], dict[RecordRef, RecordRef]]:
    """Former partners that are both unlinked now, and records whose partner has found another."""
    couples = {(ref, partner) if ref in lefts else (partner, ref) for ref, partner in former.items()}
    reunited = {(left, right) for left, right in couples if left in lefts and right in rights}
    waiting = {ref: partner for ref, partner in former.items() if not {(ref, partner), (partner, ref)} & reunited}
    return reunited, waiting


def _ends(matching: Matching) -> Iterator[tuple[RecordRef, Ends]]:
    yield from ((ref, (ref, None)) for ref in matching.left_only)
    yield from ((ref, (None, ref)) for ref in matching.right_only)


def _names(values: Fields) -> set[str]:
    name = values.get("name")
    return {fold(name)} if isinstance(name, str) else set()


def met(
    match: Match,
    lefts: Mapping[RecordRef, Record],
    rights: Mapping[RecordRef, Record],
    overrides: Overrides,
    reunited: AbstractSet[tuple[RecordRef, RecordRef]],
) -> PairState:
    """Two unlinked records that are one, as a state to be planned; those `reunited` were partners before."""
    if (match.left, match.right) in reunited:
        match = replace(match, why=reasons.WERE_LINKED)
    answers = overrides.get((match.left, match.right), {})
    return PairState(lefts[match.left], rights[match.right], match=match, overrides=answers)


def doubts_of(pair: SyncPair, group: Ambiguous) -> list[Park]:
    """One a record that would otherwise be created on the other side."""
    parks: list[Park] = []
    if pair.direction.into("right"):
        why = reasons.match_ambiguous(len(group.rights), group.why)
        parks += [Park("match", ref, None, "", why, candidates=group.rights) for ref in group.lefts]
    if pair.direction.into("left"):
        why = reasons.match_ambiguous(len(group.lefts), group.why)
        parks += [Park("match", None, ref, "", why, candidates=group.lefts) for ref in group.rights]
    return parks
