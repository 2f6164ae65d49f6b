"""Records that are not linked yet: matched with each other, then planned one by one."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from tsunagi.domain.conflicts import Resolution
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.sync import reasons
from tsunagi.sync.matching import Ambiguous, Match, Matching, Verdicts, match_records
from tsunagi.sync.names import fold
from tsunagi.sync.pairing import Pairing, Terms
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.references import read
from tsunagi.sync.steps import Create, Park, SyncPlan

Overrides = Mapping[tuple[RecordRef, RecordRef], Mapping[str, Resolution]]
"""By (left, right), then by canonical field: what plugins and people decided of conflicts."""


def match_unlinked(
    pair: SyncPair, lefts: Iterable[Record], rights: Iterable[Record], terms: Terms, verdicts: Verdicts | None = None
) -> Matching:
    """Which of these records are one: for a preview, and to ask plugins about their conflicts."""
    return match_records(
        pair,
        {record.ref: read(pair, "left", record, terms.references).values for record in lefts},
        {record.ref: read(pair, "right", record, terms.references).values for record in rights},
        verdicts,
    )


def plan_unlinked(
    pair: SyncPair,
    lefts: Iterable[Record],
    rights: Iterable[Record],
    terms: Terms,
    verdicts: Verdicts | None = None,
    overrides: Overrides | None = None,
    apart: AbstractSet[RecordRef] = frozenset(),
) -> SyncPlan:
    """What one sync would do about every record that is on no link in use.

    Give all of them, at every sync: a record left out is one nobody can recognise, and would be made twice.
    `apart` names those that outlived their other half: they are matched (it may have been entered anew), but
    not made anew. The order records come in makes no difference.
    """
    left_by_ref = {record.ref: record for record in lefts}
    right_by_ref = {record.ref: record for record in rights}
    matching = match_unlinked(pair, left_by_ref.values(), right_by_ref.values(), terms, verdicts)
    pairings = [_met(match, left_by_ref, right_by_ref, overrides or {}) for match in matching.matches]
    pairings += [Pairing(left=left_by_ref[ref]) for ref in matching.left_only if ref not in apart]
    pairings += [Pairing(right=right_by_ref[ref]) for ref in matching.right_only if ref not in apart]
    plans = _plans(pair, pairings, replace(terms, taken_names=_names_beside(pair, left_by_ref, right_by_ref, terms)))
    doubts = [SyncPlan(pair.name, tuple(_doubts(pair, group))) for group in matching.ambiguous]
    return SyncPlan.joined(pair.name, [*plans, *doubts])


def _plans(pair: SyncPair, pairings: Iterable[Pairing], terms: Terms) -> Iterator[SyncPlan]:
    """One plan a pairing; a name given to one clone is taken for the next."""
    taken = set(terms.taken_names)
    for pairing in pairings:
        plan = plan_pair(pair, pairing, replace(terms, taken_names=taken))
        for step in plan.steps:
            if isinstance(step, Create):
                taken |= _names(pair.mapping.canonical(step.side, step.fields))
        yield plan


def _names_beside(
    pair: SyncPair, lefts: Mapping[RecordRef, Record], rights: Mapping[RecordRef, Record], terms: Terms
) -> AbstractSet[str]:
    """Names in use on the side clones are made on (see tsunagi.sync.creation.clones)."""
    side: Side = "right" if pair.direction.into("right") else "left"
    records = rights if side == "right" else lefts
    known = (_names(pair.mapping.canonical(side, record.fields)) for record in records.values())
    return set(terms.taken_names).union(*known)


def _names(values: Fields) -> set[str]:
    name = values.get("name")
    return {fold(name)} if isinstance(name, str) else set()


def _met(
    match: Match, lefts: Mapping[RecordRef, Record], rights: Mapping[RecordRef, Record], overrides: Overrides
) -> Pairing:
    said = overrides.get((match.left, match.right), {})
    return Pairing(lefts[match.left], rights[match.right], match=match, overrides=said)


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
