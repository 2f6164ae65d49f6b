"""Which rules can hold at all, found by their most selective comparisons and not by looking at each.

A rule holds only if each of its top comparisons does. Of those that ask for one value or a few ("country is
JP"), the two that fewest rules share lead to it. A rule is passed over only where one of the two certainly
does not hold; where the fact is missing or of another kind, it is found all the same, as it cannot be told.

KEY      a constant or a value with its kind, so that 1 and true differ
ACCESS   the fields, with the kind of their constants, that lead to a group of rules
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tsunagi.domain.money import Money
from tsunagi.rules.compiling import absent, number, reader, text
from tsunagi.rules.conditions import All, Comparison, Condition, Operand, Predicate
from tsunagi.rules.facts import Facts

_Key = tuple[str, object]
_Field = tuple[str, str]
_NOTHING: _Key = ("nothing", None)
# In place of a key: whatever the value is. It leads to every rule of the group.
_ANY: _Key = ("any", None)

_EQUALITY = frozenset({"equals", "in"})
_SELECTIVE = _EQUALITY | {"greater_than", "at_least", "less_than", "at_most"}
_MOST_FIELDS = 2
_MOST_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class _Choice:
    """A comparison a rule can be found by."""

    field: _Field
    keys: frozenset[_Key]


class RuleIndex:
    """Conditions found from facts. Safe from any thread."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        choices = [tuple(_choices(condition)) for condition in conditions]
        shared = Counter((choice.field, key) for each in choices for choice in each for key in choice.keys)
        chosen = [_most_selective(each, shared) for each in choices]
        # Rules that are found together stand together, so that a matcher has them in one place.
        self.order = tuple(sorted(range(len(conditions)), key=lambda rule: [_spelt(each) for each in chosen[rule]]))
        self._groups = _grouped([chosen[rule] for rule in self.order])
        paths = {path for access in self._groups for path, _ in access}
        self._readers = {path: reader(path) for path in sorted(paths)}

    def candidates(self, facts: Facts) -> list[int]:
        """Rules that may hold or may not be told, by their place in `order`; all others certainly do not hold."""
        seen = {path: _seen(read(facts)) for path, read in self._readers.items()}
        found: list[int] = []
        for access, buckets in self._groups.items():
            found += buckets.get(tuple([_lookup(seen[path], kind) for path, kind in access]), ())
        return found


def selective(condition: Condition) -> Iterator[Predicate]:
    """Comparisons that must hold for the whole to hold, of the kinds that few records fulfil; equality first."""
    match condition:
        case All(parts):
            required = [predicate for part in parts for predicate in selective(part)]
            yield from sorted(required, key=lambda predicate: predicate.operator not in _EQUALITY)
        case Comparison(predicate) if predicate.operator in _SELECTIVE:
            yield predicate


def _choices(condition: Condition) -> Iterator[_Choice]:
    match condition:
        case All(parts):
            for part in parts:
                yield from _choices(part)
        case Comparison(predicate) if predicate.operator in _EQUALITY:
            operand = predicate.operand
            keys = {_operand_key(each) for each in (operand if isinstance(operand, tuple) else (operand,))}
            kinds = {key[0] for key in keys if key is not None and key != _NOTHING}
            # Constants of several kinds always leave one that a value cannot be compared with.
            if None not in keys and len(kinds) == 1:
                yield _Choice((predicate.path, kinds.pop()), frozenset(key for key in keys if key is not None))


def _most_selective(choices: Sequence[_Choice], shared: Mapping[tuple[_Field, _Key], int]) -> tuple[_Choice, ...]:
    """At most two, on different fields, in the order of their fields."""
    ranked = sorted(choices, key=lambda choice: (sum(shared[choice.field, key] for key in choice.keys), choice.field))
    best: dict[str, _Choice] = {}
    for choice in ranked:
        entries = len(choice.keys)
        for other in best.values():
            entries *= len(other.keys)
        if len(best) < _MOST_FIELDS and (not best or entries <= _MOST_ENTRIES):
            best.setdefault(choice.field[0], choice)
    return tuple(sorted(best.values(), key=lambda choice: choice.field))


def _grouped(chosen: Sequence[tuple[_Choice, ...]]) -> dict[tuple[_Field, ...], dict[tuple[_Key, ...], list[int]]]:
    groups: dict[tuple[_Field, ...], dict[tuple[_Key, ...], list[int]]] = {}
    for place, choices in enumerate(chosen):
        buckets = groups.setdefault(tuple(choice.field for choice in choices), {})
        for keys in product(*((_ANY, *choice.keys) for choice in choices)):
            buckets.setdefault(keys, []).append(place)
    return groups


def _lookup(seen: _Key | None, kind: str) -> _Key:
    """A value of the constants' kind is looked up; one of another kind leads to all, as it cannot be told."""
    return seen if seen is not None and seen[0] in {kind, "nothing"} else _ANY


def _seen(value: Any) -> _Key | None:
    if value is None:
        return _NOTHING
    return None if absent(value) else _value_key(value)


def _value_key(value: Any) -> _Key | None:
    kind = type(value)
    if kind is str:
        return "text", text(value)
    if kind is bool:
        return "flag", value
    known = number(value)
    return None if known is None else ("number", known)


def _operand_key(operand: Operand) -> _Key | None:
    if operand is None:
        return _NOTHING
    return None if isinstance(operand, Money) else _value_key(operand)


def _spelt(choice: _Choice) -> tuple[str, str, list[str]]:
    return (*choice.field, sorted(str(key[1]) for key in choice.keys))
