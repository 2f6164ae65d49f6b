"""What people fill in to make or change a document: declared by the plugin, asked for by every face."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.records import Fields, Record, RecordRef

if TYPE_CHECKING:
    from tsunagi.domain.actions import ActionContext

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
