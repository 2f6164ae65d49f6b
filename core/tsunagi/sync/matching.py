"""Which records that stood on both sides before the first sync are one.

A match is *certain* when every `match_on` field is filled and
 - equal as it stands (canonical), or
 - equal once normalised (see tsunagi.sync.names), with legal forms that may be one company's,
and no other record could claim it. It is *likely*, to be confirmed by a person, when something less speaks for
it: names that differ in legal form, accents, gaps or the order of words, or the same e-mail address under
another name. Where two records could claim one, none gets it: they are an Ambiguous group.
The outcome does not depend on the order records come in, nor on which side is called left.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.sync import reasons
from tsunagi.sync.names import NormalName, fold, normal_name
from tsunagi.text import Text

Certainty = Literal["confirmed", "certain", "likely"]
Verdicts = Mapping[tuple[RecordRef, RecordRef], bool]
"""What people have said of (left, right): True, they are one; False, they are not."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two records that are one; `confirmed` when a person said so."""

    left: RecordRef
    right: RecordRef
    certainty: Certainty
    why: Text


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Records that may be one in more than one way."""

    lefts: tuple[RecordRef, ...]
    rights: tuple[RecordRef, ...]
    why: Text


@dataclass(frozen=True, slots=True)
class Matching:
    """Every record given, in exactly one place."""

    matches: tuple[Match, ...]
    ambiguous: tuple[Ambiguous, ...]
    left_only: tuple[RecordRef, ...]
    right_only: tuple[RecordRef, ...]


def match_records(
    pair: SyncPair,
    lefts: Mapping[RecordRef, Fields],
    rights: Mapping[RecordRef, Fields],
    verdicts: Verdicts | None = None,
) -> Matching:
    """Match records that are not linked yet, given by ref with their canonical values (see sync.references)."""
    if not (lefts and rights):
        # The usual case after the first sync; names need not be taken apart for it.
        return Matching((), (), tuple(sorted(lefts)), tuple(sorted(rights)))
    room = _Room(
        {ref: _face(pair, ref, "left", values) for ref, values in lefts.items()},
        {ref: _face(pair, ref, "right", values) for ref, values in rights.items()},
        verdicts or {},
    )
    matches = room.confirmed()
    everyone = room.groups(lambda face: face.named)
    matches += room.certain(lambda face: face.exact, reasons.same_values(pair.match_on))
    matches += room.certain(lambda face: face.named and (face.named, face.forms), reasons.same_name(pair.match_on))
    matches += room.certain(
        lambda face: face.named if _alone(everyone.get(face.named)) else None, reasons.same_name(pair.match_on)
    )
    likely, ambiguous = room.resemblances()
    return Matching(
        tuple(sorted(matches + likely, key=lambda match: (match.left, match.right))),
        tuple(sorted(ambiguous, key=lambda group: group.lefts)),
        tuple(sorted(room.lefts)),
        tuple(sorted(room.rights)),
    )


@dataclass(frozen=True, slots=True)
class _Face:
    """What is looked at to tell a record: None where a `match_on` field is blank."""

    ref: RecordRef
    side: Side
    exact: Hashable
    named: Hashable
    forms: Hashable
    names: tuple[NormalName, ...]
    evidence: frozenset[tuple[str, Hashable]]


@dataclass(slots=True)
class _Group:
    lefts: list[_Face] = field(default_factory=list)
    rights: list[_Face] = field(default_factory=list)

    def add(self, face: _Face) -> None:
        (self.lefts if face.side == "left" else self.rights).append(face)


def _alone(group: _Group | None) -> bool:
    return group is not None and len(group.lefts) == len(group.rights) == 1


@dataclass(slots=True)
class _Room:
    """The records nobody has matched yet; those that are matched leave it."""

    lefts: dict[RecordRef, _Face]
    rights: dict[RecordRef, _Face]
    verdicts: Verdicts

    def confirmed(self) -> list[Match]:
        said = [pair for pair, one in self.verdicts.items() if one and pair[0] in self.lefts and pair[1] in self.rights]
        times = Counter(ref for pair in said for ref in pair)
        # Two verdicts on one record contradict each other: neither counts.
        clear = [pair for pair in said if times[pair[0]] == times[pair[1]] == 1]
        return [self._match(left, right, "confirmed", reasons.said_by_person()) for left, right in clear]

    def certain(self, key: Callable[[_Face], Hashable], why: Text) -> list[Match]:
        pairs = [
            (group.lefts[0], group.rights[0])
            for group in self.groups(key).values()
            if _alone(group) and _may_be_one(group)
        ]
        return [self._match(left.ref, right.ref, "certain", why) for left, right in pairs]

    def groups(self, key: Callable[[_Face], Hashable]) -> dict[Hashable, _Group]:
        """Records by key, without those whose key is None and those people told apart from all others there."""
        groups: dict[Hashable, _Group] = defaultdict(_Group)
        for face in (*self.lefts.values(), *self.rights.values()):
            value = key(face)
            if value is not None:
                groups[value].add(face)
        return {value: self._without_strangers(group) for value, group in groups.items()}

    def resemblances(self) -> tuple[list[Match], list[Ambiguous]]:
        likely: list[Match] = []
        ambiguous: list[Ambiguous] = []
        for group in self._clusters():
            lefts, rights = (tuple(sorted(face.ref for face in faces)) for faces in (group.lefts, group.rights))
            why = _why(group)
            if _alone(group):
                likely.append(self._match(lefts[0], rights[0], "likely", why))
            elif lefts and rights:
                ambiguous.append(Ambiguous(lefts, rights, why))
                self._leave(*lefts, *rights)
        return likely, ambiguous

    def _clusters(self) -> list[_Group]:
        """Records that resemble one another, directly or through others."""
        faces = [*self.lefts.values(), *self.rights.values()]
        head: dict[Hashable, Hashable] = {}

        def root(node: Hashable) -> Hashable:
            while (up := head.setdefault(node, node)) != node:
                head[node] = head[up]
                node = head[node]
            return node

        shared = self._shared_evidence(faces)
        for face in faces:
            for trait in face.evidence & shared:
                head[root(trait)] = root(face.ref)
        clusters: dict[Hashable, _Group] = defaultdict(_Group)
        for face in faces:
            clusters[root(face.ref)].add(face)
        return [self._without_strangers(group) for group in clusters.values() if group.lefts and group.rights]

    def _shared_evidence(self, faces: Iterable[_Face]) -> set[tuple[str, Hashable]]:
        # What only one side shows ties nothing together: ten accounts with one e-mail are still ten accounts.
        sides: dict[tuple[str, Hashable], set[Side]] = defaultdict(set)
        for face in faces:
            for trait in face.evidence:
                sides[trait].add(face.side)
        return {trait for trait, seen in sides.items() if len(seen) == 2}

    def _without_strangers(self, group: _Group) -> _Group:
        if not self.verdicts:
            return group
        while True:
            lefts = [a for a in group.lefts if not self._stranger([(a.ref, b.ref) for b in group.rights])]
            rights = [b for b in group.rights if not self._stranger([(a.ref, b.ref) for a in group.lefts])]
            if len(lefts) == len(group.lefts) and len(rights) == len(group.rights):
                return group
            group = _Group(lefts, rights)

    def _stranger(self, meetings: list[tuple[RecordRef, RecordRef]]) -> bool:
        return bool(meetings) and all(self.verdicts.get(meeting) is False for meeting in meetings)

    def _match(self, left: RecordRef, right: RecordRef, certainty: Certainty, why: Text) -> Match:
        self._leave(left, right)
        return Match(left, right, certainty, why)

    def _leave(self, *refs: RecordRef) -> None:
        for ref in refs:
            self.lefts.pop(ref, None)
            self.rights.pop(ref, None)


def _face(pair: SyncPair, ref: RecordRef, side: Side, values: Fields) -> _Face:
    compared = [values.get(name) for name in pair.match_on]
    names = tuple(normal_name(value) for value in compared if isinstance(value, str) and not _is_email(value))
    # Pointers such as a contact's customer must agree even for a resemblance.
    refs = tuple(value for value in compared if isinstance(value, RecordRef))
    whole = all(value is not None and value != "" for value in compared)
    evidence: set[tuple[str, Hashable]] = set()
    email = values.get("email")
    if isinstance(email, str) and email:
        evidence.add(("email", (fold(email), refs)))
    if whole and names:
        evidence.add(("name", (tuple(name.key for name in names), refs)))
        evidence |= {("name", (number, tuple(name.loose[number] for name in names), refs)) for number in (0, 1)}
    return _Face(
        ref,
        side,
        exact=tuple(compared) if whole else None,
        named=tuple(map(_normal, compared)) if whole else None,
        forms=tuple(name.forms for name in names),
        names=names,
        evidence=frozenset(evidence),
    )


def _normal(value: Value) -> Hashable:
    if not isinstance(value, str):
        return value
    return fold(value) if _is_email(value) else normal_name(value).key


def _is_email(value: str) -> bool:
    return "@" in value and " " not in value


def _may_be_one(group: _Group) -> bool:
    left, right = group.lefts[0], group.rights[0]
    if left.exact == right.exact:
        return True
    return all(a.may_be(b) for a, b in zip(left.names, right.names, strict=True))


def _why(group: _Group) -> Text:
    left, right = ({trait for face in faces for trait in face.evidence} for faces in (group.lefts, group.rights))
    return reasons.resemblance(frozenset(kind for kind, _ in left & right))
