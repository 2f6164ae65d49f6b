"""Blocks on record pages, declared by plugins and filled by the hub from its own store."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from tsunagi.domain.documents import StatusLabel
from tsunagi.text import Text

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
