"""What sets estimates and invoices apart: names, numbers and words. Further kinds are added beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """`kind` names paths and keys ("invoice"), `word` is what messages call it ("quote" for an estimate).

    `end_date` is the key of the date the document runs to; `owes` tells whether its total is a receivable.
    """

    kind: str
    word: str
    prefix: str
    end_date: str
    owes: bool

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
    def label(self) -> str:
        return self.word.capitalize()


ESTIMATE = DocumentKind(kind="estimate", word="quote", prefix="EST-", end_date="expiry_date", owes=False)
INVOICE = DocumentKind(kind="invoice", word="invoice", prefix="INV-", end_date="due_date", owes=True)
