"""A deal that ends closed, as it stood before it closed, and how it closes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from zoho_sandbox.load.mapping import Mapping
from zoho_sandbox.load.problems import Consequence
from zoho_sandbox.load.translation import Translated, Translator

# An open deal has no reason for its loss yet, and the probability of the stage it stands in.
_TOLD_BY_THE_END = ("Probability", "Reason_For_Loss__s")


@dataclass(frozen=True, slots=True)
class Ending:
    """How one deal closes; its id is known once it is inserted. `closing_date` is an ISO date."""

    row: int
    stage: str
    won: bool
    amount: Decimal | None
    currency: str
    closing_date: str | None


def split_ending(translated: Translated, mapping: Mapping, translator: Translator, base_currency: str) -> Ending | None:
    """Put a closed deal back before its closing and return how it closes; None for an open deal.

    Raises UnknownStageError for a stage that is not in the pipeline.
    """
    record, row = translated.record, translated.row
    stage = record["Stage"]
    forecast = mapping.pipeline.forecast_of(stage)
    if forecast is None:
        raise UnknownStageError("no stage of this name in the pipeline; a mapping file can translate it")
    if forecast == "Open":
        return None
    ending = Ending(
        row=row,
        stage=stage,
        won=forecast == "Closed Won",
        amount=record.get("Amount"),
        currency=record.get("Currency", base_currency),
        closing_date=record.get("Closing_Date"),
    )
    _tell_what_lacks(ending, translator)
    record["Stage"] = mapping.stage_before_closing
    for api_name in (*_TOLD_BY_THE_END, *mapping.closing.known_at_closing):
        record.pop(api_name, None)
    return ending


class UnknownStageError(ValueError):
    """Nobody can tell whether a deal in this stage is open, won or lost."""


def _tell_what_lacks(ending: Ending, translator: Translator) -> None:
    if ending.closing_date is None:
        column, reason = translator.column_of("Closing_Date"), "a closed deal without a closing date closes last"
        translator.tell(ending.row, column, "", reason, Consequence.LEFT_EMPTY)
    if ending.won and ending.amount is None:
        column, reason = translator.column_of("Amount"), "a won deal without an amount"
        translator.tell(ending.row, column, "", reason, Consequence.LEFT_EMPTY)
