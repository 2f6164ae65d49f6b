"""What of the data could not be used and why: streamed to a CSV file, and counted with a few examples."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

_EXAMPLES = 5
HEADING = ("file", "row", "column", "value", "reason", "consequence")


class Consequence(StrEnum):
    """What became of the row or value."""

    ROW_SKIPPED = "row skipped"
    VALUE_DROPPED = "value dropped"
    VALUE_CORRECTED = "value corrected"
    LEFT_EMPTY = "left empty"
    ROW_IGNORED = "row ignored"


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell or row; `row` counts the heading as row 1. `reason` does not repeat the value."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    consequence: Consequence


@dataclass(slots=True)
class Tally:
    """How often one kind of problem occurred, with the first few values it occurred with."""

    file: str
    column: str
    reason: str
    consequence: Consequence
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.count += 1
        example = f"row {problem.row}: {problem.value}" if problem.value else f"row {problem.row}"
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)


class _Writer(Protocol):
    def writerow(self, row: Any, /) -> object: ...


class ProblemLog:
    """Takes problems one at a time; memory grows with the kinds of problems, not with their number."""

    def __init__(self, writer: _Writer | None = None) -> None:
        self._writer = writer
        self._tallies: dict[tuple[str, str, str, Consequence], Tally] = {}

    def add(self, problem: Problem) -> None:
        key = (problem.file, problem.column, problem.reason, problem.consequence)
        self._tallies.setdefault(key, Tally(*key)).add(problem)
        if self._writer is not None:
            p = problem
            self._writer.writerow((p.file, p.row, p.column, p.value, p.reason, p.consequence.value))

    @property
    def tallies(self) -> tuple[Tally, ...]:
        return tuple(self._tallies.values())


@contextmanager
def problem_log(path: Path | None) -> Iterator[ProblemLog]:
    """A log that also writes every problem to `path` (CSV, UTF-8 with a mark that spreadsheets recognise)."""
    if path is None:
        yield ProblemLog()
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        yield ProblemLog(writer)
