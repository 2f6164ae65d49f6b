"""Records that were one under an integration used before: it has left the CRM's ids in the finance records."""

from collections import Counter
from collections.abc import Sequence

from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Record, RecordRef


def former_partners(pair: SyncPair, lefts: Sequence[Record], rights: Sequence[Record]) -> dict[RecordRef, RecordRef]:
    """By left record, the right one that names its id. An id that several name, or one of two, is no word."""
    known = {record.ref.id: record.ref for record in lefts}
    named = [
        (known[id], right.ref)
        for right in rights
        for id in dict.fromkeys(right.text(field) for field in pair.former_ids)
        if id in known
    ]
    times = Counter(ref for couple in named for ref in couple)
    return {left: right for left, right in named if times[left] == times[right] == 1}
