"""The replay plan of a company's own data: its closed deals, to be closed again through the CRM's API."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from tsunagi_demo.crm_user import MOST_ROWS


@dataclass(frozen=True, slots=True)
class Closing:
    """How one deal closes."""

    deal_id: str
    stage: str
    amount: Decimal | None
    closing_date: str

    def row(self) -> dict[str, Any]:
        """As the CRM is told of it; what the data does not say stays as it is."""
        told = {"Amount": self.amount, "Closing_Date": self.closing_date or None}
        return {"id": self.deal_id, "Stage": self.stage, **{name: value for name, value in told.items() if value}}


def closings(plan: Path, *, after: int = 0) -> Iterator[Sequence[Closing]]:
    """The plan from its row `after` on, in order of closing date, as many at a time as one call may change."""
    with plan.open(encoding="utf-8", newline="") as file:
        rows = islice(csv.DictReader(file), after, None)
        while batch := [_closing(row) for row in islice(rows, MOST_ROWS)]:
            yield batch


def count_closings(plan: Path) -> Counter[str]:
    """How many deals the plan closes, by the stage they end in."""
    with plan.open(encoding="utf-8", newline="") as file:
        return Counter(row["stage"] for row in csv.DictReader(file))


def _closing(row: dict[str, str]) -> Closing:
    return Closing(
        deal_id=row["deal_id"],
        stage=row["stage"],
        amount=Decimal(row["amount"]) if row["amount"] else None,
        closing_date=row["closing_date"],
    )
