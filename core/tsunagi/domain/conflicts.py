"""What the two sides may disagree on, and what may be decided about it."""

import warnings
from dataclasses import dataclass
from enum import Enum, EnumMeta
from typing import Any, Literal

from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Value

# Members of earlier versions, by what decides the same of a conflict now.
_RENAMED = {"OVERWRITE": "SOURCE_WINS", "CLONE": "ASK"}


class _WithRenamed(EnumMeta):
    """Members by their earlier names too, with a warning that names the new one."""

    def __getattr__(cls, name: str) -> Any:
        if name in _RENAMED:
            return _renamed(cls, name)
        raise AttributeError(name)

    def __getitem__(cls, name: str) -> Any:
        return _renamed(cls, name) if name in _RENAMED else super().__getitem__(name)


def _renamed(policies: Any, name: str) -> Any:
    now = _RENAMED[name]
    message = (
        f"ConflictPolicy.{name} is now ConflictPolicy.{now}; of records before the first sync: DuplicatePolicy.{name}"
    )
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return policies._member_map_[now]


class ConflictPolicy(Enum, metaclass=_WithRenamed):
    """Whose value wins where both sides changed a field of linked records differently.

    SOURCE_WINS: the side a one-way field comes from; the CRM where changes travel both ways. LEFT_WINS, RIGHT_WINS:
    always that side. NEWEST_WINS: the later edit. SKIP: both keep their own. ASK: parked until a person decides.
    """

    SOURCE_WINS = "source_wins"
    LEFT_WINS = "left_wins"
    RIGHT_WINS = "right_wins"
    NEWEST_WINS = "newest_wins"
    SKIP = "skip"
    ASK = "ask"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        name = value.upper() if isinstance(value, str) else ""
        return _renamed(cls, name) if name in _RENAMED else None


class DuplicatePolicy(Enum):
    """What becomes of a record that stood on both sides before they were linked.

    OVERWRITE: the two become one linked record, and the surviving side's values win. CLONE: a second record is
    made under a free name. SKIP: both are left alone, unlinked. ASK: parked until a person decides.
    """

    OVERWRITE = "overwrite"
    CLONE = "clone"
    SKIP = "skip"
    ASK = "ask"


class DeletionPolicy(Enum):
    """What becomes of a record whose other half was deleted, or merged away, and which nobody edited since.

    IGNORE: it is kept without a partner. DEACTIVATE: it is taken out of use. DELETE: it is deleted too. Both only
    where changes may travel that way. ASK: parked until a person decides.
    """

    IGNORE = "ignore"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
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
    """The winning value, and who decided (a policy, a plugin, a person)."""

    value: Value
    by: str
    side: Side | Literal["merged"] = "merged"
