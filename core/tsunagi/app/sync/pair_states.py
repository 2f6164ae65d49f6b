"""What the store knows of a pair's records, as the states a plan is made from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.conflicts import DeletionPolicy, Resolution
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.links import Link, Links
from tsunagi.store.listings import ViewMembers
from tsunagi.store.records import Records
from tsunagi.store.reviews import Decision, Reviews
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import conflicts_of
from tsunagi.sync.references import read

# What an undo leaves: the record alone, or the field as it is, until the mapping is another.
UNDONE = "undone"
_DELETIONS = {
    "keep": DeletionPolicy.IGNORE,
    "delete": DeletionPolicy.DELETE,
    "deactivate": DeletionPolicy.DEACTIVATE,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What people have decided of a pair's records.

    verdicts   of (left, right): True, they are one; False, they are not
    alone      records that are left alone
    deletions  by (left, right), what becomes of the half that is left
    fields     by (left, right), whose value of each field wins
    """

    verdicts: Mapping[tuple[RecordRef, RecordRef], bool] = field(default_factory=dict)
    alone: frozenset[RecordRef] = frozenset()
    deletions: Mapping[tuple[RecordRef, RecordRef], DeletionPolicy] = field(default_factory=dict)
    fields: Mapping[tuple[RecordRef, RecordRef], Sequence[Decision]] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, pair: str) -> "Decided":
        with context.store.read() as session:
            decisions = Reviews(session).decisions(pair)
        verdicts: dict[tuple[RecordRef, RecordRef], bool] = {}
        alone: set[RecordRef] = set()
        deletions: dict[tuple[RecordRef, RecordRef], DeletionPolicy] = {}
        fields: dict[tuple[RecordRef, RecordRef], list[Decision]] = {}
        for one in decisions:
            if one.decision == "alone" or (one.decision == UNDONE and not one.field):
                alone |= {ref for ref in (one.left, one.right) if ref}
            elif one.left and one.right:
                ends = (one.left, one.right)
                if one.field:
                    fields.setdefault(ends, []).append(one)
                elif one.decision in _DELETIONS:
                    deletions[ends] = _DELETIONS[one.decision]
                else:
                    verdicts[ends] = one.decision == "one"
        return cls(verdicts, frozenset(alone), deletions, fields)


SIDES: tuple[Side, Side] = ("left", "right")


def linked_states(context: Context, pair: SyncPair, options: SyncOptions, decided: Decided) -> Iterator[PairState]:
    """Linked records of which one has changed since both agreed, with the decisions of plugins and people."""
    return _linked_states(context, pair, options, decided, Links.stale)


def all_linked_states(context: Context, pair: SyncPair, options: SyncOptions, decided: Decided) -> Iterator[PairState]:
    """As `linked_states`, also those of which neither has changed."""
    return _linked_states(context, pair, options, decided, Links.in_use)


def parted_states(context: Context, pair: SyncPair, options: SyncOptions, decided: Decided) -> Iterator[PairState]:
    """Of `linked_states`, those of which a record was deleted."""
    return _linked_states(context, pair, options, decided, Links.parted)


def _linked_states(
    context: Context,
    pair: SyncPair,
    options: SyncOptions,
    decided: Decided,
    chosen: Callable[..., list[Link]],
) -> Iterator[PairState]:
    after = 0
    with context.store.read() as session:
        # What is linked while this goes on is another plan's.
        newest = Links(session).newest(pair.name)
    while after < newest:
        with context.store.read() as session:
            links = [link for link in chosen(Links(session), pair.name, after=after) if link.id <= newest]
            refs = [ref for link in links for ref in (link.left, link.right)]
            alive, known = Records(session).get_many(refs), Records(session).known(refs)
            baselines = Baselines(session).get_many([link.id for link in links])
            survivors = Records(session).survivors([link.left for link in links if link.left not in alive])
            heirs = Records(session).get_many(survivors.values())
            taken = {
                ref
                for ref, link in Links(session).of_pair(pair.name, "left", heirs).items()
                if link.right in Records(session).get_many([link.right])
            }
        for link in links:
            state = _state(link, baselines.get(link.id), alive, known)
            heir = heirs.get(survivors[link.left]) if link.left in survivors else None
            if heir is not None:
                state = replace(state, merged_into=heir, survivor_linked=heir.ref in taken)
                taken.add(heir.ref)
            yield _advised(context, pair, state, options, decided)
        if not links:
            return
        after = links[-1].id


def unlinked_records(context: Context, pair: SyncPair, side: Side) -> list[Record]:
    """All of `unlinked_pages` at once."""
    return [record for page in unlinked_pages(context, pair, side) for record in page]


def unlinked_pages(context: Context, pair: SyncPair, side: Side) -> Iterator[list[Record]]:
    """Records of a side on no link in use, a page at a time; on the CRM's side, of those the pair selects.

    A finance record that is linked by another pair of its kind is somebody's already.
    """
    end = pair.end(side)
    after: str | None = None
    while True:
        with context.store.read() as session:
            page = Links(session).unlinked(pair.name, side, end.service, end.entity, after=after)
            records = _of_pair(context, session, pair, side, page.items)
        yield records
        if page.next is None:
            return
        after = page.next


