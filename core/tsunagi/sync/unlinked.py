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
    states = [_met(match, left_by_ref, right_by_ref, overrides or {}, reunited) for match in matching.matches]
    states += [PairState(left=left_by_ref[ref]) for ref in matching.left_only if ref not in orphaned | waiting.keys()]
    states += [
        PairState(right=right_by_ref[ref]) for ref in matching.right_only if ref not in orphaned | waiting.keys()
    ]
    plans = _plans(pair, states, left_by_ref, right_by_ref, options)
    doubts = [step for group in matching.ambiguous for step in _doubts(pair, group)]
    doubts += [
        Park("match", *ends, "", reasons.partner_taken(waiting[ref]), candidates=(waiting[ref],))
        for ref, ends in _ends(matching)
        if ref in waiting and ref not in orphaned
    ]
    return SyncPlan.joined(pair.name, [*plans, SyncPlan(pair.name, tuple(doubts))])


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


def _plans(
    pair: SyncPair,
    states: Iterable[PairState],
    lefts: Mapping[RecordRef, Record],
    rights: Mapping[RecordRef, Record],
    options: SyncOptions,
) -> Iterator[SyncPlan]:
    """One plan a state; a name given to one clone is taken for the next."""
    if options.duplicates is not DuplicatePolicy.CLONE:
        yield from (plan_pair(pair, state, options) for state in states)
        return
    taken = set(options.taken_names) | _names_beside(pair, lefts, rights)
    options = replace(options, taken_names=taken)
    for state in states:
        plan = plan_pair(pair, state, options)
        for step in plan.steps:
            if isinstance(step, Create):
                taken |= _names(pair.mapping.canonical(step.side, step.fields))
        yield plan


def _names_beside(
    pair: SyncPair, lefts: Mapping[RecordRef, Record], rights: Mapping[RecordRef, Record]
) -> AbstractSet[str]:
    """Names in use on the side clones are made on (see tsunagi.sync.plan.clones)."""
    side: Side = "right" if pair.direction.into("right") else "left"
    records = rights if side == "right" else lefts
    return set[str]().union(*(_names(pair.mapping.canonical(side, record.fields)) for record in records.values()))


def _names(values: Fields) -> set[str]:
    name = values.get("name")
    return {fold(name)} if isinstance(name, str) else set()


def _met(
    match: Match,
    lefts: Mapping[RecordRef, Record],
    rights: Mapping[RecordRef, Record],
    overrides: Overrides,
    reunited: AbstractSet[tuple[RecordRef, RecordRef]],
) -> PairState:
    if (match.left, match.right) in reunited:
        match = replace(match, why=reasons.WERE_LINKED)
    answers = overrides.get((match.left, match.right), {})
    return PairState(lefts[match.left], rights[match.right], match=match, overrides=answers)


def _doubts(pair: SyncPair, group: Ambiguous) -> list[Park]:
    """One a record that would otherwise be created on the other side."""
    parks: list[Park] = []
    if pair.direction.into("right"):
        why = reasons.match_ambiguous(len(group.rights), group.why)
        parks += [Park("match", ref, None, "", why, candidates=group.rights) for ref in group.lefts]
    if pair.direction.into("left"):
        why = reasons.match_ambiguous(len(group.lefts), group.why)
        parks += [Park("match", None, ref, "", why, candidates=group.lefts) for ref in group.rights]
    return parks
