"""Which records that stood on both sides before the first sync are one.

Two records meet where they share a trait (see tsunagi.sync.match_keys); their score adds up what they share. From
the highest score down, two that are each other's only choice are a match: *certain* at `link_at` or above, *likely*
below, which a person has to confirm. Where several could claim one, none gets it: they are an Ambiguous group.
The outcome does not depend on the order records come in, nor on which side is called left.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from tsunagi.domain.mapping import MatchRules, SyncPair
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.sync import reasons
from tsunagi.sync.match_keys import Face, Trait, face_of, rules_of
from tsunagi.text import Text

Certainty = Literal["confirmed", "certain", "likely"]
Verdicts = Mapping[tuple[RecordRef, RecordRef], bool]
"""What people have decided of (left, right): True, they are one; False, they are not."""

# A trait shared by more pairs than this identifies nobody.
_MOST_PAIRS = 100

# What is taken from the score of a name by how it is the same.
_EXACT, _ONE_FORM_MISSING, _NAMESAKES, _ALIKE, _OTHER_FORM = 2, -2, -17, -27, -37
# However much else agrees, these two are not linked without a person.
_MOST_WITH_OTHER_FORM = 85
_MOST_WITH_OTHER_NUMBER = 60


@dataclass(frozen=True, slots=True)
class Match:
    """Two records that are one; `confirmed` when a person decided. `score` is in percent."""

    left: RecordRef
    right: RecordRef
    certainty: Certainty
    why: Text
    score: int = 100


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
    rules = rules_of(pair)
    return match_faces(
        rules,
        {ref: face_of(rules, values) for ref, values in lefts.items()},
        {ref: face_of(rules, values) for ref, values in rights.items()},
        verdicts,
    )


def match_faces(
    rules: MatchRules, lefts: dict[RecordRef, Face], rights: dict[RecordRef, Face], verdicts: Verdicts | None = None
) -> Matching:
    """As `match_records`, of what is looked at of each record; both dictionaries are used up.

    A record that shares no trait with any of the other side, and that no verdict names, may be left out: it is alone.
    """
    meeting = _Meeting(rules, lefts, rights, verdicts or {})
    matches = [*meeting.confirmed(), *meeting.certain()]
    likely, ambiguous = meeting.doubtful()
    return Matching(
        tuple(sorted([*matches, *likely], key=lambda match: (match.left, match.right))),
        tuple(sorted(ambiguous, key=lambda group: group.lefts)),
        tuple(sorted(meeting.lefts)),
        tuple(sorted(meeting.rights)),
    )


Couple = tuple[RecordRef, RecordRef]


@dataclass(frozen=True, slots=True)
class _Score:
    """How sure two records are one, in percent, and what speaks for it: (kind, strength, fields)."""

    percent: int
    evidence: tuple[reasons.Evidence, ...]


@dataclass(slots=True)
class _Block:
    lefts: list[RecordRef] = field(default_factory=list)
    rights: list[RecordRef] = field(default_factory=list)


@dataclass(slots=True)
class _Meeting:
    """The records nobody has matched yet; those that are matched leave it."""

    rules: MatchRules
    lefts: dict[RecordRef, Face]
    rights: dict[RecordRef, Face]
    verdicts: Verdicts
    scores: dict[Couple, _Score] = field(default_factory=dict)
    crowds: list[_Block] = field(default_factory=list)
    held: set[RecordRef] = field(default_factory=set)

    def confirmed(self) -> list[Match]:
        yes = [pair for pair, one in self.verdicts.items() if one and pair[0] in self.lefts and pair[1] in self.rights]
        times = Counter(ref for pair in yes for ref in pair)
        # Two verdicts on one record contradict each other: neither counts.
        clear = [pair for pair in yes if times[pair[0]] == times[pair[1]] == 1]
        return [self._match(couple, "confirmed", reasons.CONFIRMED_BY_PERSON, 100) for couple in clear]

    def certain(self) -> list[Match]:
        self._score_all()
        found: list[Match] = []
        sure = sorted(
            ((score.percent, couple) for couple, score in self.scores.items() if score.percent >= self.rules.link_at),
            key=lambda one: -one[0],
        )
        for percent, level in groupby(sure, key=lambda one: one[0]):
            free = [couple for _, couple in level if self._free(couple)]
            times = Counter(ref for couple in free for ref in couple)
            for couple in free:
                if times[couple[0]] == times[couple[1]] == 1:
                    why = reasons.evidence(self.scores[couple].evidence)
                    found.append(self._match(couple, "certain", why, percent))
                else:  # several could claim it: none gets it, not even by a lower score
                    self.held.update(couple)
        return found

    def doubtful(self) -> tuple[list[Match], list[Ambiguous]]:
        """Of those that are left: the ones a person has to look at, together with all they may be one with."""
        likely: list[Match] = []
        ambiguous: list[Ambiguous] = []
        for block, couples in self._clusters():
            lefts, rights = tuple(sorted(block.lefts)), tuple(sorted(block.rights))
            evidence = [self.scores[couple].evidence for couple in couples]
            why = reasons.evidence(evidence[0]) if len(couples) == 1 else reasons.resemblance(evidence)
            if len(couples) == 1 and len(lefts) == len(rights) == 1:
                likely.append(self._match(couples[0], "likely", why, self.scores[couples[0]].percent))
            else:
                ambiguous.append(Ambiguous(lefts, rights, why))
                self._leave(*lefts, *rights)
        return likely, ambiguous

    def _free(self, couple: Couple) -> bool:
        left, right = couple
        return left in self.lefts and right in self.rights and not (left in self.held or right in self.held)

    def _score_all(self) -> None:
        blocks = self._blocks()
        couples: set[Couple] = set()
        alone: set[Trait] = set()
        for trait, block in blocks.items():
            if len(block.lefts) * len(block.rights) > _MOST_PAIRS:
                if trait[1] == "same" and self.rules.keys[trait[0]].score >= self.rules.link_at:
                    self.crowds.append(block)
                continue
            possible = [
                (left, right)
                for left in block.lefts
                for right in block.rights
                if self.verdicts.get((left, right)) is not False
            ]
            couples.update(possible)
            if len(possible) == 1:
                alone.add(trait)
        for left, right in couples:
            score = self._score(self.lefts[left], self.rights[right], alone)
            if score.percent >= self.rules.review_at:
                self.scores[left, right] = score

    def _blocks(self) -> dict[Trait, _Block]:
        """Records of both sides by the traits they share."""
        blocks: dict[Trait, _Block] = defaultdict(_Block)
        for ref, face in self.lefts.items():
            for trait in face.traits:
                blocks[trait].lefts.append(ref)
        for ref, face in self.rights.items():
            for trait in face.traits & blocks.keys():
                blocks[trait].rights.append(ref)
        return {trait: block for trait, block in blocks.items() if block.rights}

    def _score(self, left: Face, right: Face, alone: set[Trait]) -> _Score:
        shared: dict[int, dict[str, Trait]] = defaultdict(dict)
        for trait in left.traits & right.traits:
            shared[trait[0]][trait[1]] = trait
        doubt, most = 1.0, 99
        evidence: list[reasons.Evidence] = []
        for number, traits in sorted(shared.items()):
            key = self.rules.keys[number]
            strength: reasons.Strength = "same"
            change = 0
            if key.kind == "name":
                strength, change = _name_strength(left, right, number, traits, alone)
            if strength == "other_form":
                most = min(most, _MOST_WITH_OTHER_FORM)
            doubt *= 1 - max(0, min(99, key.score + change)) / 100
            evidence.append((key.kind, strength, key.fields))
        if any(right.numbers.get(number, own) != own for number, own in left.numbers.items()):
            most = min(most, _MOST_WITH_OTHER_NUMBER)
        return _Score(min(most, round(100 * (1 - doubt))), tuple(evidence))

    def _clusters(self) -> Iterable[tuple[_Block, list[Couple]]]:
        """Free records that may be one, directly or through others."""
        head: dict[RecordRef, RecordRef] = {}

        def root(ref: RecordRef) -> RecordRef:
            while (up := head.setdefault(ref, ref)) != ref:
                head[ref] = head[up]
                ref = head[ref]
            return ref

        couples = [(left, right) for left, right in self.scores if left in self.lefts and right in self.rights]
        for left, right in couples:
            head[root(left)] = root(right)
        for crowd in self.crowds:
            members = [*filter(self.lefts.__contains__, crowd.lefts), *filter(self.rights.__contains__, crowd.rights)]
            for ref in members:
                head[root(ref)] = root(members[0])
        clusters: dict[RecordRef, tuple[_Block, list[Couple]]] = defaultdict(lambda: (_Block(), []))
        for ref in list(head):
            block = clusters[root(ref)][0]
            (block.lefts if ref in self.lefts else block.rights).append(ref)
        for couple in couples:
            clusters[root(couple[0])][1].append(couple)
        return [(block, found) for block, found in clusters.values() if block.lefts and block.rights]

    def _match(self, couple: Couple, certainty: Certainty, why: Text, score: int) -> Match:
        self._leave(*couple)
        return Match(*couple, certainty, why, score)

    def _leave(self, *refs: RecordRef) -> None:
        for ref in refs:
            self.lefts.pop(ref, None)
            self.rights.pop(ref, None)


def _name_strength(
    left: Face, right: Face, number: int, traits: Mapping[str, Trait], alone: set[Trait]
) -> tuple[reasons.Strength, int]:
    """How two names that share something are the same, and what that does to the key's score."""
    if "exact" in traits:
        return "exact", _EXACT
    if "same" not in traits:
        return "alike", _ALIKE
    names = list(zip(left.names[number], right.names[number], strict=True))
    if not all(ours.may_be(theirs) for ours, theirs in names):  # "Acme GmbH" and "Acme Inc." are two companies
        return "other_form", _OTHER_FORM
    if all(ours.forms == theirs.forms for ours, theirs in names):
        return "same", 0
    # "Acme" may be "Acme Inc", unless an "Acme GmbH" is about as well.
    return "same", _ONE_FORM_MISSING if traits["same"] in alone else _NAMESAKES
