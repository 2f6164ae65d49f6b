"""The steps a plan is made of, and the plan itself: frozen data for the one function that carries it out.

SIDE        "left" is the CRM, "right" the finance side; a step that writes names the side it writes to
FIELDS      the side's own field names and values, ready for a Connector
BASELINE    canonical values of every field, to be stored in place of the link's baseline (or with the new
            link) once this step, and the steps of its unit before it, succeeded
UNIT        the steps about one state; they are made in order, and after a failure the rest is left to the
            next plan, which starts from the last baseline stored
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Literal

from tsunagi.domain.conflicts import Conflict
from tsunagi.domain.mapping import Side
from tsunagi.domain.records import FieldChange, Fields, RecordRef
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Create:
    """Make the record on `side`, then link it with its source, the one of `left` and `right` that is given.

    `replaces` is the deleted record it replaces: its link is removed when the new one is stored. One that is `renamed`
    gets another name than its source has: the next plan looks at both again.
    """

    side: Side
    left: RecordRef | None
    right: RecordRef | None
    fields: Fields
    baseline: Fields
    reason: Text
    replaces: RecordRef | None = None
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Change the record of `side`, provided it still has `expected_version`. `changes` are canonical."""

    side: Side
    left: RecordRef
    right: RecordRef
    fields: Fields
    changes: tuple[FieldChange, ...]
    expected_version: str
    baseline: Fields
    reason: Text

    @property
    def ref(self) -> RecordRef:
        return self.left if self.side == "left" else self.right


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the record of `side`, whose other half is deleted, provided nobody edited it; then forget the link."""

    side: Side
    left: RecordRef
    right: RecordRef
    expected_version: str
    reason: Text

    @property
    def ref(self) -> RecordRef:
        return self.left if self.side == "left" else self.right


@dataclass(frozen=True, slots=True)
class Deactivate:
    """Take the record of `side` out of use by writing `fields`, then keep its link, marked `orphaned`."""

    side: Side
    left: RecordRef
    right: RecordRef
    fields: Fields
    expected_version: str
    reason: Text

    @property
    def ref(self) -> RecordRef:
        return self.left if self.side == "left" else self.right


@dataclass(frozen=True, slots=True)
class Adopt:
    """Link two records that exist, in place of any `orphaned` link of either; writes nothing outside.

    `replaces` is the record that was merged into `left`: its link goes.
    """

    left: RecordRef
    right: RecordRef
    baseline: Fields
    reason: Text
    replaces: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Agree:
    """Store a new baseline for a link: both sides came to it by themselves; writes nothing outside."""

    left: RecordRef
    right: RecordRef
    baseline: Fields
    reason: Text


@dataclass(frozen=True, slots=True)
class Unlink:
    """Stop keeping two records in step.

    `keep` is the side whose record lives on: keep the link, marked `orphaned`. None: both are deleted, forget it.
    """

    left: RecordRef
    right: RecordRef
    keep: Side | None
    reason: Text


ParkKind = Literal["conflict", "match", "deletion", "waits", "incomplete", "unread", "invalid"]


@dataclass(frozen=True, slots=True)
class Park:
    """Something not done until the world is different; made again by each plan until then.

    conflict     a field (`conflict`), to be decided by a person: come back with a Resolution in `overrides`
    match        a person has to decide whether records match: plan again with the verdict. `candidates` are the
                 records of the other side it could be
    deletion     a person has to decide about a deleted record's partner: plan again with `deletion`
    waits        `field` points at a record that is not linked yet
    incomplete   `field` is required and blank
    unread       a linked record was neither read nor reported deleted, or `field` of a record that is not
                 complete would be written over unseen: come back with the complete record
    invalid      `field` holds what cannot be meant
    """

    kind: ParkKind
    left: RecordRef | None
    right: RecordRef | None
    field: str
    reason: Text
    conflict: Conflict | None = None
    candidates: tuple[RecordRef, ...] = ()


NoteKind = Literal["one_way", "skipped"]


@dataclass(frozen=True, slots=True)
class Note:
    """A difference that stays by design: nobody is waited for."""

    kind: NoteKind
    left: RecordRef
    right: RecordRef
    field: str
    reason: Text


Write = Create | Update | Delete | Deactivate
Step = Create | Update | Delete | Deactivate | Adopt | Agree | Unlink | Park | Note


Ends = tuple[RecordRef | None, RecordRef | None]


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What one sync of a pair would do, in this order.

    `made_from` has, by the ends of each unit, a digest of what it was planned from. A plan may be kept and carried
    out later, but for the units of which the world has moved since (see `overtaken`).
    """

    pair: str
    steps: tuple[Step, ...] = ()
    made_from: Mapping[Ends, str] = field(default_factory=dict)

    @classmethod
    def joined(cls, pair: str, plans: Iterable["SyncPlan"]) -> "SyncPlan":
        steps: list[Step] = []
        made_from: dict[Ends, str] = {}
        for plan in plans:
            steps += plan.steps
            made_from |= plan.made_from
        return cls(pair, tuple(steps), made_from)

    def units(self) -> Iterator[tuple[Step, ...]]:
        """Steps that belong together, see the module's glossary."""
        for _, steps in groupby(self.steps, lambda step: (step.left, step.right)):
            yield tuple(steps)

    def first(self, most: int) -> "SyncPlan":
        """The first units that write or link something, `most` of them, and nothing else."""
        acting = (unit for unit in self.units() if not all(isinstance(step, Park | Note) for step in unit))
        return SyncPlan(self.pair, tuple(step for unit in islice(acting, most) for step in unit), self.made_from)

    def overtaken(self, now: "SyncPlan") -> frozenset[Ends]:
        """The units that may not be carried out any more, given the plan that would be made now."""
        return frozenset(ends for ends, digest in self.made_from.items() if now.made_from.get(ends) != digest)

    @property
    def digest(self) -> str:
        """One digest of everything the plan was made from, for saving and showing."""
        lines = sorted(f"{left} {right} {digest}" for (left, right), digest in self.made_from.items())
        return hashlib.blake2b("\n".join([self.pair, *lines]).encode(), digest_size=16).hexdigest()

    @property
    def writes(self) -> tuple[Write, ...]:
        """What is written to services."""
        return tuple(step for step in self.steps if isinstance(step, Create | Update | Delete | Deactivate))

    @property
    def parked(self) -> tuple[Park, ...]:
        return tuple(step for step in self.steps if isinstance(step, Park))

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(step for step in self.steps if isinstance(step, Note))

    @property
    def quiet(self) -> bool:
        """Nothing to write outside and nothing to remember; parks and notes may be left."""
        return all(isinstance(step, Park | Note) for step in self.steps)

    def counts(self) -> dict[str, int]:
        """How many steps of each kind, by lower-case name ("create"), those that occur."""
        return dict(Counter(type(step).__name__.lower() for step in self.steps))
