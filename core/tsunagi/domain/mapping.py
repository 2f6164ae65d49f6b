"""Which fields of two records are the same thing, declared so that it can be read both ways."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from tsunagi.domain.records import Fields, Value
from tsunagi.text import Text

Side = Literal["left", "right"]


def other(side: Side) -> Side:
    return "right" if side == "left" else "left"


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
    """Converts a service's value to the canonical one, so that equal values compare equal, and back.

    Both functions must be pure; `encode(decode(x))` may differ from x only as `decode` treats them alike.
    """

    decode: Callable[[Value], Value]
    encode: Callable[[Value], Value]


def _as_is(value: Value) -> Value:
    return value


def _trimmed(value: Value) -> Value:
    # Absent and blank mean the same to people; services differ in how they express it.
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

    A side that keeps it in several fields names them all; its codec then takes and gives a tuple of their values,
    in that order. `owner` is the side whose value wins in a conflict, whatever the policy. `reference` names the
    SyncPair whose links turn the left record's id into the right one's, for fields that point at another synced record.
    """

    name: str
    left: str | tuple[str, ...]
    right: str | tuple[str, ...]
    left_codec: Codec = TEXT
    right_codec: Codec = TEXT
    direction: Direction = Direction.BOTH
    reference: str = ""
    owner: Side | None = None

    def names(self, side: Side) -> tuple[str, ...]:
        """The side's own fields that hold it."""
        native = self.left if side == "left" else self.right
        return (native,) if isinstance(native, str) else native

    def read(self, side: Side, fields: Fields) -> Value:
        native, codec = (self.left, self.left_codec) if side == "left" else (self.right, self.right_codec)
        if isinstance(native, str):
            return codec.decode(fields.get(native))
        return codec.decode(tuple(fields.get(name) for name in native))

    def write(self, side: Side, value: Value) -> dict[str, Value]:
        native, codec = (self.left, self.left_codec) if side == "left" else (self.right, self.right_codec)
        if isinstance(native, str):
            return {native: codec.encode(value)}
        parts = codec.encode(value)
        if not isinstance(parts, tuple) or len(parts) != len(native):
            raise ValueError(f"the codec of {self.name!r} must give {len(native)} values, got {parts!r}")
        return dict(zip(native, parts, strict=True))


@dataclass(frozen=True, slots=True)
class Mapping:
    """All field maps of a pair; canonical values are what is compared, merged and kept as baseline."""

    fields: tuple[FieldMap, ...]
    references: tuple[FieldMap, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "references", tuple(fm for fm in self.fields if fm.reference))

    def canonical(self, side: Side, fields: Fields) -> dict[str, Value]:
        """A side's fields as canonical values. References stay as they are."""
        return {fm.name: fm.read(side, fields) for fm in self.fields}

    def native(self, side: Side, values: Fields) -> dict[str, Value]:
        """Canonical values as the side's own fields; only the fields present in `values` and writable there."""
        written: dict[str, Value] = {}
        for fm in self.fields:
            if fm.name in values and fm.direction.into(side):
                written |= fm.write(side, values[fm.name])
        return written

    def field(self, name: str) -> FieldMap:
        return next(fm for fm in self.fields if fm.name == name)


@dataclass(frozen=True, slots=True)
class Activity:
    """The field that holds whether a record is in use, and its two values."""

    field: str
    active: Value
    inactive: Value


@dataclass(frozen=True, slots=True)
class PairEnd:
    """One end of a pair: an entity of a service. `activity` is how a record is taken out of use there, if at all."""

    service: str
    entity: str
    activity: Activity | None = None


MatchKind = Literal["name", "email", "phone", "number", "exact"]


@dataclass(frozen=True, slots=True)
class MatchKey:
    """One way to recognise a record on the other side: canonical fields that are filled and equal there.

    kind    how they are compared: `name` without case, width, punctuation and legal form; `email` without case;
            `phone` and `number` (tax, corporate) by their digits; `exact` unchanged
    score   how sure it makes one that the two are one, in percent; several keys add up
    """

    fields: tuple[str, ...]
    kind: MatchKind
    score: int


@dataclass(frozen=True, slots=True)
class MatchRules:
    """How records are recognised before the first sync (see tsunagi.sync.matching).

    `within` names fields that must agree for anything else to count. A score of `link_at` makes a match, one of
    `review_at` a question to a person.
    """

    keys: tuple[MatchKey, ...]
    within: tuple[str, ...] = ()
    link_at: int = 90
    review_at: int = 50


@dataclass(frozen=True, slots=True)
class SyncPair:
    """Two kinds of record that are one thing to the company, kept in step.

    `match_on` names the canonical fields by which the first sync recognises the same record on both sides; they
    are compared without case, width and legal form. `matching` defines it in more detail, and takes precedence.
    `after` names pairs whose links must exist first (contact persons need their customers).
    `required` names canonical fields without which a record cannot be created on the right (on the left).
    `former_ids` names the right record's own fields in which an integration used before has left the id of the left
    record: two such records are linked, whatever their other fields.
    `only_blank` names the left record's own fields that must be empty for it to take part. `chosen_by` names the pair
    whose settings (`select`) decide whether this one is in force: contacts without an account become customers of their
    own where the settings of accounts and customers enable it. An `optional` pair is in force only where a
    settings file switches it on.
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
    matching: MatchRules | None = None
    former_ids: tuple[str, ...] = ()
    only_blank: tuple[str, ...] = ()
    chosen_by: str = ""
    optional: bool = False

    def end(self, side: Side) -> PairEnd:
        return self.left if side == "left" else self.right
