"""Each creation is made once for its source; and who was made for whom, long after both were parted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.mapping import Side, other
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Link, Links
from tsunagi.store.records import Records
from tsunagi.sync.matching import Verdicts


def digest_of(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def creation_key(
    pair: str, side: Side, left: RecordRef | None, right: RecordRef | None, replaces: RecordRef | None = None
) -> str:
    """One creation on `side` for a record, for ever."""
    return digest_of([pair, "Create", side, str(left), str(right), str(replaces)])


def _next_key(key: str, made: RecordRef) -> str:
    return digest_of([key, str(made)])


def made_once(context: Context, intents: Sequence[NewIntent]) -> list[NewIntent]:
    """A key identifies one creation. Where what it made is deleted, or another's partner, the next key is for another.

    Creations under a key that is done are not made again: so the plan of a moment ago makes nothing twice.
    """
    creating = {intent.key: intent for intent in intents if intent.write.operation == "create"}
    keys = {intent.key: intent.key for intent in intents}
    while creating:
        with context.store.read() as session:
            known = Intents(session).get_many(list(creating))
            made = {key: intent.result for key, intent in known.items() if intent.result is not None}
            there = Records(session).get_many(made.values())
            links = Links(session).of_many(there)
        spent = {
            key: ref for key, ref in made.items() if ref not in there or not _is_its(creating[key], ref, links.get(ref))
        }
        creating = {_next_key(key, ref): creating[key] for key, ref in spent.items()}
        keys |= {intent.key: key for key, intent in creating.items()}
    return [replace(intent, key=keys[intent.key]) for intent in intents]


def _is_its(intent: NewIntent, ref: RecordRef, links: Sequence[Link] | None) -> bool:
    """Is this record, which was made for the source of a creation, its partner?"""
    if not intent.pair:
        return True
    ends = {intent.plan.get("left"), intent.plan.get("right")}
    return any(link.pair == intent.pair and link.other(ref) in ends for link in links or ())


def partners_of_creations(
    session: Session, pair: str, side: Side, records: Sequence[Record], verdicts: Verdicts
) -> Mapping[RecordRef, tuple[RecordRef, ...]]:
    """Of unlinked records of `side`, those living ones of the other that were made for them, or that they were made
    for; a person's verdict that two are not one goes before.
    """
    refs = [record.ref for record in records]
    found: dict[RecordRef, set[RecordRef]] = {ref: set() for ref in refs}
    asked = {_own_key(pair, side, ref, None): ref for ref in refs}
    for ref, intent in Intents(session).creating(refs).items():
        source = intent.plan.get(other(side))
        if intent.pair == pair and isinstance(source, RecordRef):
            found[ref].add(source)
            asked[_own_key(pair, side, ref, source)] = ref
    while asked:
        known = Intents(session).get_many(list(asked))
        made = {key: intent.result for key, intent in known.items() if intent.result is not None}
        behind: dict[str, RecordRef] = {}
        for key, result in made.items():
            found[ref := asked[key]].add(result)
            behind |= dict.fromkeys((_next_key(key, result), _own_key(pair, side, ref, result)), ref)
        asked = behind
    there = Records(session).get_many({partner for some in found.values() for partner in some})
    apart = {ref for couple, are_one in verdicts.items() if not are_one for ref in (couple, couple[::-1])}
    kept = {
        ref: tuple(each for each in sorted(some & there.keys()) if (ref, each) not in apart)
        for ref, some in found.items()
    }
    return {ref: some for ref, some in kept.items() if some}


def _own_key(pair: str, side: Side, ref: RecordRef, replaces: RecordRef | None) -> str:
    """The key under which a partner was made for a record of `side`, in place of another or as its first."""
    left, right = (ref, None) if side == "left" else (None, ref)
    return creation_key(pair, other(side), left, right, replaces)
