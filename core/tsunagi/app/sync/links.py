"""Links and baselines: what is remembered of two records that are one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.intents import Intent
from tsunagi.store.links import Link, Links, NewLink

# Why two records are linked: the hub made one for the other, or both were there before and matched.
CREATED = "created"
MATCHED = "matched"
# So many references are known before they are looked up anew.
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of both records as they were planned from.

    Empty for a record that is not there, and for two that the next plan has to look at again.
    """

    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two records that are one, the canonical values both have now, and who linked them."""

    pair: str
    left: RecordRef
    right: RecordRef
    values: Fields
    versions: Versions
    cause: str


def agree(session: Session, agreements: Sequence[Agreement], at: datetime) -> None:
    """Link each two records, unless they are linked, and store the values both have now."""
    links = Links(session)
    partners = {(each.pair, end): each for each in agreements for end in (each.left, each.right)}
    known = {link.id: link for some in links.of_many(end for _, end in partners).values() for link in some}
    # A record that outlived its partner and found another one leaves the old link behind.
    links.remove([old.id for old in known.values() if old.orphaned and _found_another(old, partners)])
    made = links.add_many([NewLink(each.pair, each.left, each.right, each.cause) for each in agreements], at)
    for link in made:
        if link.orphaned:
            links.set_orphaned(link.id, False)
    kept = zip(made, agreements, strict=True)
    Baselines(session).save_many(
        {link.id: Baseline(each.values, each.versions.left, each.versions.right) for link, each in kept}
    )


def _found_another(old: Link, partners: Mapping[tuple[str, RecordRef], Agreement]) -> bool:
    now = [partners.get((old.pair, end)) for end in (old.left, old.right)]
    return any(each is not None and (each.left, each.right) != (old.left, old.right) for each in now)


def save_agreements(session: Session, writes: Sequence[tuple[Intent, Record | None]], at: datetime) -> None:
    """After writes of a sync. Each record is as it is now, None where it was deleted."""
    links = Links(session)
    synced = _without_partners([(intent, written) for intent, written in writes if intent.pair], links)
    # Intents that are stored call it "apart".
    _set_orphaned(links, [intent for intent, _ in synced if intent.plan.get("apart")])
    kept = [(intent, written) for intent, written in synced if not intent.plan.get("apart")]
    _remove_lost(links, kept)
    agree(session, [_agreement(intent, written) for intent, written in kept if written is not None], at)


def _set_orphaned(links: Links, deactivated: Sequence[Intent]) -> None:
    """Links of deactivated records become orphaned, and stay: the partner may be restored."""
    refs = [(intent.pair, intent.plan["left"]) for intent in deactivated]
    known = links.of_many(ref for _, ref in refs if isinstance(ref, RecordRef))
    for pair, ref in refs:
        for link in known.get(ref, ()) if isinstance(ref, RecordRef) else ():
            if link.pair == pair:
                links.set_orphaned(link.id, True)


def _without_partners(
    writes: Sequence[tuple[Intent, Record | None]], links: Links
) -> list[tuple[Intent, Record | None]]:
    """A record created again elsewhere may be another's partner: the next sync then finds two that match."""
    moved = links.of_many(written.ref for intent, written in writes if written and made_anew(intent, written))
    return [
        (intent, written)
        if written is None or not any(link.pair == intent.pair for link in moved.get(written.ref, ()))
        else (intent, None)
        for intent, written in writes
    ]


def made_anew(intent: Intent, written: Record) -> bool:
    """An update that the service has no call for: the record was moved, and has another id now."""
    return intent.write.operation == "update" and intent.write.target != written.ref


def _lost(intent: Intent, written: Record | None) -> Value:
    """The record whose link goes with this write."""
    if intent.write.operation == "update":
        return intent.write.target if written is None or made_anew(intent, written) else None
    return intent.plan.get("replaces" if written else "left")


def _remove_lost(links: Links, writes: Sequence[tuple[Intent, Record | None]]) -> None:
    lost = [(intent.pair, _lost(intent, written)) for intent, written in writes]
    known = links.of_many(ref for _, ref in lost if isinstance(ref, RecordRef))
    links.remove(
        [
            link.id
            for pair, ref in lost
            if isinstance(ref, RecordRef)
            for link in known.get(ref, ())
            if link.pair == pair
        ]
    )


def _agreement(intent: Intent, written: Record) -> Agreement:
    plan = intent.plan
    side, baseline, versions = plan["side"], plan["baseline"], plan["versions"]
    assert isinstance(baseline, Mapping)
    assert isinstance(versions, Mapping)
    left, right = (written.ref if side == end else plan[end] for end in ("left", "right"))
    assert isinstance(left, RecordRef)
    assert isinstance(right, RecordRef)
    now = {end: written.version if side == end else str(versions[end]) for end in ("left", "right")}
    # Something of these two is still to be written, or is parked: the next plan looks at both again.
    seen = Versions(**now) if plan["settles"] else Versions()
    return Agreement(intent.pair, left, right, baseline, seen, CREATED)


class References:
    """Which record another is linked with, looked up once for each while a plan is made."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: dict[tuple[str, RecordRef], Link | None] = {}
        self._matched: set[RecordRef] = set()
        self._read: set[RecordRef] = set()

    def __call__(self, pair: str, ref: RecordRef) -> RecordRef | None:
        link = self.link(pair, ref)
        return None if link is None else link.other(ref)

    def link(self, pair: str, ref: RecordRef) -> Link | None:
        key = (pair, ref)
        if key not in self._found:
            self.learn(pair, [ref])
        return self._found[key]

    def learn(self, pair: str, refs: Sequence[RecordRef]) -> None:
        """Look many up at once."""
        missing = [ref for ref in dict.fromkeys(refs) if (pair, ref) not in self._found]
        if len(self._found) > _MOST_KNOWN:
            # What a page of records refers to is enough to know; of a million, what the first ones did is not kept.
            self._found.clear()
            missing = list(dict.fromkeys(refs))
        with self._context.store.read() as session:
            links = [*Links(session).of_pair(pair, "left", missing).items()]
            links += Links(session).of_pair(pair, "right", missing).items()
        self._found |= {(pair, ref): None for ref in missing} | {(pair, ref): link for ref, link in links}
        self._matched |= {end for _, link in links if link.cause == MATCHED for end in (link.left, link.right)}

    def learn_of(self, pair: SyncPair, records: Sequence[Record]) -> None:
        """Look up whatever the reference fields of these records point at."""
        for fm in pair.mapping.fields:
            if fm.reference:
                values = [
                    record.fields.get(name) for record in records for name in (*fm.names("left"), *fm.names("right"))
                ]
                self.learn(fm.reference, [value for value in values if isinstance(value, RecordRef)])

    def was_read(self, ref: RecordRef) -> bool:
        """Were the people of this customer read for this plan?"""
        return ref in self._read

    def have_read(self, ref: RecordRef) -> None:
        self._read.add(ref)

    def was_matched(self, ref: RecordRef) -> bool:
        """Was this record there before the context, and linked by a match?"""
        return ref in self._matched
