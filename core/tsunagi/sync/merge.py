"""Both sides as canonical values, merged field by field, and what a conflict policy makes of each conflict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.mapping import FieldMap, Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.sync import reasons
from tsunagi.sync.references import Reading, References
from tsunagi.sync.steps import NoteKind, ParkKind
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No value wins: both sides keep their own. `ask`: a person has to decide."""

    reason: Text
    ask: bool


def pick(
    conflict: Conflict,
    policy: ConflictPolicy,
    left_modified_at: datetime | None,
    right_modified_at: datetime | None,
    *,
    source: Side | None = None,
    clock_skew: timedelta = timedelta(0),
) -> Resolution | Unresolved:
    """Decide one field that both sides changed differently.

    `source` is the side a one-way field comes from, None where changes travel both ways. Times are those of
    the records, aware UTC; a service knows no time of a single field.

    SOURCE_WINS    the source's value of a one-way field; otherwise the CRM's
    LEFT_WINS      the CRM's value; RIGHT_WINS: the finance side's
    NEWEST_WINS    the value of the record changed last; a person decides where a side gives no time, or where
                   the two moments are no further apart than the services' clocks may be
    SKIP           both keep their own
    ASK            a person decides
    """
    match policy:
        case ConflictPolicy.LEFT_WINS:
            return _stands(conflict, "left", policy)
        case ConflictPolicy.RIGHT_WINS:
            return _stands(conflict, "right", policy)
        case ConflictPolicy.SOURCE_WINS:
            return _stands(conflict, source or "left", policy)
        case ConflictPolicy.NEWEST_WINS:
            return _newest(conflict, left_modified_at, right_modified_at, clock_skew)
        case ConflictPolicy.SKIP:
            return Unresolved(reasons.conflict_skipped(conflict), ask=False)
        case ConflictPolicy.ASK:
            return Unresolved(reasons.conflict_asked(conflict), ask=True)


def _stands(conflict: Conflict, side: Side, policy: ConflictPolicy) -> Resolution:
    value = conflict.left if side == "left" else conflict.right
    return Resolution(value, by=reasons.policy(policy), side=side)


def _newest(
    conflict: Conflict, left: datetime | None, right: datetime | None, clock_skew: timedelta
) -> Resolution | Unresolved:
    if left is None or right is None or abs(left - right) <= clock_skew:
        return Unresolved(reasons.conflict_without_newest(conflict), ask=True)
    return _stands(conflict, "left" if left > right else "right", ConflictPolicy.NEWEST_WINS)


Decide = Callable[[Conflict, Side | None], Resolution | Unresolved]
"""The value that wins a conflict; the second argument is the side a one-way field comes from."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The field stays as it is on both sides until something is done about it."""

    kind: ParkKind
    reason: Text


@dataclass(frozen=True, slots=True)
class Noted:
    """The field stays as it is on both sides, by design."""

    kind: NoteKind
    reason: Text


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of one field: `value` goes `into` those sides, `settled` is its baseline afterwards.

    `by` names who decided a conflict.
    """

    compared: Conflict
    value: Value
    into: tuple[Side, ...]
    settled: Value
    by: str = ""
    held: Parked | Noted | None = None

    @property
    def field(self) -> str:
        return self.compared.field

    def baseline(self, written: tuple[Side, ...]) -> Value:
        """Its baseline once these sides are written; the right is always written first."""
        if set(self.into) <= set(written):
            return self.settled
        if written and "left" in self.into:
            # Should the left's write fail, the right's value must count as the newer: it carries the decision.
            return self.compared.left
        return self.compared.base


def merge(
    pair: SyncPair, base: Fields, left: Reading, right: Reading, references: References, decide: Decide
) -> tuple[Merged, ...]:
    """The fields on which the two sides and the baseline are not at one, in the order of the mapping."""
    found: list[Merged] = []
    for fm in pair.mapping.fields:
        name = fm.name
        agreed = base.get(name)
        if left.values.get(name, agreed) == agreed == right.values.get(name, agreed) and not (
            name in left.unresolved or name in right.unresolved
        ):
            continue
        found.append(_merged(pair, fm, base, left, right, references, decide))
    return tuple(found)


def find_conflicts(pair: SyncPair, base: Fields, left: Reading, right: Reading) -> tuple[Conflict, ...]:
    """The fields both sides changed to different values and of which either could be written."""
    found: list[Conflict] = []
    for fm in pair.mapping.fields:
        if fm.name in left.unresolved or fm.name in right.unresolved:
            continue
        compared = _compare(pair, fm.name, base, left.values, right.values)
        if _both_changed(compared) and ways(pair, fm):
            found.append(compared)
    return tuple(found)


def ways(pair: SyncPair, fm: FieldMap) -> tuple[Side, ...]:
    """The sides a change of this field may be written to, by the pair's direction and its own."""
    sides: tuple[Side, Side] = ("left", "right")
    return tuple(side for side in sides if pair.direction.into(side) and fm.direction.into(side))


