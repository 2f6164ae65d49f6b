"""What holds for every record of one sync."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.records import RecordRef
from tsunagi.sync.references import References


def _nothing_linked(_pair: str, _ref: RecordRef) -> RecordRef | None:
    return None


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The policies of a pair, and what a plan has to look up.

    conflicts    linked records of which both sides changed one field
    duplicates   records that stood on both sides before they were linked
    deletions    the other half of a deleted record
    merges       the other half of a record that was merged into one which has a partner already
    edits_survive     deleted here and edited there: the edited record is kept, whatever `deletions` is
    clock_skew   two edits closer to each other than this cannot be put in order by the services' clocks
    references   described in tsunagi.sync.references
    taken_names  names in use on the side a clone is made on, folded by tsunagi.sync.names.fold
    """

    conflicts: ConflictPolicy = ConflictPolicy.SOURCE_WINS
    duplicates: DuplicatePolicy = DuplicatePolicy.OVERWRITE
    deletions: DeletionPolicy = DeletionPolicy.IGNORE
    merges: DeletionPolicy = DeletionPolicy.IGNORE
    edits_survive: bool = True
    clock_skew: timedelta = timedelta(seconds=30)
    references: References = _nothing_linked
    taken_names: AbstractSet[str] = frozenset()
