"""What a plan is made from: one record's state on both sides, what is stored about it, and the policies of its pair."""

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy, Resolution
from tsunagi.domain.mapping import Side
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.sync.matching import Match
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
    references   as tsunagi.sync.references describes them
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


@dataclass(frozen=True, slots=True)
class AgreedLink:
    """Two records that are one, and the canonical values both last agreed on (the baseline).

    For a field that travels one way only, the baseline is what its source last held. `orphaned` is set once an
    Unlink kept one record although the other is deleted: it stays alone, and is not created again on the other side.
    The versions are those of the records when they agreed; empty where a record has to be looked at again.
    """

    left: RecordRef
    right: RecordRef
    baseline: Fields
    orphaned: bool = False
    left_version: str = ""
    right_version: str = ""

    def unmoved(self, left: Record, right: Record) -> bool:
        """Has neither record changed since both agreed? Then there is nothing to plan."""
        return bool(
            self.left_version
            and self.left_version == left.version
            and self.right_version
            and self.right_version == right.version
        )


@dataclass(frozen=True, slots=True)
class PairState:
    """One record's state on both sides.

    link      what is remembered of the two; None while they are not linked
    left      the record now, None where there is none (or, linked, where it was not read)
    right     likewise
    *_deleted the side reported it deleted; what is still given as its record is then ignored
    merged_into       the left record that the link's own left was merged into, as the CRM reported
    survivor_linked   whether `merged_into` has a living partner under this pair, orphaned or not, or gets one by this
                      plan
    overrides by canonical field, what plugins and people decided of conflicts; fields not in conflict are ignored
    deletion  what a person decided of this deletion, where the policy is to ask
    held      canonical fields that stay as they are on both sides: a person has undone what a sync made of them
    match     why two unlinked records are taken to be one; needed when both are given without a link
    """

    left: Record | None = None
    right: Record | None = None
    link: AgreedLink | None = None
    left_deleted: bool = False
    right_deleted: bool = False
    merged_into: Record | None = None
    survivor_linked: bool = False
    overrides: Mapping[str, Resolution] = field(default_factory=dict)
    deletion: DeletionPolicy | None = None
    held: frozenset[str] = frozenset()
    match: Match | None = None

    def side(self, side: Side) -> Record | None:
        """The record of a side, if it is alive."""
        if side == "left":
            return None if self.left_deleted else self.left
        return None if self.right_deleted else self.right

    def digest(self) -> str:
        """The same for the same records in the same versions: a plan made from another one has been overtaken."""
        link = self.link
        parts = [
            *(_seen(record, deleted=deleted) for record, deleted in self._sides()),
            _seen(self.merged_into, deleted=self.survivor_linked),
            f"{link.left} {link.right} {link.orphaned}" if link else "",
            self.match.certainty if self.match else "",
            self.deletion.value if self.deletion else "",
            *sorted(self.held),
            *(f"{name}={answer.value!r}" for name, answer in sorted(self.overrides.items())),
        ]
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()

    def _sides(self) -> tuple[tuple[Record | None, bool], tuple[Record | None, bool]]:
        return (self.left, self.left_deleted), (self.right, self.right_deleted)


def _seen(record: Record | None, *, deleted: bool) -> str:
    if record is None:
        return f"- {deleted}"
    # A service that gives no version is taken by its word: the fields themselves.
    mark = record.version or repr(sorted(record.fields.items(), key=lambda item: item[0]))
    return f"{record.ref} {mark} {deleted}"
