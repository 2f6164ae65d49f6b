"""The rules that wait for one event, made ready to be evaluated together.

An evaluation goes from the index (which rules can hold) over their predicates (each evaluated once, whichever rules
share it) to the matcher (which rules hold). Of the others, those that cannot be evaluated are named.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tsunagi.domain.money import Money
from tsunagi.rules.automations import Automation, Evaluation
from tsunagi.rules.compiling import absent, compiled, number, reader, text
from tsunagi.rules.conditions import All, Comparison, Condition, Operand, Predicate, comparisons, formula
from tsunagi.rules.facts import Facts
from tsunagi.rules.formula import Truths, truth
from tsunagi.rules.matchers import MatcherChoice


class Watch:
    """Safe from any thread: nothing in it changes after it was made."""

    def __init__(self, automations: Sequence[Automation], matcher: MatcherChoice) -> None:
        self._index = RuleIndex([automation.condition for automation in automations])
        self._order = self._index.order
        self._automations = tuple(automations)
        # Facts that are no field of the records themselves are computed only where a rule uses them.
        self.paths = frozenset(path for each in automations for path in each.paths())
        # From here on rules are in the order of the index, where rules found together are adjacent.
        conditions = [automations[rule].condition for rule in self._order]
        numbers = _numbered(conditions)
        self._tests = tuple(compiled(predicate) for predicate in numbers)
        self._selective = tuple(tuple(numbers[each] for each in selective(condition)) for condition in conditions)
        self._needs = tuple(_needed(condition, numbers) for condition in conditions)
        self._formulas = tuple(formula(condition, numbers) for condition in conditions)
        self._matcher = matcher.compiled(self._formulas)

    def evaluate(self, facts: Facts) -> Evaluation:
        candidates, truths = self._narrowed(self._index.candidates(facts), facts)
        if not candidates:
            return Evaluation()
        holding = self._matcher.matching(candidates, truths)
        undecided = [place for place in candidates if self._open(place, truths)] if None in truths.values() else ()
        return Evaluation(self._named(holding), self._named(undecided))

    def _narrowed(self, found: Sequence[int], facts: Facts) -> tuple[list[int], dict[int, bool | None]]:
        """Those without a selective comparison that certainly fails, and the truth of all they ask for."""
        truths: dict[int, bool | None] = {}
        tests, needs, choosy = self._tests, self._needs, self._selective
        candidates: list[int] = []
        for place in found:
            for each in choosy[place]:
                if each not in truths:
                    truths[each] = tests[each](facts)
                if truths[each] is False:
                    break
            else:
                candidates.append(place)
                for each in needs[place]:
                    if each not in truths:
                        truths[each] = tests[each](facts)
        return candidates, truths

    def _named(self, places: Collection[int]) -> tuple[Automation, ...]:
        """In the order of the book."""
        return tuple([self._automations[rule] for rule in sorted([self._order[place] for place in places])])

    def _open(self, place: int, truths: Truths) -> bool:
        """Cannot be evaluated: only where one of its predicates cannot."""
        needs = self._needs[place]
        return any(truths[number] is None for number in needs) and truth(self._formulas[place], truths) is None


def _numbered(conditions: Sequence[Condition]) -> dict[Predicate, int]:
    every = (comparison.predicate for condition in conditions for comparison in comparisons(condition))
    return {predicate: number for number, predicate in enumerate(dict.fromkeys(every))}


def _needed(condition: Condition, numbers: Mapping[Predicate, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers[comparison.predicate] for comparison in comparisons(condition)))


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
        # Rules that are found together are adjacent, so that a matcher has them in one place.
        self.order = tuple(sorted(range(len(conditions)), key=lambda rule: [_spelt(each) for each in chosen[rule]]))
        self._groups = _grouped([chosen[rule] for rule in self.order])
        paths = {path for access in self._groups for path, _ in access}
        self._readers = {path: reader(path) for path in sorted(paths)}

    def candidates(self, facts: Facts) -> list[int]:
        """Rules that may hold or may not be decidable, by their place in `order`; all others certainly do not hold."""
        seen = {path: _seen(read(facts)) for path, read in self._readers.items()}
        found: list[int] = []
        for access, buckets in self._groups.items():
            found += buckets.get(tuple([_lookup(seen[path], kind) for path, kind in access]), ())
        return found


def selective(condition: Condition) -> Iterator[Predicate]:
    """Comparisons that must hold for the rule to hold, of the kinds that few records fulfil; equality first."""
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
    """A value of the constants' kind is looked up; one of another kind leads to all, as it cannot be evaluated."""
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
