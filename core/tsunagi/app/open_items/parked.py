"""What a plan left for a person, or until the world is different, on the standing list until a plan does it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import (
    PARKED_BLANK,
    PARKED_CONFLICT,
    PARKED_DELETION,
    PARKED_INVALID,
    PARKED_MATCH,
    PARKED_UNREAD,
    PARKED_WAITING,
    Reason,
)
from tsunagi.app.open_items.reporting import Trouble, report_all, resolve
from tsunagi.domain.mapping import SyncPair
from tsunagi.store.open_items import OpenItems
from tsunagi.sync.steps import Park, ParkKind

PARKED = "parked"
_REASONS: Mapping[ParkKind, Reason] = {
    "conflict": PARKED_CONFLICT,
    "match": PARKED_MATCH,
    "deletion": PARKED_DELETION,
    "waits": PARKED_WAITING,
    "incomplete": PARKED_BLANK,
    "unread": PARKED_UNREAD,
    "invalid": PARKED_INVALID,
}


def report_parked(context: Context, session: Session, pair: SyncPair, parked: Sequence[Park]) -> None:
    """A plan of the complete pair parked these; what an earlier one parked, and this one did not, is resolved."""
    prefix = f"{PARKED}:{pair.name}:"
    troubles = [_trouble(pair, prefix, park) for park in parked]
    open_before = OpenItems(session).texts(prefix)
    # Each plan parks the same again: identical items are left unchanged.
    report_all(
        context,
        session,
        [each for each in troubles if open_before.get(each.key) != each.reason.texts(each.parameters)[0]],
    )
    resolve(context, session, open_before.keys() - {each.key for each in troubles})


def resolve_parked(context: Context, session: Session, services: Sequence[str]) -> None:
    """These services are off: their pairs' items are closed until a plan parks them again."""
    pairs = [pair for pair in context.registry.pairs.values() if {pair.left.service, pair.right.service} & {*services}]
    for pair in pairs:
        resolve(context, session, OpenItems(session).keys(f"{PARKED}:{pair.name}:"))


def _trouble(pair: SyncPair, prefix: str, park: Park) -> Trouble:
    ends = [ref for ref in (park.left, park.right, *park.candidates) if ref is not None]
    return Trouble(
        key=f"{prefix}{park.kind}:{park.left or ''}|{park.right or ''}:{park.field}",
        kind=PARKED,
        service=pair.right.service,
        reason=_REASONS[park.kind],
        parameters={"pair": pair.label, "said": park.reason},
        records=ends,
        facts={"pair_name": pair.name, **({"field": park.field} if park.field else {})},
    )
