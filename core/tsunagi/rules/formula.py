"""Conditions as the matchers see them: numbered predicates joined by every, some and negation.

PREDICATE    a question with a number; its truth is True, False, or None when it cannot be evaluated
LITERAL      a predicate with the truth it must have: (7, True), (7, False)
ALTERNATIVE  literals that together make a formula hold; a formula is the list of its alternatives
A formula holds only if that is certain: what cannot be evaluated fulfils no literal, and so no negation either.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Truths = Sequence[bool | None] | Mapping[int, bool | None]
Literal = tuple[int, bool]
Alternative = frozenset[Literal]

# A rule has at most this many alternatives; each becomes a rule of the engine.
MOST_ALTERNATIVES = 240


@dataclass(frozen=True, slots=True)
class Bit:
    predicate: int


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    part: "Formula"


Formula = Bit | Every | Some | Negation


class TooManyAlternatives(ValueError):
    """The formula can hold in more ways than the matchers take."""


def truth(formula: Formula, truths: Truths) -> bool | None:
    """What a formula comes to; None where what is known leaves it open."""
    match formula:
        case Bit(predicate):
            return truths[predicate]
        case Negation(part):
            inner = truth(part, truths)
            return None if inner is None else not inner
        case Every(parts) | Some(parts):
            # One part that does not hold settles an `every`, one that does a `some`.
            settles = isinstance(formula, Some)
            inners = [truth(part, truths) for part in parts]
            return settles if settles in inners else None if None in inners else not settles


def alternatives(formula: Formula) -> tuple[Alternative, ...]:
    """All ways in which the formula holds, none implied by another. Raises TooManyAlternatives."""
    return tuple(sorted(_ways(formula, True), key=sorted))


def _ways(formula: Formula, wanted: bool) -> set[Alternative]:
    match formula:
        case Bit(predicate):
            return {frozenset({(predicate, wanted)})}
        case Negation(part):
            return _ways(part, not wanted)
        case Every(parts) if wanted:
            return _together(parts, wanted)
        case Some(parts) if not wanted:
            return _together(parts, wanted)
        case Every(parts) | Some(parts):
            return _shortest(way for part in parts for way in _ways(part, wanted))


def _together(parts: Iterable[Formula], wanted: bool) -> set[Alternative]:
    ways: set[Alternative] = {frozenset()}
    for part in parts:
        ways = _shortest(_combined(ways, _ways(part, wanted)))
    return ways


def _combined(left: set[Alternative], right: set[Alternative]) -> Iterator[Alternative]:
    for one in left:
        for other in right:
            both = one | other
            if not any((predicate, not truth) in both for predicate, truth in both):
                yield both


def _shortest(ways: Iterable[Alternative]) -> set[Alternative]:
    """Without those that ask for more than another one does."""
    distinct = set(ways)
    if len(distinct) > MOST_ALTERNATIVES**2:
        raise TooManyAlternatives
    kept: list[Alternative] = []
    for way in sorted(distinct, key=len):
        if not any(shorter <= way for shorter in kept):
            kept.append(way)
        if len(kept) > MOST_ALTERNATIVES:
            raise TooManyAlternatives
    return set(kept)
