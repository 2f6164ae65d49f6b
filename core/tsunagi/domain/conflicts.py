"""Two edits of one field, and what may be decided about them."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Value


class ConflictPolicy(Enum):
    """What becomes of a true conflict, or of a record that exists on both sides before the first sync.

    OVERWRITE: the CRM's value replaces the other. SKIP: neither side is touched. CLONE (first sync only):
    a second record is made under a free name. NEWEST_WINS: the later edit stands. LEFT_WINS, RIGHT_WINS:
    one side always stands. ASK: parked until a person decides.
    """

    OVERWRITE = "overwrite"
    SKIP = "skip"
    CLONE = "clone"
    NEWEST_WINS = "newest_wins"
    LEFT_WINS = "left_wins"
    RIGHT_WINS = "right_wins"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One canonical field that both sides changed to different values since `base`."""

    pair: str
    field: str
    base: Value
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Resolution:
    """The value that stands, and who said so (a policy, a plugin, a person)."""

    value: Value
    by: str
    side: Side | Literal["merged"] = "merged"
