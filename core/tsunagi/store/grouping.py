"""Record names sorted into what one query can ask for."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tsunagi.domain.records import RecordRef

T = TypeVar("T")

# Databases limit the parameters of one statement; both take this many with room to spare.
CHUNK = 500


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def by_kind(refs: Iterable[RecordRef]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Service, entity and at most CHUNK different ids, until all refs are named."""
    kinds: dict[tuple[str, str], dict[str, None]] = {}
    for ref in refs:
        kinds.setdefault((ref.service, ref.entity), {})[ref.id] = None
    for (service, entity), ids in kinds.items():
        for some in chunks(list(ids)):
            yield service, entity, some
