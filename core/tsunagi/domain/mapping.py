"""Which fields of two records are the same thing, declared so that it can be read both ways."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from tsunagi.domain.records import Fields, Value
from tsunagi.text import Text

Side = Literal["left", "right"]


class Direction(Enum):
    """Which way changes of a field, or of a whole pair, may travel. Left is the CRM, right is finance."""

    BOTH = "both"
    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"

    def into(self, side: Side) -> bool:
        """May changes be written to this side?"""
        if side == "right":
            return self is not Direction.RIGHT_TO_LEFT
        return self is not Direction.LEFT_TO_RIGHT


@dataclass(frozen=True, slots=True)
class Codec:
    """Brings a service's value to the canonical one, in which equal things are equal, and back.

    Both functions must be pure; `encode(decode(x))` may differ from x only as `decode` treats them alike.
    """

    decode: Callable[[Value], Value]
    encode: Callable[[Value], Value]


def _as_is(value: Value) -> Value:
    return value


def _trimmed(value: Value) -> Value:
    # Absent and blank are one thing to people; services disagree on how to say it.
    return (value.strip() or None) if isinstance(value, str) else value


def _lower(value: Value) -> Value:
    trimmed = _trimmed(value)
    return trimmed.lower() if isinstance(trimmed, str) else trimmed


AS_IS = Codec(_as_is, _as_is)
TEXT = Codec(_trimmed, _as_is)
EMAIL = Codec(_lower, _as_is)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """One canonical field and its name on each side.

    `reference` names the SyncPair whose links turn the left record's id into the right one's, for fields
    that point at another synced record.
    """

    name: str
    left: str
    right: str
    left_codec: Codec = TEXT
    right_codec: Codec = TEXT
    direction: Direction = Direction.BOTH
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """All field maps of a pair; canonical values are what is compared, merged and kept as baseline."""

    fields: tuple[FieldMap, ...]

    def canonical(self, side: Side, fields: Fields) -> dict[str, Value]:
        """A side's fields as canonical values. References stay as they are."""
        if side == "left":
            return {fm.name: fm.left_codec.decode(fields.get(fm.left)) for fm in self.fields}
        return {fm.name: fm.right_codec.decode(fields.get(fm.right)) for fm in self.fields}

    def native(self, side: Side, values: Fields) -> dict[str, Value]:
        """Canonical values as the side's own fields; only the fields present in `values` and writable there."""
        chosen = [fm for fm in self.fields if fm.name in values and fm.direction.into(side)]
        if side == "left":
            return {fm.left: fm.left_codec.encode(values[fm.name]) for fm in chosen}
        return {fm.right: fm.right_codec.encode(values[fm.name]) for fm in chosen}

    def field(self, name: str) -> FieldMap:
        return next(fm for fm in self.fields if fm.name == name)


@dataclass(frozen=True, slots=True)
class PairEnd:
    """One end of a pair: an entity of a service."""

    service: str
    entity: str


@dataclass(frozen=True, slots=True)
class SyncPair:
    """Two kinds of record that are one thing to the company, kept in step.

    `match_on` names the canonical fields that tell, at the first sync, which existing records are one; they
    are compared without case, width and legal form (see tsunagi.sync.matching).
    `after` names pairs whose links must exist first (contact persons need their customers).
    `required` names canonical fields without which a record cannot be created on the right (on the left).
    """

    name: str
    label: Text
    left: PairEnd
    right: PairEnd
    mapping: Mapping
    direction: Direction = Direction.BOTH
    match_on: tuple[str, ...] = ("name",)
    after: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
