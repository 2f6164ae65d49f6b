"""What to do about one record of a pair, by its state on both sides: the decision table, and what it creates."""

from collections.abc import Sequence
from dataclasses import replace

from tsunagi.domain.conflicts import Conflict, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import FieldChange, Record, RecordRef, changed_fields
from tsunagi.sync import reasons
from tsunagi.sync.merge import blank, find_conflicts, unresolved, ways
from tsunagi.sync.names import free_name
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.references import Reading, read, write
from tsunagi.sync.steps import Create, Deactivate, Delete, Note, Park, Step, SyncPlan, Unlink
from tsunagi.sync.updates import merge_steps
from tsunagi.text import Text


def conflicts_of(pair: SyncPair, state: PairState, options: SyncOptions) -> tuple[Conflict, ...]:
    """The conflicts to ask plugins about before planning; their answers go into `overrides`, by field."""
    left, right = state.side("left"), state.side("right")
    if left is None or right is None:
        return ()
    base = state.link.baseline if state.link else {}
    readings = (read(pair, "left", left, options.references), read(pair, "right", right, options.references))
    return find_conflicts(pair, base, *readings)


def plan_pair(pair: SyncPair, state: PairState, options: SyncOptions) -> SyncPlan:
    """What one sync would do about this record: at most one unit of steps (two when it is cloned)."""
    steps = tuple(_decide(pair, state, options))
    if not steps:
        return SyncPlan(pair.name)
    digest = state.digest()
    return SyncPlan(pair.name, steps, {(step.left, step.right): digest for step in steps})


def _decide(pair: SyncPair, state: PairState, options: SyncOptions) -> Sequence[Step]:  # noqa: PLR0912  # one table, read in one go
    """The decision table, read from top to bottom: the first branch that applies decides."""
    left, right, link, survivor = state.side("left"), state.side("right"), state.link, state.merged_into

    # Never linked.
    if link is None:
        if left and right:  # found on both sides: the duplicate policy, or a person, says whether they become one
            return _duplicate(pair, state, left, right, options)
        if left and pair.direction.into("right"):  # new in the CRM: finance gets it
            return [create(pair, "right", left, options)]
        if right and pair.direction.into("left"):  # new in finance: the CRM gets it
            return [create(pair, "left", right, options)]
        return []  # new where nothing travels from, or deleted again before anybody heard of it

    # Linked, and alive on both sides.
    if left and right:
        if link.orphaned:  # one was deleted and is back from the recycle bin: it finds its old partner
            return merge_steps(pair, state, left, right, link.baseline, options, adopt=reasons.RESTORED)
        if link.unmoved(left, right):  # nobody touched either: nothing to read, nothing to compare
            return []
        return merge_steps(pair, state, left, right, link.baseline, options)  # merged field by field

    # Linked, and merged away in the CRM.
    if survivor and right and not state.survivor_linked:  # the customer follows the account that survived
        why = reasons.merged(link.left, survivor.ref)
        return merge_steps(pair, state, survivor, right, link.baseline, options, adopt=why, replaces=link.left)
    if survivor and right and not link.orphaned:  # the survivor has a customer of its own: this one is left over
        return [_left_over(pair, state, link, right, options)]

    # Linked, and deleted.
    if state.left_deleted and state.right_deleted:  # deleted on both sides: forgotten
        return [Unlink(link.left, link.right, None, reasons.BOTH_DELETED)]
    if link.orphaned:  # its other half was deleted long ago: it lives on alone
        return []
    if left and state.right_deleted:
        return [_outlived(pair, state, link, "right", left, options)]
    if right and state.left_deleted:
        return [_outlived(pair, state, link, "left", right, options)]

    # Linked, and neither read nor reported deleted: never taken for deleted. Some kinds cannot be listed as a whole.
    unread: Side = "right" if left or state.left_deleted else "left"
    return [Park("unread", link.left, link.right, "", reasons.unread(unread))]


def _duplicate(pair: SyncPair, state: PairState, left: Record, right: Record, options: SyncOptions) -> Sequence[Step]:
    match = state.match
    if match is None:
        raise ValueError(f"{pair.name}: {left.ref} and {right.ref} are neither linked nor matched")
    if match.certainty == "likely":
        return [Park("match", left.ref, right.ref, "", reasons.match_likely(match.why))]
    if match.certainty == "certain":  # the word of a person ("confirmed") goes before the policy
        policy = options.duplicates
        if policy is DuplicatePolicy.ASK:
            return [Park("match", left.ref, right.ref, "", reasons.match_asked(match.why))]
        if policy is DuplicatePolicy.SKIP:
            return [Note("skipped", left.ref, right.ref, "", reasons.match_skipped(match.why))]
        if policy is DuplicatePolicy.CLONE:
            return clones(pair, left, right, options)
    return merge_steps(pair, state, left, right, {}, options, adopt=reasons.adopted(match.why))


def _outlived(
    pair: SyncPair, state: PairState, link: AgreedLink, deleted: Side, survivor: Record, options: SyncOptions
) -> Step:
    """Deleted on one side and alive on the other."""
    edited = _edited(pair, link, other(deleted), survivor, options) if options.edits_survive else []
    if edited and pair.direction.into(deleted):  # deleted here, edited there: the edit survives
        lost = link.left if deleted == "left" else link.right
        return recreate(pair, deleted, survivor, lost, options, reasons.recreated(deleted, edited))
    if edited:  # it cannot be made anew where nothing may be written, but it is not lost either
        return Unlink(link.left, link.right, other(deleted), reasons.kept_edited(deleted, edited))
    policy = state.deletion or options.deletions
    return _let_go(pair, link, other(deleted), survivor, policy, reasons.deleted_on(deleted))