def unlinked_naming(context: Context, pair: SyncPair, refs: Sequence[RecordRef]) -> list[Record]:
    """Of the unlinked records of the left side, those that name any of these in a field; in order of id."""
    with context.store.read() as session:
        found = Records(session).naming(refs, pair.left.service, pair.left.entity)
        linked = {ref for ref, link in Links(session).of_pair(pair.name, "left", found).items() if not link.orphaned}
        return _of_pair(context, session, pair, "left", [ref for ref in found if ref not in linked])


def _of_pair(context: Context, session: Session, pair: SyncPair, side: Side, refs: Sequence[RecordRef]) -> list[Record]:
    """Those of these unlinked records that the pair is about, in the order given."""
    found = Records(session).get_many(refs)
    records = {ref: found[ref] for ref in refs if ref in found}
    view = context.pair_settings.book().selection(pair.name).view if side == "left" else ""
    if view:
        members = ViewMembers(session).among(view, records)
        records = {ref: record for ref, record in records.items() if ref in members}
    if side == "right":
        others = [each.name for each in context.registry.pairs.values() if _same_kind(each, pair)]
        taken = _linked_elsewhere(session, others, records)
        return [record for ref, record in records.items() if ref not in taken]
    if pair.only_blank:
        return [record for record in records.values() if not any(map(record.fields.get, pair.only_blank))]
    beside = [each.only_blank for each in context.registry.pairs.values() if _takes_blank(each, pair)]
    return [record for record in records.values() if not _taken_beside(record, beside)]


def _takes_blank(other: SyncPair, pair: SyncPair) -> bool:
    """Does a pair with the same service take records of this one's kind that lack something, such as an account?"""
    return bool(other.only_blank) and other.left == pair.left and other.right.service == pair.right.service


def _taken_beside(record: Record, beside: Sequence[Sequence[str]]) -> bool:
    return any(not any(map(record.fields.get, blank)) for blank in beside)


def _same_kind(other: SyncPair, pair: SyncPair) -> bool:
    ends = ((each.right.service, each.right.entity) for each in (other, pair))
    return other.name != pair.name and next(ends) == next(ends)


def _linked_elsewhere(session: Session, others: Sequence[str], records: Mapping[RecordRef, Record]) -> set[RecordRef]:
    if not others:
        return set()
    links = Links(session).of_many(records)
    return {ref for ref, some in links.items() if any(each.pair in others and not each.orphaned for each in some)}


def orphaned_records(
    context: Context, pair: SyncPair, lefts: Sequence[Record], rights: Sequence[Record]
) -> set[RecordRef]:
    """Those of these records that outlived their other half."""
    with context.store.read() as session:
        links = Links(session)
        alone = links.orphaned(pair.name, "left", [record.ref for record in lefts])
        return alone | links.orphaned(pair.name, "right", [record.ref for record in rights])


def _state(
    link: Link,
    baseline: Baseline | None,
    alive: Mapping[RecordRef, Record],
    known: Mapping[RecordRef, Record],
) -> PairState:
    return PairState(
        left=alive.get(link.left),
        right=alive.get(link.right),
        link=AgreedLink(link.left, link.right, baseline.agreed if baseline else {}, link.orphaned),
        left_deleted=link.left in known and link.left not in alive,
        right_deleted=link.right in known and link.right not in alive,
    )


def _advised(context: Context, pair: SyncPair, state: PairState, options: SyncOptions, decided: Decided) -> PairState:
    """With the plugins' decisions on its conflicts, and people's on conflicts and deletion."""
    assert state.link is not None
    ends = (state.link.left, state.link.right)
    conflicts = conflicts_of(pair, state, options)
    answers = {conflict.field: context.hooks.resolve_conflict(conflict, options.conflicts) for conflict in conflicts}
    overrides = {name: answer for name, answer in answers.items() if answer is not None}
    for one in decided.fields.get(ends, ()):
        found = next((each for each in conflicts if each.field == one.field), None)
        # What was decided of other values is no answer to this question.
        if one.decision != UNDONE and found is not None and one.seen == {"left": found.left, "right": found.right}:
            value = found.left if one.decision == "crm" else found.right
            side: Side = "left" if one.decision == "crm" else "right"
            overrides[one.field] = Resolution(value, by=one.by, side=side)
    held = held_fields(pair, state, options, decided.fields.get(ends, ()))
    return replace(state, overrides=overrides, deletion=decided.deletions.get(ends), held=held)


def held_fields(
    pair: SyncPair, state: PairState, options: SyncOptions, decisions: Sequence[Decision]
) -> frozenset[str]:
    """Fields that were undone and still have that value: until one side or the mapping changes."""
    undone = [one for one in decisions if one.decision == UNDONE]
    if not undone or state.left is None or state.right is None:
        return frozenset()
    left = read(pair, "left", state.left, options.references).values
    right = read(pair, "right", state.right, options.references).values
    return frozenset(
        one.field for one in undone if one.seen == {"left": left.get(one.field), "right": right.get(one.field)}
    )