def blank(value: Value) -> bool:
    return value is None or value == ""


def _merged(
    pair: SyncPair, fm: FieldMap, base: Fields, left: Reading, right: Reading, references: References, decide: Decide
) -> Merged:
    compared = _compare(pair, fm.name, base, left.values, right.values)
    sides: tuple[tuple[Side, Reading], ...] = (("left", left), ("right", right))
    for _, reading in sides:
        if fm.name in reading.unresolved:
            return _hold(compared, unresolved(fm.name, reading.unresolved[fm.name]))
    into = ways(pair, fm)
    outcome = _outcome(compared, into, decide)
    for side, reading in sides:
        if fm.name not in reading.values and _rash(outcome, side, into, decide):
            return _hold(compared, Parked("unread", reasons.unread_field(fm.name, side)))
    if outcome.into and blank(outcome.value) and fm.name in pair.required:
        return _hold(compared, Parked("incomplete", reasons.incomplete([fm.name], outcome.into[0])))
    if "left" in outcome.into and fm.reference and not _known_left(fm, outcome.value, references):
        return _hold(compared, Parked("waits", reasons.waits(fm.name, outcome.value)))
    return outcome


def _rash(outcome: Merged, unseen: Side, into: tuple[Side, ...], decide: Decide) -> bool:
    """Would it write over a value nobody agreed on and nobody has seen, which the policy might let win?"""
    if unseen not in outcome.into or not blank(outcome.compared.base):
        return False
    decision = decide(outcome.compared, _source(into))
    return not (isinstance(decision, Resolution) and decision.value == outcome.value)


def unresolved(field: str, value: Value) -> Parked:
    """Why a reference that cannot be translated holds its field up."""
    if isinstance(value, RecordRef):
        return Parked("waits", reasons.waits(field, value))
    return Parked("invalid", reasons.no_reference(field, value))


def _compare(
    pair: SyncPair, field: str, base: Fields, left: Mapping[str, Value], right: Mapping[str, Value]
) -> Conflict:
    agreed = base.get(field)
    return Conflict(pair.name, field, agreed, left.get(field, agreed), right.get(field, agreed))


def _both_changed(compared: Conflict) -> bool:
    return compared.left != compared.right and compared.base not in (compared.left, compared.right)


def _outcome(compared: Conflict, into: tuple[Side, ...], decide: Decide) -> Merged:
    # Equal on both sides, whichever changed: nothing to write.
    if compared.left == compared.right:
        return Merged(compared, compared.left, (), compared.left)
    # Changed on one side only: it goes to the other.
    if compared.right == compared.base:
        return _travels(compared, "right", compared.left, into)
    if compared.left == compared.base:
        return _travels(compared, "left", compared.right, into)
    # Changed on both sides, to different values.
    if not into:  # nothing may be written: both keep their own
        return _hold(compared, Noted("one_way", reasons.one_way(compared.field, "right", compared.right)))
    source = _source(into)
    decision = decide(compared, source)
    if isinstance(decision, Unresolved):  # left to a person (ask), or to both sides (skip)
        held = Parked("conflict", decision.reason) if decision.ask else Noted("skipped", decision.reason)
        return _hold(compared, held)
    return _resolved(compared, decision, into, source)


def _travels(compared: Conflict, target: Side, value: Value, into: tuple[Side, ...]) -> Merged:
    if target in into:
        return Merged(compared, value, (target,), value)
    if blank(compared.base):
        # Its source was never filled: the field is the other side's own.
        return Merged(compared, None, (), compared.base)
    # Edited on the side changes do not come from: theirs until the source changes the field.
    changed: Side = "left" if target == "right" else "right"
    return _hold(compared, Noted("one_way", reasons.one_way(compared.field, changed, value)))


def _resolved(compared: Conflict, decision: Resolution, into: tuple[Side, ...], source: Side | None) -> Merged:
    value = decision.value
    targets = tuple(side for side in into if value != (compared.left if side == "left" else compared.right))
    if not source:
        return Merged(compared, value, targets, value, by=decision.by)
    # A one-way field has been dealt with once its source's value was considered, whichever wins.
    settled = compared.left if source == "left" else compared.right
    # The other side's value stands, and nothing may carry it back: that is said, like any other edit there.
    held = None if targets else Noted("one_way", reasons.one_way(compared.field, into[0], value))
    return Merged(compared, value, targets, settled, by=decision.by, held=held)


def _source(into: tuple[Side, ...]) -> Side | None:
    if len(into) == 2:
        return None
    return "left" if into == ("right",) else "right"


def _hold(compared: Conflict, why: Parked | Noted) -> Merged:
    return Merged(compared, None, (), compared.base, held=why)


def _known_left(fm: FieldMap, value: Value, references: References) -> bool:
    return not isinstance(value, RecordRef) or references(fm.reference, value) is not None
