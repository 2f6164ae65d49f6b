"""What sets the kinds of document apart: names, numbers, words, and what they are called on a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from zoho_sandbox.books import states

# Stage, total, balance, end date and today's date give the status answers show.
Called = Callable[[str, Decimal, Decimal, str, date], str]


def _by_stage(stage: str, _total: Decimal, _balance: Decimal, _end_date: str, _today: date) -> str:
    return stage


def _estimate(stage: str, _total: Decimal, _balance: Decimal, end_date: str, today: date) -> str:
    return states.estimate_status(stage, end_date, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """`kind` names paths and keys ("invoice"), `word` is what messages call it ("quote" for an estimate).

    `end_date` is the key of the date the document runs to; `owes` tells whether its total is a receivable or payable,
    which it is in the stage `live`, the one a document leaves draft for. `titles` head it in English and Japanese.
    """

    kind: str
    word: str
    prefix: str
    titles: tuple[str, str]
    end_date: str
    live: str
    digits: int = 6
    party: Literal["customer", "vendor"] = "customer"
    owes: bool = False
    called: Called = _by_stage

    @property
    def plural(self) -> str:
        return f"{self.kind}s"

    @property
    def id_key(self) -> str:
        return f"{self.kind}_id"

    @property
    def number_key(self) -> str:
        return f"{self.kind}_number"

    @property
    def party_key(self) -> str:
        return f"{self.party}_id"

    @property
    def party_name_key(self) -> str:
        return f"{self.party}_name"

    @property
    def rate_key(self) -> str:
        """Which of an item's rates its lines take."""
        return "rate" if self.party == "customer" else "purchase_rate"

    @property
    def label(self) -> str:
        return self.word.capitalize()


ESTIMATE = DocumentKind(
    kind="estimate",
    word="quote",
    prefix="EST-",
    titles=("Estimate", "御見積書"),
    end_date="expiry_date",
    live="sent",
    called=_estimate,
)
INVOICE = DocumentKind(
    kind="invoice",
    word="invoice",
    prefix="INV-",
    titles=("Invoice", "請求書"),
    end_date="due_date",
    live="sent",
    owes=True,
    called=states.invoice_status,
)
SALES_ORDER = DocumentKind(
    kind="salesorder",
    word="sales order",
    prefix="SO-",
    titles=("Sales Order", "注文請書"),
    digits=5,
    end_date="shipment_date",
    live="open",
)
PURCHASE_ORDER = DocumentKind(
    kind="purchaseorder",
    word="purchase order",
    prefix="PO-",
    titles=("Purchase Order", "発注書"),
    digits=5,
    end_date="delivery_date",
    live="open",
    party="vendor",
)
BILL = DocumentKind(
    kind="bill",
    word="bill",
    prefix="",
    titles=("Bill", "仕入請求書"),
    end_date="due_date",
    live="open",
    party="vendor",
    owes=True,
    called=states.bill_status,
)
