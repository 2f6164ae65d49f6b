"""What a conflict policy makes of one conflict."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.mapping import Side
from tsunagi.sync import reasons
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
