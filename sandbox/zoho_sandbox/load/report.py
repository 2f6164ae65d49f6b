"""What a load did: counts by module, how the deals end, and the problems by kind."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from zoho_sandbox.load.problems import Consequence, Tally


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The outcome. `won_total` is by currency; `problem_file` is the CSV file with every problem, by row."""

    loaded: MappingType[str, int]
    skipped: MappingType[str, int]
    deals: MappingType[str, int]
    won_total: MappingType[str, Decimal]
    problems: tuple[Tally, ...]
    unused_columns: MappingType[str, tuple[str, ...]]
    base_currency: str
    problem_file: Path | None = None

    def count(self, consequence: Consequence) -> int:
        return sum(tally.count for tally in self.problems if tally.consequence is consequence)

    @property
    def anything_loaded(self) -> bool:
        return any(self.loaded.values())

    def as_json(self) -> dict[str, object]:
        """Plain values for one JSON object; amounts are decimal strings."""
        return {
            "loaded": dict(self.loaded),
            "skipped": dict(self.skipped),
            "deals": dict(self.deals),
            "won_total": {code: f"{total:f}" for code, total in self.won_total.items()},
            "base_currency": self.base_currency,
            "problems": [
                {
                    "file": tally.file,
                    "column": tally.column,
                    "reason": tally.reason,
                    "consequence": tally.consequence.value,
                    "count": tally.count,
                    "examples": tally.examples,
                }
                for tally in self.problems
            ],
            "unused_columns": {file: list(columns) for file, columns in self.unused_columns.items()},
            "problem_file": None if self.problem_file is None else str(self.problem_file),
        }


@dataclass(slots=True)
class Counts:
    """Counted while loading."""

    loaded: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    deals: dict[str, int] = field(default_factory=lambda: {"open": 0, "won": 0, "lost": 0})
    won_total: dict[str, Decimal] = field(default_factory=dict)

    def won(self, currency: str, amount: Decimal | None) -> None:
        self.deals["won"] += 1
        self.won_total[currency] = self.won_total.get(currency, Decimal(0)) + (amount or Decimal(0))
