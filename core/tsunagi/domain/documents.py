"""Documents: the estimates, invoices and orders a finance service keeps, as the hub stores and shows them."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.text import Text

# The field names every document record carries; a plugin may add more.
DOCUMENT_FIELDS = (
    "number",
    "status",
    "date",
    "due_date",
    "total",
    "balance",
    "base_total",
    "base_balance",
    "customer",
    "deal",
    "reference",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `base_total` and `base_balance` are in the organisation's base currency at the
    document's own rate; `customer` is the service's own record; `deal` and `reference` are where it came from.
    """

    ref: RecordRef
    number: str
    status: str
    date: dt.date | None
    due_date: dt.date | None
    total: Money
    balance: Money
    base_total: Money
    base_balance: Money
    customer: RecordRef | None
    deal: RecordRef | None
    reference: str

    @classmethod
    def of(cls, record: Record) -> "Document":
        """Read a document record; raises ValueError naming the field that is missing or of the wrong type."""
        return cls(
            ref=record.ref,
            number=record.text("number"),
            status=record.text("status"),
            date=_date(record, "date"),
            due_date=_date(record, "due_date"),
            total=_money(record, "total"),
            balance=_money(record, "balance"),
            base_total=_money(record, "base_total"),
            base_balance=_money(record, "base_balance"),
            customer=_reference(record, "customer"),
            deal=_reference(record, "deal"),
            reference=record.text("reference"),
        )


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """How a document status reads and whether it is good (`success`), waiting, late (`danger`) or over.

    `stage` is how its amounts count: those of `void` documents not at all, those of `draft` ones separately.
    """

    status: str
    label: Text
    tone: str = "secondary"
    stage: Literal["issued", "draft", "void"] = "issued"


def _money(record: Record, name: str) -> Money:
    value = record.fields.get(name)
    if not isinstance(value, Money):
        raise ValueError(f"{record.ref}: {name} must be Money, got {value!r}")
    return value


def _date(record: Record, name: str) -> dt.date | None:
    value = record.fields.get(name)
    if value is None:
        return None
    # A moment is a date to Python, but which day it is depends on the time zone.
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError(f"{record.ref}: {name} must be a date, got {value!r}")
    return value


def _reference(record: Record, name: str) -> RecordRef | None:
    value = record.fields.get(name)
    if value is not None and not isinstance(value, RecordRef):
        raise ValueError(f"{record.ref}: {name} must refer to a record, got {value!r}")
    return value


@dataclass(frozen=True, slots=True)
class Mail:
    """A message about one document. Empty `subject` and `body` mean: as the service words it."""

    to: tuple[str, ...]
    subject: str = ""
    body: str = ""
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as a PDF file."""

    name: str
    content: bytes


@runtime_checkable
class Printing(Protocol):
    """A connector whose service gives documents as PDF."""

    def pdf(self, ref: RecordRef) -> Printed:
        """Raises RecordNotFound."""
        ...


@runtime_checkable
class Mailing(Protocol):
    """A connector whose service mails documents itself."""

    def email(self, ref: RecordRef, mail: Mail) -> None:
        """Mail the document, attached as PDF, to its readers.

        Not safe to repeat: OutcomeUnknown means that a person has to look whether it arrived.
        """
        ...

    def addresses(self, ref: RecordRef) -> tuple[str, ...]:
        """The e-mail addresses the service itself would send this document to."""
        ...
