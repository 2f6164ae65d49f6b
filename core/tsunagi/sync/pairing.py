"""What a plan is made from: one record as it stands on both sides, and the terms of the sync."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum

from tsunagi.domain.conflicts import ConflictPolicy, Resolution
from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.link import Link
from tsunagi.sync.matching import Match
from tsunagi.sync.references import References


class Deletions(Enum):
    """What follows when a record is deleted on one side and untouched on the other.

    KEEP: the other is kept and stands alone. FOLLOW: it is deleted too, where changes may travel that way.
    """

    KEEP = "keep"
    FOLLOW = "follow"


def _nothing_linked(_pair: str, _ref: RecordRef) -> RecordRef | None:
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every record of one sync.

    `references` is described in tsunagi.sync.references. `taken_names` are names in use on the side a clone
    is made on, folded by tsunagi.sync.names.fold; only CLONE looks at them.
    """

    policy: ConflictPolicy = ConflictPolicy.OVERWRITE
    deletions: Deletions = Deletions.KEEP
    references: References = _nothing_linked
    taken_names: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pairing:
    """One record as it stands on both sides.

    link      what is remembered of the two; None while they are not linked
    left      the record now, None where there is none (or, linked, where it was not read)
    right     likewise
    *_deleted the side reported it deleted; what is still given as its record is then ignored
    overrides by canonical field, what plugins and people decided of conflicts; fields not in conflict are ignored
    match     why two unlinked records are taken to be one; needed when both are given without a link
    """

    left: Record | None = None
    right: Record | None = None
    link: Link | None = None
    left_deleted: bool = False
    right_deleted: bool = False
    overrides: Mapping[str, Resolution] = field(default_factory=dict)
    match: Match | None = None

    def side(self, side: Side) -> Record | None:
        """The record of a side, if it is alive."""
        if side == "left":
            return None if self.left_deleted else self.left
        return None if self.right_deleted else self.right
