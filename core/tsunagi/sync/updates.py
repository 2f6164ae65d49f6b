"""The steps that bring two living records together, from a field-by-field merge."""

from collections.abc import Sequence

from tsunagi.domain.conflicts import Conflict, Resolution
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.sync import reasons
from tsunagi.sync.changes import FieldChange
from tsunagi.sync.link import other
from tsunagi.sync.merge import Decide, Merged, Noted, Parked, merge
from tsunagi.sync.pairing import Pairing, Terms
from tsunagi.sync.policy import Unresolved, pick
from tsunagi.sync.references import read, write
from tsunagi.sync.steps import Adopt, Agree, Note, Park, Step, Update
from tsunagi.text import Text


def merge_steps(
    pair: SyncPair,
    pairing: Pairing,
    left: Record,
    right: Record,
    base: Fields,
    terms: Terms,
    *,
    adopt: Text | None = None,
) -> list[Step]:
    """Bring two living records together again; `adopt` says why they are to be linked first."""
    readings = (read(pair, "left", left, terms.references), read(pair, "right", right, terms.references))
    merged = merge(pair, base, *readings, terms.references, _decide(pairing, left, right, terms))
    steps: list[Step] = []
    if adopt:
        steps.append(Adopt(left.ref, right.ref, _baseline(merged, ()), adopt))
    updates = _updates(pair, left, right, merged, terms)
    settled = [one.field for one in merged if one.settled != base.get(one.field) and not one.into]
    if settled and not adopt and not updates:
        steps.append(Agree(left.ref, right.ref, _baseline(merged, ()), reasons.agreed(settled)))
    held = [_held(left.ref, right.ref, one.compared, one.held) for one in merged if one.held]
    return [*steps, *updates, *held]


def _decide(pairing: Pairing, left: Record, right: Record, terms: Terms) -> Decide:
    def decide(conflict: Conflict, source: Side | None) -> Resolution | Unresolved:
        said = pairing.overrides.get(conflict.field)
        return said or pick(conflict, terms.policy, left.modified_at, right.modified_at, source=source)

    return decide


def _updates(pair: SyncPair, left: Record, right: Record, merged: Sequence[Merged], terms: Terms) -> list[Update]:
    updates: list[Update] = []
    written: tuple[Side, ...] = ()
    # The right first: Merged.baseline counts on it.
    sides: tuple[tuple[Side, Record], ...] = (("right", right), ("left", left))
    for side, record in sides:
        fields = [one for one in merged if side in one.into]
        if not fields:
            continue
        written = (*written, side)
        native, _ = write(pair, side, {one.field: one.value for one in fields}, terms.references)
        updates.append(
            Update(
                side,
                left.ref,
                right.ref,
                fields=native,
                changes=tuple(_change(one, side) for one in fields),
                expected_version=record.version,
                baseline=_baseline(merged, written),
                reason=_reason(fields, side),
            )
        )
    return updates


def _baseline(merged: Sequence[Merged], written: tuple[Side, ...]) -> dict[str, Value]:
    return {one.field: one.baseline(written) for one in merged}


def _change(one: Merged, side: Side) -> FieldChange:
    before = one.compared.left if side == "left" else one.compared.right
    return FieldChange(one.field, before, one.value)


def _reason(fields: Sequence[Merged], side: Side) -> Text:
    changed = [one.field for one in fields if not one.by]
    return reasons.updated(other(side), changed, [(one.field, one.by) for one in fields if one.by])


def _held(left: RecordRef, right: RecordRef, compared: Conflict, held: Parked | Noted) -> Park | Note:
    if isinstance(held, Noted):
        return Note(held.kind, left, right, compared.field, held.reason)
    conflict = compared if held.kind == "conflict" else None
    return Park(held.kind, left, right, compared.field, held.reason, conflict)
