"""The replay plan: in which order closed deals close, and how; kept in the data file, read in batches."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from zoho_sandbox.load.closing import Ending
from zoho_sandbox.load.errors import FolderError
from zoho_sandbox.sandbox import Sandbox

SCHEMA = """
CREATE TABLE IF NOT EXISTS load_replay_plan (
    -- ISO dates sort as text; a deal without one closes last.
    closing_date TEXT NOT NULL DEFAULT '9999-12-31',
    source_row INTEGER NOT NULL,
    deal_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    amount TEXT,
    currency TEXT NOT NULL,
    PRIMARY KEY (closing_date, source_row, deal_id)
) WITHOUT ROWID;
"""
HEADING = ("deal_id", "stage", "amount", "currency", "closing_date")
_NO_DATE = "9999-12-31"
_BATCH = 500
_INSERT = "INSERT INTO load_replay_plan VALUES (?, ?, ?, ?, ?, ?)"
_NEXT = (
    "SELECT closing_date, source_row, deal_id, stage, amount, currency FROM load_replay_plan"
    " WHERE (closing_date, source_row, deal_id) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT ?"
)

Query = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class ClosingDeal:
    """One step of the replay: set this deal to this stage, amount (in `currency`) and closing date."""

    deal_id: str
    stage: str
    amount: Decimal | None
    currency: str
    closing_date: date | None


def store_endings(sandbox: Sandbox, endings: Iterable[tuple[str, Ending]]) -> None:
    """Add the endings of inserted deals (deal id, ending) to the plan."""
    rows = (
        (
            ending.closing_date or _NO_DATE,
            ending.row,
            deal_id,
            ending.stage,
            None if ending.amount is None else f"{ending.amount:f}",
            ending.currency,
        )
        for deal_id, ending in endings
    )
    sandbox.db.executemany(_INSERT, rows)


def replay_plan(plan: Sandbox | Path) -> Iterator[ClosingDeal]:
    """Every deal that closes, ordered by closing date and row; a batch at a time, so deals may be written
    between two steps. Takes an opened sandbox or the path of its data file."""
    if isinstance(plan, Sandbox):
        yield from _batches(plan.db.query)
        return
    if not plan.is_file():
        raise FolderError(f"{plan}: received no file; valid: the data file of a sandbox")
    with closing(sqlite3.connect(f"{plan.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield from _batches(lambda sql, values: connection.execute(sql, values).fetchall())


def export_replay_plan(plan: Sandbox | Path, path: Path) -> int:
    """Write the plan as CSV (heading: deal_id, stage, amount, currency, closing_date); how many it holds."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        for deal in replay_plan(plan):
            count += 1
            amount = "" if deal.amount is None else f"{deal.amount:f}"
            writer.writerow((deal.deal_id, deal.stage, amount, deal.currency, deal.closing_date or ""))
    return count


def _batches(query: Query) -> Iterator[ClosingDeal]:
    last: tuple[Any, ...] = ("", 0, "")
    while batch := query(_NEXT, (*last, _BATCH)):
        yield from (_closing_deal(row) for row in batch)
        last = tuple(batch[-1][:3])


def _closing_deal(row: Sequence[Any]) -> ClosingDeal:
    closing_date, _source_row, deal_id, stage, amount, currency = row
    return ClosingDeal(
        deal_id=deal_id,
        stage=stage,
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        closing_date=None if closing_date == _NO_DATE else date.fromisoformat(closing_date),
    )
