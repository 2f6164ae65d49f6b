"""Refuses a plan that looks like an accident: an empty side, or too many records deleted at once."""

from dataclasses import dataclass

from tsunagi.domain.mapping import Side
from tsunagi.errors import SyncRefused
from tsunagi.sync import reasons
from tsunagi.sync.steps import Create, Deactivate, Delete, Step, SyncPlan, Unlink


@dataclass(frozen=True, slots=True)
class Census:
    """How many linked records there were before this sync, and how many of them each side still shows.

    Count over all links in use of the pair (not `orphaned`), also those this sync did not look at. A side that cannot
    list such records completely is None: it shows some of them and is not empty for that.
    """

    linked: int
    left_alive: int | None
    right_alive: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many linked records may vanish in one sync.

    Up to `always` are no accident. Above that, neither `percent` of the links nor `most` may be exceeded.
    """

    always: int = 5
    percent: int = 10
    most: int = 500

    def of(self, linked: int) -> int:
        return max(self.always, min(self.most, linked * self.percent // 100))


def check(plan: SyncPlan, census: Census, *, limits: Limits | None = None, allow_deletions: bool = False) -> None:
    """Return if the complete plan of a pair may be carried out; raises SyncRefused, with the numbers, if not.

    `allow_deletions` is a person's word for this one run and lets everything pass. A link of which both
    records are deleted costs nothing and is not counted.
    """
    if allow_deletions or not census.linked:
        return
    alive: tuple[tuple[Side, int | None], ...] = (("left", census.left_alive), ("right", census.right_alive))
    for side, count in alive:
        if count == 0:
            message = reasons.side_empty(plan.pair, side, census.linked)
            raise SyncRefused(message, hint=reasons.CHECK_AND_ALLOW)
    lost = sum(is_lost(step) for step in plan.steps)
    limit = (limits or Limits()).of(census.linked)
    if lost > limit:
        message = reasons.too_many_deleted(plan.pair, lost, census.linked, limit)
        raise SyncRefused(message, hint=reasons.CHECK_AND_ALLOW)


def is_lost(step: Step) -> bool:
    """Does this step follow from a record that vanished on one side?"""
    match step:
        case Delete() | Deactivate():
            return True
        case Unlink(keep=keep):
            return keep is not None
        case Create(replaces=replaces):
            return replaces is not None
        case _:
            return False
