"""What is kept in step: records, what names them, and the values they hold."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from tsunagi.domain.money import Money


@dataclass(frozen=True, slots=True, order=True)
class RecordRef:
    """The one name of a record: which service, which kind, which id there."""

    service: str
    entity: str
    id: str

    def __str__(self) -> str:
        return f"{self.service}:{self.entity}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "RecordRef":
        parts = text.split(":", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"a record is named service:entity:id, got {text!r}")
        return cls(*parts)


# A list is a tuple and an object a Mapping, so that a value read once never changes underneath us.
Value = (
    bool
    | int
    | str
    | Decimal
    | date
    | datetime
    | Money
    | RecordRef
    | tuple["Value", ...]
    | Mapping[str, "Value"]
    | None
)
Fields = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a service showed it.

    `fields` uses the names its EntityType declares. `version` is the service's own opaque change marker:
    equal versions mean nothing changed. `modified_at` is aware UTC, None where the service does not give it.
    `complete` is False for a listing's row that leaves fields out: a field absent from it is unknown, not empty.
    `modified_by` is the service's user who changed it last, as people call them; empty where unknown.
    """

    ref: RecordRef
    fields: Fields
    version: str
    modified_at: datetime | None = None
    complete: bool = True
    modified_by: str = field(default="", compare=False)

    @property
    def whole(self) -> bool:
        """The earlier name of `complete`."""
        warnings.warn("Record.whole is now Record.complete", DeprecationWarning, stacklevel=2)
        return self.complete

    def over(self, known: "Record | None") -> "Record":
        """This reading as a complete record: what it leaves out is as it was known to be."""
        if self.complete or known is None:
            return self
        return replace(self, fields={**known.fields, **self.fields}, complete=True)

    def text(self, field: str) -> str:
        """The field as text, empty where it is absent or blank."""
        value = self.fields.get(field)
        return "" if value is None else str(value)


def _accepting_whole(init: Callable[..., None]) -> Callable[..., None]:
    """`Record(..., whole=...)`, the earlier name of `complete`, with a warning."""

    @wraps(init)
    def accepting(self: Record, *given: Any, **named: Any) -> None:
        if "whole" in named:
            warnings.warn("Record(whole=...) is now Record(complete=...)", DeprecationWarning, stacklevel=2)
            named["complete"] = named.pop("whole")
        init(self, *given, **named)

    return accepting


Record.__init__ = _accepting_whole(Record.__init__)  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field and its value before and after."""

    field: str
    before: Value
    after: Value


def changed_fields(before: Fields, after: Fields) -> tuple[FieldChange, ...]:
    """The fields whose value differs, in the order of `before`; an absent field and an empty (None) one are the same.

    Complete a partial reading first (see Record.over): here a field it leaves out counts as emptied.
    """
    names = dict.fromkeys((*before, *after))
    return tuple(
        FieldChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )
