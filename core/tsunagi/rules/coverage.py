"""Which outcomes of each comparison the cases of a table have seen: one that never failed was never tried."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tsunagi.rules.conditions import DoesNot, Holds
from tsunagi.rules.trace import ConditionTrace, Trace
from tsunagi.text import Language, Text
from tsunagi.yaml_marks import Place


@dataclass(frozen=True, slots=True)
class Covered:
    """One comparison of a rule, and whether a case saw it hold, and saw it fail."""

    rule: str
    label: str
    place: Place
    held: bool
    failed: bool

    def lines(self, language: Language = "en") -> Iterator[str]:
        """What no case has seen of it."""
        for seen, text in ((self.held, _NEVER_HELD), (self.failed, _NEVER_FAILED)):
            if not seen:
                yield f"- {self.rule}: {self.label}: {text.in_language(language)}  {self.place}"


_NEVER_HELD = Text(en="no case in which it holds", ja="成り立つケースがありません")
_NEVER_FAILED = Text(en="no case in which it does not hold", ja="成り立たないケースがありません")


def coverage(traces: Iterable[Trace]) -> tuple[Covered, ...]:
    """Every comparison of the rules in these traces, in the order they were first seen."""
    verdicts: dict[tuple[str, str, Place], set[type]] = {}
    for trace in traces:
        for comparison in _comparisons(trace.conditions):
            verdicts.setdefault((trace.rule, comparison.label, comparison.place), set()).add(type(comparison.verdict))
    return tuple(Covered(*key, held=Holds in seen, failed=DoesNot in seen) for key, seen in verdicts.items())


def _comparisons(conditions: Iterable[ConditionTrace]) -> Iterator[ConditionTrace]:
    for condition in conditions:
        if condition.kind == "comparison":
            yield condition
        yield from _comparisons(condition.parts)
