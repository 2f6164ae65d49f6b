"""Deciding with many rules: the two matchers, and a plain Python loop as their peer, in one run.

Run it with `python bench/rules.py`; each figure is the median of several rounds, microseconds an event.
"""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tsunagi.rules.matchers import choose
from tsunagi.rules.matchers.formula import Bit, Every, Formula

ROUNDS, EVENTS = 7, 200


def formulas(rules: int) -> Mapping[str, Formula]:
    """Rules of two conditions each, of which every tenth holds."""
    return {f"rule{number}": Every((Bit(number % 10), Bit(10 + number % 7))) for number in range(rules)}


def plain(rules: int) -> Callable[[list[bool | None]], set[str]]:
    pairs = [(f"rule{number}", number % 10, 10 + number % 7) for number in range(rules)]

    def matching(truths: list[bool | None]) -> set[str]:
        return {name for name, first, second in pairs if truths[first] and truths[second]}

    return matching


def timed(matching: Callable[[list[bool | None]], object]) -> float:
    truths: list[bool | None] = [number in (3, 12) for number in range(17)]
    matching(truths)
    rounds: list[float] = []
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(EVENTS):
            matching(truths)
        rounds.append((perf_counter() - began) / EVENTS * 1_000_000)
    return median(rounds)


def main() -> None:
    table = Table("rules", "plain loop", "native", "durable", title="microseconds an event")
    for rules in (10, 100, 1000):
        row = [timed(plain(rules)), timed(choose("native").compiled(formulas(rules)).matching)]
        choice = choose("auto")
        if choice.name == "durable":
            row.append(timed(choice.compiled(formulas(rules)).matching))
        table.add_row(str(rules), *(f"{value:.1f}" for value in row), *(["absent"] if len(row) == 2 else []))
    Console().print(table)


if __name__ == "__main__":
    main()
