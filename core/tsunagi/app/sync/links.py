"""Links and baselines: what is remembered of two records that are one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.intents import Intent
from tsunagi.store.links import Link, Links, NewLink

# Why two records are linked: the hub made one for the other, or both were there before and matched.
CREATED = "created"
MATCHED = "matched"


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of both records as they were planned from; empty for a record that is not there."""

    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two records that are one, the canonical values both now say, and who linked them."""

    pair: str
    left: RecordRef
    right: RecordRef
    values: Fields
    versions: Versions
    cause: str


def agree(session: Session, agreement: Agreement, at: datetime) -> None:
    """Link two records, unless they are linked, and keep what both now say."""
    links = Links(session)
    ends = {agreement.left, agreement.right}
    # A record that outlived its partner and found another one leaves the old link behind.
    links.remove([old.id for end in ends for old in links.of(end) if old.orphaned and {old.left, old.right} != ends])
    link = links.add(NewLink(agreement.pair, agreement.left, agreement.right, agreement.cause), at)
    if link.orphaned:
        links.set_orphaned(link.id, False)
    versions = agreement.versions
    Baselines(session).save(link.id, Baseline(agreement.values, versions.left, versions.right))


def save_agreement(session: Session, intent: Intent, written: Record | None, at: datetime) -> None:
    """After a sync's write. `written` is the record as it is now, None where it was deleted."""
    if not intent.pair:
        return
    plan = intent.plan
    links = Links(session)
    lost = plan.get("replaces") if written else plan.get("left")
    if isinstance(lost, RecordRef):
        links.remove([link.id for link in links.of(lost) if link.pair == intent.pair])
    if written is not None:
        agree(session, _agreement(intent, written), at)


def _agreement(intent: Intent, written: Record) -> Agreement:
    plan = intent.plan
    side, baseline, versions = plan["side"], plan["baseline"], plan["versions"]
    assert isinstance(baseline, Mapping)
    assert isinstance(versions, Mapping)
    left, right = (written.ref if side == end else plan[end] for end in ("left", "right"))
    assert isinstance(left, RecordRef)
    assert isinstance(right, RecordRef)
    now = {end: written.version if side == end else str(versions[end]) for end in ("left", "right")}
    return Agreement(intent.pair, left, right, baseline, Versions(**now), CREATED)


class References:
    """Which record another is linked with, asked once for each while a plan is made."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._found: dict[tuple[str, RecordRef], Link | None] = {}
        self._matched: set[RecordRef] = set()

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
        with self._context.store.read() as session:
            links = [*Links(session).of_pair(pair, "left", missing).items()]
            links += Links(session).of_pair(pair, "right", missing).items()
        self._found |= {(pair, ref): None for ref in missing} | {(pair, ref): link for ref, link in links}
        self._matched |= {end for _, link in links if link.cause == MATCHED for end in (link.left, link.right)}

    def learn_of(self, pair: SyncPair, records: Sequence[Record]) -> None:
        """Look up whatever the reference fields of these records point at."""
        for fm in pair.mapping.fields:
            if fm.reference:
                values = [record.fields.get(name) for record in records for name in (fm.left, fm.right)]
                self.learn(fm.reference, [value for value in values if isinstance(value, RecordRef)])

    def was_matched(self, ref: RecordRef) -> bool:
        """Was this record there before the context, and linked by a match?"""
        return ref in self._matched