def _left_over(pair: SyncPair, state: PairState, link: AgreedLink, right: Record, options: SyncOptions) -> Step:
    """Its account was merged into one that has a customer already."""
    edited = _edited(pair, link, "right", right, options) if options.edits_survive else []
    if edited:
        return Unlink(link.left, link.right, "right", reasons.kept_merged(edited))
    policy = state.deletion or options.merges
    return _let_go(pair, link, "right", right, policy, reasons.MERGED_ON_LEFT)


def _let_go(pair: SyncPair, link: AgreedLink, side: Side, record: Record, policy: DeletionPolicy, cause: Text) -> Step:
    """What the policy makes of the record of `side`, whose other half is no more."""
    if policy is DeletionPolicy.ASK:
        return Park("deletion", link.left, link.right, "", reasons.deletion_asked(cause))
    if policy is DeletionPolicy.IGNORE or not pair.direction.into(side):
        return Unlink(link.left, link.right, side, reasons.kept_alone(cause))
    if policy is DeletionPolicy.DELETE:
        return Delete(side, link.left, link.right, record.version, reasons.deleted_too(cause))
    activity = pair.end(side).activity
    if activity is None:
        return Park("deletion", link.left, link.right, "", reasons.cannot_deactivate(cause))
    fields = {activity.field: activity.inactive}
    return Deactivate(side, link.left, link.right, fields, record.version, reasons.deactivated_too(cause))


def _edited(pair: SyncPair, link: AgreedLink, side: Side, record: Record, options: SyncOptions) -> list[str]:
    """The fields somebody changed since both sides agreed; what was not read counts as it was."""
    now = read(pair, side, record, options.references).values
    changes = changed_fields(link.baseline, {**link.baseline, **now})
    return [change.field for change in changes if not _own_default(pair, change, side)]


def _own_default(pair: SyncPair, change: FieldChange, side: Side) -> bool:
    """A field that only ever goes to this side and came empty: what stands there is the service's own default."""
    fm = next((each for each in pair.mapping.fields if each.name == change.field), None)
    return fm is not None and blank(change.before) and not fm.direction.into(other(side))


def create(
    pair: SyncPair,
    side: Side,
    source: Record,
    options: SyncOptions,
    *,
    reason: Text | None = None,
    name: str | None = None,
) -> Create | Park:
    """Make `source`, a record of the other side, on `side`; parked where it lacks what the side needs.

    `name` is written instead of the source's own.
    """
    reading = read(pair, other(side), source, options.references)
    blocked = _blocked(pair, side, source, reading)
    if blocked:
        return blocked
    travelling = {fm.name: reading.values.get(fm.name) for fm in pair.mapping.fields if side in ways(pair, fm)}
    renamed = travelling if name is None else {**travelling, "name": name}
    native, unknown = write(pair, side, renamed, options.references)
    left, right = _refs(side, source)
    if unknown:
        return Park("waits", left, right, unknown[0], reasons.waits(unknown[0], reading.values[unknown[0]]))
    return Create(
        side,
        left,
        right,
        fields={field: value for field, value in native.items() if value is not None},
        # What does not travel was not agreed on. A clone's own name neither: it counts as that side's edit.
        baseline={fm.name: travelling.get(fm.name) for fm in pair.mapping.fields},
        reason=reason or reasons.new_record(other(side)),
        renamed=name is not None,
    )


def recreate(
    pair: SyncPair, side: Side, source: Record, deleted: RecordRef, options: SyncOptions, reason: Text
) -> Create | Park:
    """Make `source` on `side` in place of the deleted record `deleted`."""
    made = create(pair, side, source, options, reason=reason)
    return made if isinstance(made, Park) else replace(made, replaces=deleted)


def clones(pair: SyncPair, left: Record, right: Record, options: SyncOptions) -> list[Create | Park]:
    """A second record on each side that may be written.

    Names must be unique on the finance side only, so there the clone gets a free one; changes travelling both
    ways, the next sync carries that name back to the record it was cloned from. A CRM that is only written to
    gets the free name itself.
    """
    if not pair.direction.into("right"):
        return [_renamed(pair, "left", right, options)]
    made = [_renamed(pair, "right", left, options)]
    if pair.direction.into("left"):
        made.append(create(pair, "left", right, options, reason=reasons.cloned(None)))
    return made


def _renamed(pair: SyncPair, side: Side, source: Record, options: SyncOptions) -> Create | Park:
    name = read(pair, other(side), source, options.references).values.get("name")
    if "name" not in pair.match_on or not isinstance(name, str):
        # Records identified by something else, such as an e-mail address, may share a name.
        return create(pair, side, source, options, reason=reasons.cloned(None))
    free = free_name(name, options.taken_names)
    return create(pair, side, source, options, reason=reasons.cloned(free), name=free)


def _blocked(pair: SyncPair, side: Side, source: Record, reading: Reading) -> Park | None:
    left, right = _refs(side, source)
    for field, value in reading.unresolved.items():
        held = unresolved(field, value)
        return Park(held.kind, left, right, field, held.reason)
    missing = [field for field in pair.required if blank(reading.values.get(field))]
    if missing:
        return Park("incomplete", left, right, missing[0], reasons.incomplete(missing, side))
    return None


def _refs(side: Side, source: Record) -> tuple[RecordRef | None, RecordRef | None]:
    return (source.ref, None) if side == "right" else (None, source.ref)
