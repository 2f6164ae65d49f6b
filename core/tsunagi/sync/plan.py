"""What to do about one record of a pair, as it stands on both sides."""

from tsunagi.domain.conflicts import Conflict, ConflictPolicy
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Record
from tsunagi.sync import reasons
from tsunagi.sync.changes import changed_fields
from tsunagi.sync.creation import clones, create, recreate
from tsunagi.sync.link import Link, other
from tsunagi.sync.matching import Match
from tsunagi.sync.merge import find_conflicts
from tsunagi.sync.pairing import Deletions, Pairing, Terms
from tsunagi.sync.references import read
from tsunagi.sync.steps import Delete, Note, Park, Step, SyncPlan, Unlink
from tsunagi.sync.updates import merge_steps


def conflicts_of(pair: SyncPair, pairing: Pairing, terms: Terms) -> tuple[Conflict, ...]:
    """The conflicts to ask plugins about before planning; their answers go into `overrides`, by field."""
    left, right = pairing.side("left"), pairing.side("right")
    if left is None or right is None:
        return ()
    base = pairing.link.baseline if pairing.link else {}
    readings = (read(pair, "left", left, terms.references), read(pair, "right", right, terms.references))
    return find_conflicts(pair, base, *readings)


def plan_pair(pair: SyncPair, pairing: Pairing, terms: Terms) -> SyncPlan:
    """What one sync would do about this record: at most one unit of steps (two when it is cloned)."""
    return SyncPlan(pair.name, tuple(_steps(pair, pairing, terms)))


def _steps(pair: SyncPair, pairing: Pairing, terms: Terms) -> list[Step]:
    left, right = pairing.side("left"), pairing.side("right")
    if left and right:
        return _both(pair, pairing, left, right, terms)
    if pairing.link:
        return [step for step in [_one_missing(pair, pairing, pairing.link, terms)] if step]
    if left:
        return [create(pair, "right", left, terms)] if pair.direction.into("right") else []
    if right:
        return [create(pair, "left", right, terms)] if pair.direction.into("left") else []
    return []


def _both(pair: SyncPair, pairing: Pairing, left: Record, right: Record, terms: Terms) -> list[Step]:
    link, match = pairing.link, pairing.match
    if link and link.apart:
        return merge_steps(pair, pairing, left, right, link.baseline, terms, adopt=reasons.restored())
    if link:
        return merge_steps(pair, pairing, left, right, link.baseline, terms)
    if match is None:
        raise ValueError(f"{pair.name}: {left.ref} and {right.ref} are neither linked nor matched")
    return _met(pair, pairing, left, right, match, terms)


def _met(pair: SyncPair, pairing: Pairing, left: Record, right: Record, match: Match, terms: Terms) -> list[Step]:
    if match.certainty == "likely":
        return [Park("match", left.ref, right.ref, "", reasons.match_likely(match.why))]
    if match.certainty == "certain":
        # The policy says what becomes of records both sides had already; a person's word goes before it.
        if terms.policy is ConflictPolicy.ASK:
            return [Park("match", left.ref, right.ref, "", reasons.match_asked(match.why))]
        if terms.policy is ConflictPolicy.SKIP:
            return [Note("skipped", left.ref, right.ref, "", reasons.match_skipped(match.why))]
        if terms.policy is ConflictPolicy.CLONE:
            return list(clones(pair, left, right, terms))
    return merge_steps(pair, pairing, left, right, {}, terms, adopt=reasons.adopted(match.why))


def _one_missing(pair: SyncPair, pairing: Pairing, link: Link, terms: Terms) -> Step | None:
    if pairing.left_deleted and pairing.right_deleted:
        return Unlink(link.left, link.right, None, reasons.both_gone())
    gone: Side = "left" if pairing.left_deleted else "right"
    survivor = pairing.side(other(gone))
    if not (pairing.left_deleted or pairing.right_deleted) or survivor is None:
        missing: Side = "left" if pairing.side("left") is None and not pairing.left_deleted else "right"
        return None if link.apart else Park("unread", link.left, link.right, "", reasons.unread(missing))
    if link.apart:
        # Its other half has been gone for long: what happens to it now is nobody else's business.
        return None
    return _outlived(pair, link, gone, survivor, terms)


def _outlived(pair: SyncPair, link: Link, gone: Side, survivor: Record, terms: Terms) -> Step:
    now = read(pair, other(gone), survivor, terms.references).values
    edited = [change.field for change in changed_fields(link.baseline, now)]
    if edited and not pair.direction.into(gone):
        return Unlink(link.left, link.right, other(gone), reasons.kept_edited(gone, edited))
    if edited:
        # Deleted here, edited there: the edit survives.
        lost = link.left if gone == "left" else link.right
        return recreate(pair, gone, survivor, lost, terms, reasons.recreated(gone, edited))
    if terms.deletions is Deletions.FOLLOW and pair.direction.into(other(gone)):
        return Delete(other(gone), link.left, link.right, reasons.deleted_too(gone))
    return Unlink(link.left, link.right, other(gone), reasons.kept_alone(gone))
