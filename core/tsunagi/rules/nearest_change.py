"""The fewest comparisons that would have to come out otherwise for a condition to hold, or to fail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tsunagi.rules.conditions import (
    All,
    AnyOf,
    CannotTell,
    Comparison,
    Condition,
    Holds,
    Not,
    Observation,
    Predicate,
    observe,
)
from tsunagi.rules.facts import Facts
from tsunagi.yaml_marks import Place


@dataclass(frozen=True, slots=True)
class Flip:
    """A comparison that would have to hold (`wanted`) or to fail; `now` is what it comes to and the value it sees."""

    predicate: Predicate
    wanted: bool
    now: Observation
    place: Place

    @property
    def made(self) -> bool:
        """It comes out as wanted already."""
        return not isinstance(self.now.verdict, CannotTell) and isinstance(self.now.verdict, Holds) is self.wanted


# What has to be so, each comparison once: what is to be changed, and what has to stay.
_Way = tuple[Flip, ...]


def nearest_change(condition: Condition, facts: Facts, *, wanted: bool) -> tuple[Flip, ...] | None:
    """A small change after which the condition certainly holds, or fails where that is `wanted`.

    Empty where it is so already; None where no change brings it about, as its parts contradict each other. It is the
    smallest there is where no comparison occurs in the condition twice.
    """
    ways = sorted(_ways(condition, facts, wanted), key=_cost)
    return tuple(flip for flip in ways[0] if not flip.made) if ways else None


def _cost(way: _Way) -> int:
    return sum(not flip.made for flip in way)


def _ways(condition: Condition, facts: Facts, wanted: bool) -> Iterator[_Way]:
    match condition:
        case Comparison(predicate, place):
            yield (Flip(predicate, wanted, observe(predicate, facts), place),)
        case Not(part):
            yield from _ways(part, facts, not wanted)
        case All(parts) | AnyOf(parts):
            if isinstance(condition, All) is wanted:
                yield from _together(parts, facts, wanted)
            else:
                for part in parts:
                    yield from _ways(part, facts, wanted)


def _together(parts: tuple[Condition, ...], facts: Facts, wanted: bool) -> Iterator[_Way]:
    """Every part at once: the smallest way of each that does not contradict those before it."""
    flips: dict[Predicate, Flip] = {}
    for part in parts:
        ways = sorted(_ways(part, facts, wanted), key=_cost)
        fitting = next((way for way in ways if all(_fits(flip, flips) for flip in way)), None)
        if fitting is None:
            return
        flips |= {flip.predicate: flip for flip in fitting}
    yield tuple(flips.values())


def _fits(flip: Flip, others: Mapping[Predicate, Flip]) -> bool:
    return flip.predicate not in others or others[flip.predicate].wanted is flip.wanted
