"""What a record is recognised by: its fields brought to keys that are equal where two records may be one.

A *trait* is such a key. Records that share one are looked at together, all others never meet, which keeps matching
near linear. A trait begins with the number of its MatchKey and its strength, and ends with what it counts within.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tsunagi.domain.mapping import MatchKey, MatchRules, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.sync.names import NormalName, fold, normal_name

Strength = Literal["exact", "same", "alike"]
Trait = tuple[int, Strength, Hashable, Hashable]

_OWN_SCORE = 97
_EMAIL_SCORE = 65
_PHONE_SCORE = 45

# Countries write a number with and without their own code and the zero before it: the end is what counts.
_PHONE_DIGITS = 9
_SHORTEST_PHONE = 6
# A Japanese invoice number is the corporate number behind a T.
_INVOICE_NUMBER = re.compile(r"T\d{13}")


@dataclass(frozen=True, slots=True)
class Face:
    """All that is looked at to recognise a record.

    `names` are by number of the MatchKey, `numbers` what no two records that are one may differ in.
    """

    traits: frozenset[Trait]
    names: dict[int, tuple[NormalName, ...]]
    numbers: dict[int, str]


def rules_of(pair: SyncPair) -> MatchRules:
    """The pair's own rules; without them, the fields it matches on, helped by e-mail and phone."""
    if pair.matching:
        return pair.matching
    references = {fm.name for fm in pair.mapping.references}
    within = tuple(name for name in pair.match_on if name in references)
    own = tuple(name for name in pair.match_on if name not in references)
    keys = [MatchKey(own, "email" if own == ("email",) else "name", _OWN_SCORE)] if own else []
    known = {fm.name for fm in pair.mapping.fields} - set(own)
    keys += [MatchKey(("email",), "email", _EMAIL_SCORE)] if "email" in known else []
    keys += [MatchKey(("phone",), "phone", _PHONE_SCORE)] if "phone" in known else []
    return MatchRules(tuple(keys), within)


def face_of(rules: MatchRules, values: Fields) -> Face:
    """A record without something it must agree in has no traits: it cannot be recognised."""
    within = tuple(values.get(name) for name in rules.within)
    traits: set[Trait] = set()
    names: dict[int, tuple[NormalName, ...]] = {}
    numbers: dict[int, str] = {}
    for number, key in enumerate(rules.keys):
        found = [values.get(name) for name in key.fields]
        if any(map(_blank, within)) or all(map(_blank, found)) or (key.kind != "name" and any(map(_blank, found))):
            continue
        if key.kind == "name":
            # Of a name in several parts some may be blank: a person without a first name is no other one's match.
            found = [value or "" for value in found]
            names[number] = tuple(normal_name(str(value)) for value in found)
            traits |= {(number, strength, name, within) for strength, name in _name_traits(found, names[number])}
            continue
        plain = tuple(_plain(key, value) for value in found)
        if all(plain):
            traits.add((number, "same", plain, within))
        if key.kind == "number":
            numbers[number] = " ".join(map(str, plain))
    return Face(frozenset(traits), names, numbers)


def _name_traits(values: list[Value], names: tuple[NormalName, ...]) -> Iterator[tuple[Strength, Hashable]]:
    yield "exact", tuple(map(str, values))
    yield "same", tuple(name.key for name in names)
    for which in (0, 1):
        yield "alike", (which, tuple(name.loose[which] for name in names))


def _plain(key: MatchKey, value: Value) -> Hashable:
    if key.kind == "email":
        return fold(str(value))
    if key.kind == "phone":
        digits = "".join(filter(str.isdigit, unicodedata.normalize("NFKC", str(value))))
        return digits[-_PHONE_DIGITS:] if len(digits) >= _SHORTEST_PHONE else ""
    if key.kind == "number":
        number = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", str(value)))).upper()
        return number[1:] if _INVOICE_NUMBER.fullmatch(number) else number
    return str(value) if isinstance(value, Mapping) else value


def _blank(value: Value) -> bool:
    return value is None or value == ""


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
