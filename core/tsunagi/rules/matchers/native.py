"""The matcher made of Python alone: all formulas compiled to one function."""

from collections.abc import Callable, Mapping
from typing import cast

from tsunagi.rules.matchers.formula import Bit, Every, Formula, Negation, Some, Truths


class NativeMatcher:
    """Formulas as one compiled Python function."""

    def __init__(self, formulas: Mapping[str, Formula]) -> None:
        self._ids = tuple(formulas)
        self._holding = _compiled(tuple(formulas.values()))

    def matching(self, truths: Truths) -> frozenset[str]:
        return frozenset(self._ids[index] for index in self._holding(truths))


def _compiled(formulas: tuple[Formula, ...]) -> Callable[[Truths], list[int]]:
    """A function from truths to the indexes of the formulas that hold."""
    lines = ["def holding(t):", "    found = []"]
    lines += [f"    if {_source(formula, True)}: found.append({index})" for index, formula in enumerate(formulas)]
    lines.append("    return found")
    space: dict[str, object] = {}
    exec(compile("\n".join(lines), "<formulas>", "exec"), space)  # noqa: S102 - made of numbers and operators alone
    return cast("Callable[[Truths], list[int]]", space["holding"])


def _source(formula: Formula, wanted: bool) -> str:
    match formula:
        case Bit(predicate):
            return f"t[{predicate:d}] is {wanted}"
        case Negation(part):
            return _source(part, not wanted)
        case Every(parts):
            # Not every one holds, for certain, where one certainly does not.
            return _joined(parts, wanted, " and " if wanted else " or ")
        case Some(parts):
            return _joined(parts, wanted, " or " if wanted else " and ")


def _joined(parts: tuple[Formula, ...], wanted: bool, operator: str) -> str:
    if not parts:
        return str(operator == " and ")
    return "(" + operator.join(_source(part, wanted) for part in parts) + ")"
