"""Pages of long lists: each names the place where the next one starts, so none costs more than the first."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Place = list[str | int]

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A page of a list. `next` is an opaque text for requesting the next page; None at the end."""

    items: Sequence[T]
    next: str | None


def slice_of(rows: Sequence[T], limit: int, places: Sequence[Place]) -> Slice[T]:
    """A page of `limit` from rows fetched with one more than that; `places` is the position of each row."""
    if len(rows) <= limit:
        return Slice(tuple(rows), None)
    return Slice(tuple(rows[:limit]), mark(places[limit - 1]))


def mark(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


class NoSuchPlace(ValueError):
    """A text that is no `Slice.next` of this list."""

    def __init__(self, marked: str) -> None:
        super().__init__(f"this does not say where a page starts: {marked!r}")


def place(marked: str, width: int) -> Place:
    """Back from `Slice.next`, as so many values. Raises NoSuchPlace for a text that is none of ours."""
    try:
        found = json.loads(base64.urlsafe_b64decode(marked.encode()))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != width or not all(map(_fits, found)):
        raise NoSuchPlace(marked)
    return found


def _fits(part: object) -> bool:
    """Something every database takes."""
    if isinstance(part, int):
        return abs(part) <= _LARGEST
    # No database keeps a NUL, and half a surrogate pair is no text.
    return isinstance(part, str) and "\0" not in part and part == part.encode(errors="ignore").decode()


def before_moment(at: sa.Column[Any], key: sa.Column[Any], marked: str) -> sa.ColumnElement[bool]:
    """What comes behind the place [moment, key] in a list that shows the latest first."""
    return sa.tuple_(at, key) < _moment(at, marked)


def after_moment(at: sa.Column[Any], key: sa.Column[Any], marked: str) -> sa.ColumnElement[bool]:
    """What comes behind the place [moment, key] in a list that shows the oldest first."""
    return sa.tuple_(at, key) > _moment(at, marked)


def _moment(at: sa.Column[Any], marked: str) -> sa.ColumnElement[Any]:
    moment, last = place(marked, 2)
    try:
        parsed = datetime.fromisoformat(str(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoSuchPlace(marked) from None
    return sa.tuple_(sa.bindparam(None, parsed, type_=at.type), last)
