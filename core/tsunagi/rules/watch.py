"""The rules that wait for one event, made ready to be evaluated together.

An evaluation goes from the index (which rules can hold) over their predicates (each asked once, whichever rules
share it) to the matcher (which rules hold). Of the others, those that cannot be told are named.
"""

from collections.abc import Collection, Mapping, Sequence

from tsunagi.rules.automations import Automation, Evaluation
from tsunagi.rules.compiling import compiled
from tsunagi.rules.conditions import Condition, Predicate, comparisons, formula
from tsunagi.rules.facts import Facts
from tsunagi.rules.formula import Truths, truth
from tsunagi.rules.matchers import MatcherChoice
from tsunagi.rules.rule_index import RuleIndex, selective


class Watch:
    """Safe from any thread: nothing in it changes after it was made."""

    def __init__(self, automations: Sequence[Automation], matcher: MatcherChoice) -> None:
        self._index = RuleIndex([automation.condition for automation in automations])
        self._order = self._index.order
        self._automations = tuple(automations)
        # Everything from here on stands in the order of the index, where rules found together stand together.
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
            for number in choosy[place]:
                if number not in truths:
                    truths[number] = tests[number](facts)
                if truths[number] is False:
                    break
            else:
                candidates.append(place)
                for number in needs[place]:
                    if number not in truths:
                        truths[number] = tests[number](facts)
        return candidates, truths

    def _named(self, places: Collection[int]) -> tuple[Automation, ...]:
        """In the order of the book."""
        return tuple([self._automations[rule] for rule in sorted([self._order[place] for place in places])])

    def _open(self, place: int, truths: Truths) -> bool:
        """Cannot be told: only where one of its predicates cannot."""
        needs = self._needs[place]
        return any(truths[number] is None for number in needs) and truth(self._formulas[place], truths) is None


def _numbered(conditions: Sequence[Condition]) -> dict[Predicate, int]:
    every = (comparison.predicate for condition in conditions for comparison in comparisons(condition))
    return {predicate: number for number, predicate in enumerate(dict.fromkeys(every))}


def _needed(condition: Condition, numbers: Mapping[Predicate, int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers[comparison.predicate] for comparison in comparisons(condition)))
