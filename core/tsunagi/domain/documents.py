"""Documents: the estimates, invoices and orders a finance service keeps, as the hub stores, shows and edits them.

DOCUMENT   what every document has, whatever its kind
PANEL      a list of them on a record's page, declared by the plugin and filled by the hub from its own store
FORM       what people fill in to make or change one: declared by the plugin, asked for by every face
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.domain.actions import ActionContext

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


Owes = Literal["", "receivable", "payable"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A list of one service's documents on the pages of `places` ("account", "contact", "deal").

    Each row shows the document's number, its `columns` (names of the entity type's fields; amounts in the document's
    and in the base currency) and why the document exists. `statuses` are the labels of each status. `through_deals`
    panels show, on the pages of accounts and contacts, also the documents that name one of their deals (orders to
    vendors do). Documents of `customers_only` panels name no deal: a deal's page shows those of its account's
    customer. `owed` says whether the balance of its documents is what customers owe, or what is owed to others.
    """

    service: str
    name: str
    entity: str
    label: Text
    places: tuple[str, ...]
    statuses: tuple[StatusLabel, ...] = ()
    through_deals: bool = False
    customers_only: bool = False
    columns: tuple[str, ...] = ("date", "due_date", "status", "total", "balance")
    owed: Owes = ""

    def in_stage(self, stage: str) -> frozenset[str]:
        """The statuses of one stage: "issued", "draft" or "void"."""
        return frozenset(item.status for item in self.statuses if item.stage == stage)

    def status(self, status: str) -> StatusLabel:
        found = next((item for item in self.statuses if item.status == status), None)
        return found or StatusLabel(status, Text.same(status))


@runtime_checkable
class OwnDocuments(Protocol):
    """A connector whose service keeps documents of its own, apart from those of the finance services."""

    def own_documents(self) -> tuple[str, ...]:
        """Its modules for quotes, orders and invoices, as the service names them ("Sales_Orders"); empty for none.

        Pages show that these are separate and not kept in step. Raises as Connector.
        """
        ...


# A deal's products as lines of a document, with the currency they are priced in (None: the party's own).
LinesOfDeal = Callable[[Record, "ActionContext"], tuple[str | None, tuple[Fields, ...]]]


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The fields of a document and of each of its lines that its service takes.

    Lines may have `item` (a record of the kind `item` names), `name`, `description`, `quantity`, `rate`, `discount`
    ("10%" or an amount) and `tax` (the id of one of DocumentEditing.taxes); the hub computes a preview from these.
    `only_new` are fields that are not changed later; `changeable_in` the statuses in which the service takes changes.
    `deal_in_reference`: the service has no place for the deal but the reference number.
    """

    fields: tuple[FieldSpec, ...]
    line_fields: tuple[FieldSpec, ...]
    changeable_in: tuple[str, ...]
    item: str = ""
    only_new: tuple[str, ...] = ()
    deal_in_reference: bool = False
    lines_of_deal: LinesOfDeal | None = None

    def field(self, name: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.name == name), None)


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax of the organisation; `percentage` 10 means ten per cent."""

    id: str
    name: str
    percentage: Decimal


@runtime_checkable
class DocumentEditing(Protocol):
    """A connector whose documents people make and change from here."""

    def taxes(self) -> tuple[Tax, ...]:
        """Those a line may have."""
        ...

    def for_editing(self, ref: RecordRef) -> Record:
        """The document as it is now, with every field of its form, `lines` among them. Raises RecordNotFound."""
        ...
