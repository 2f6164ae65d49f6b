"""The steps that bring two living records together, from a field-by-field merge."""

from collections.abc import Sequence
from dataclasses import replace

from tsunagi.domain.conflicts import Conflict, ConflictPolicy, DuplicatePolicy, Resolution
from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import FieldChange, Fields, Record, RecordRef, Value
from tsunagi.sync import reasons
from tsunagi.sync.merge import Decide, Merged, Noted, Parked, Unresolved, merge, pick
from tsunagi.sync.pair_state import PairState, SyncOptions
from tsunagi.sync.references import read, write
from tsunagi.sync.steps import Adopt, Agree, Note, Park, Step, Update
from tsunagi.text import Text


def merge_steps(
    pair: SyncPair,
    state: PairState,
    left: Record,
    right: Record,
    base: Fields,
    options: SyncOptions,
    *,
    adopt: Text | None = None,
    replaces: RecordRef | None = None,
) -> list[Step]:
    """Bring two living records together again.

    `adopt` is why they are to be linked first, `replaces` which record's link the new one takes the place of.
    """
    back = _reactivated(pair, left, right) if state.link and state.link.orphaned else {}
    # What was taken out of use by a sync is nobody's edit.
    left_before = replace(left, fields={**left.fields, **back.get("left", {})})
    right_before = replace(right, fields={**right.fields, **back.get("right", {})})
    readings = (
        read(pair, "left", left_before, options.references),
        read(pair, "right", right_before, options.references),
    )
    merged = merge(pair, base, *readings, options.references, _decide(pair, state, left, right, options))
    merged = tuple(_as_it_is(one) if one.field in state.held else one for one in merged)
    if not merged and not adopt:
        return []
    agreed = {fm.name: base.get(fm.name) for fm in pair.mapping.fields}
    steps: list[Step] = []
    if adopt:
        steps.append(Adopt(left.ref, right.ref, _baseline(agreed, merged, ()), adopt, replaces))
    updates = _updates(pair, left, right, agreed, merged, back, options)
    settled = [one.field for one in merged if one.settled != base.get(one.field) and not one.into]
    if settled and not adopt and not updates:
        steps.append(Agree(left.ref, right.ref, _baseline(agreed, merged, ()), reasons.agreed(settled)))
    held = [_held(left.ref, right.ref, one.compared, one.held) for one in merged if one.held]
    return [*steps, *updates, *held]


def _as_it_is(one: Merged) -> Merged:
    why = Noted("skipped", reasons.undone(one.field))
    return Merged(one.compared, None, (), one.compared.base, held=why)


def _decide(pair: SyncPair, state: PairState, left: Record, right: Record, options: SyncOptions) -> Decide:
    policy = options.conflicts
    if state.link is None and options.duplicates is DuplicatePolicy.OVERWRITE and policy in _WAITING:
        # The two are to become one: a side has to win.
        policy = ConflictPolicy.SOURCE_WINS

    def decide(conflict: Conflict, source: Side | None) -> Resolution | Unresolved:
        answered = state.overrides.get(conflict.field)
        if answered:
            return answered
        owner = pair.mapping.field(conflict.field).owner
        if owner:  # the field belongs to one side, whatever the policy
            value = conflict.left if owner == "left" else conflict.right
            return Resolution(value, by=reasons.owner(owner), side=owner)
        times = (left.modified_at, right.modified_at)
        return pick(conflict, policy, *times, source=source, clock_skew=options.clock_skew)

    return decide


_WAITING = (ConflictPolicy.ASK, ConflictPolicy.SKIP)


def _reactivated(pair: SyncPair, left: Record, right: Record) -> dict[Side, dict[str, Value]]:
    """What was deactivated because its other half was deleted comes back into use with it."""
    found: dict[Side, dict[str, Value]] = {}
    sides: tuple[tuple[Side, Record], ...] = (("left", left), ("right", right))
    for side, record in sides:
        activity = pair.end(side).activity
        if activity and pair.direction.into(side) and record.fields.get(activity.field) == activity.inactive:
            found[side] = {activity.field: activity.active}
    return found


def _updates(
    pair: SyncPair,
    left: Record,
    right: Record,
    agreed: Fields,
    merged: Sequence[Merged],
    back: dict[Side, dict[str, Value]],
    options: SyncOptions,
) -> list[Update]:
    updates: list[Update] = []
    written: tuple[Side, ...] = ()
    # The right first: Merged.baseline counts on it.
    sides: tuple[tuple[Side, Record], ...] = (("right", right), ("left", left))
    for side, record in sides:
        fields = [one for one in merged if side in one.into]
        if not fields and side not in back:
            continue
        written = (*written, side)
        native, _ = write(pair, side, {one.field: one.value for one in fields}, options.references)
        updates.append(
            Update(
                side,
                left.ref,
                right.ref,
                fields={**back.get(side, {}), **native},
                changes=tuple(_change(one, side) for one in fields),
                expected_version=record.version,
                baseline=_baseline(agreed, merged, written),
                reason=_reason(fields, side),
            )
        )
    return updates


def _baseline(agreed: Fields, merged: Sequence[Merged], written: tuple[Side, ...]) -> dict[str, Value]:
    return {**agreed, **{one.field: one.baseline(written) for one in merged}}


def _change(one: Merged, side: Side) -> FieldChange:
    before = one.compared.left if side == "left" else one.compared.right
    return FieldChange(one.field, before, one.value)


def _reason(fields: Sequence[Merged], side: Side) -> Text:
    if not fields:
        return reasons.reactivated(other(side))
    changed = [one.field for one in fields if not one.by]
    return reasons.updated(other(side), changed, [(one.field, one.by) for one in fields if one.by])


def _held(left: RecordRef, right: RecordRef, compared: Conflict, held: Parked | Noted) -> Park | Note:
    if isinstance(held, Noted):
        return Note(held.kind, left, right, compared.field, held.reason)
    conflict = compared if held.kind == "conflict" else None
    return Park(held.kind, left, right, compared.field, held.reason, conflict)
