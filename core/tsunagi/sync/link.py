"""What the hub remembers of two records that are one."""

from dataclasses import dataclass

from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Fields, RecordRef


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that are one, and the canonical values both last agreed on (the baseline).

    For a field that travels one way only, the baseline is what its source last said. `apart` is set once an
    Unlink kept one record although the other is gone: it stays alone, and is not created anew over there.
    """

    left: RecordRef
    right: RecordRef
    baseline: Fields
    apart: bool = False


def other(side: Side) -> Side:
    return "right" if side == "left" else "left"
