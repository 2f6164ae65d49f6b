"""Writes that save calls, for connectors whose service has them. Nobody needs them; without, each write is a call.

A connector says in its Capabilities for which kinds it has them: `batch_create`, `batch_update`, `carries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tsunagi.domain.connector import NewRecord
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import ConnectorError


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
