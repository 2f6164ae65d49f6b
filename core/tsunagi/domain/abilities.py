"""What a connector may be able to do beyond the contract, each a protocol of its own; nobody needs any of them.

LISTING   what was deleted, what a named view selects, which fields the organisation has added
WRITING   many records in one call, a record with those that hang on it, a change without reading first. Without them,
          each write is a call; with them, the connector's Capabilities say for which kinds it has them: `batch_create`,
          `batch_update`, `carries`.

People, plans, documents and labels have theirs beside what they give: Directory, Plans, Printing, ChoiceLabels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from tsunagi.domain.connector import Cursor, NewRecord, Page
from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import ConnectorError


@dataclass(frozen=True, slots=True)
class Removal:
    """A deleted record. `for_good`: it is not in a recycle bin, as when it was merged."""

    id: str
    at: datetime
    for_good: bool = False


@runtime_checkable
class Removals(Protocol):
    """A connector whose service lists what was deleted."""

    def removals(self, entity: str, since: datetime | None) -> Sequence[Removal]:
        """Records of a kind deleted at or after `since` (aware UTC), the latest first; those of a month at least."""
        ...


@runtime_checkable
class Views(Protocol):
    """A connector whose service keeps named selections of its records."""

    def view_names(self, entity: str) -> Sequence[str]:
        """The views there are of a kind of record."""
        ...

    def changes_in_view(self, entity: str, view: str, cursor: Cursor | None) -> Page:
        """As Connector.changes, of the records a view selects. Raises ConfigError for a view that is not there."""
        ...


@runtime_checkable
class AddedFields(Protocol):
    """A connector that can list the fields an organisation has added."""

    def organization_fields(self, entity: str) -> Sequence[FieldSpec]:
        """Fields of a kind of record beyond those its EntityType declares, by the names a mapping calls them."""
        ...


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Fields to change of one record."""

    ref: RecordRef
    fields: Fields


@runtime_checkable
class BatchWrites(Protocol):
    """A connector that writes many records of one kind in one call.

    Both return what came of each record, in the order given: the record, or why the service did not take it. What is
    raised holds for all of them: none was written, or after OutcomeUnknown nobody knows which.
    """

    def create_many(self, entity: str, new: Sequence[NewRecord]) -> Sequence[Record | ConnectorError]:
        """Create at most Capabilities.batch_create records; each is found by its key as one from `create` is."""
        ...

    def update_many(self, entity: str, changes: Sequence[RecordChange]) -> Sequence[Record | ConnectorError]:
        """Change at most Capabilities.batch_update records, whatever their state."""
        ...


@runtime_checkable
class CarryingWrites(Protocol):
    """A connector that creates a record together with those that hang on it, in one call."""

    def create_with(
        self, entity: str, new: NewRecord, relation: str, others: Sequence[NewRecord]
    ) -> tuple[Record, Sequence[Record]]:
        """Create a record and `others`, which its list `relation` (one of Capabilities.carries) then holds.

        Returns it and them, in the order given; the field of theirs that names the record is filled in. Raises
        RecordRejected where one of them was refused: then none was created.
        """
        ...


@runtime_checkable
class KnownUpdates(Protocol):
    """A connector that can change a record without reading it first."""

    def update_known(self, known: Record, changes: Fields) -> Record:
        """As Connector.update, of a record that is known to be as `known` says.

        What the hub has no field for stays as it is: where that takes a reading, it is read.
        """
        ...
