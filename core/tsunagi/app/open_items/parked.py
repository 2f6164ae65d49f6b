"""What a plan left for a person, or until the world is different, on the standing list until a plan does it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import (
    FIELD_GONE,
    FIELD_RETYPED,
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
from tsunagi.sync.settings import Drift
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
    """A plan of the complete pair parked these, and fields that are not what they were.

    What an earlier one parked, and this one did not, is resolved.
    """
    prefix = f"{PARKED}:{pair.name}:"
    troubles = [*(_trouble(pair, prefix, park) for park in parked), *_drifts(context, pair, prefix)]
    open_before = _report_new(context, session, prefix, troubles)
    resolve(context, session, open_before - {each.key for each in troubles})


def report_drifts(context: Context, session: Session, pair: SyncPair) -> None:
    """Fields that were found not to be what they were while something was written."""
    prefix = f"{PARKED}:{pair.name}:"
    _report_new(context, session, prefix, _drifts(context, pair, prefix))


def _report_new(context: Context, session: Session, prefix: str, troubles: Sequence[Trouble]) -> set[str]:
    """Each plan parks the same again: identical items are left unchanged. Returns what was open before."""
    before = OpenItems(session).texts(prefix)
    new = [each for each in troubles if before.get(each.key) != each.reason.texts(each.parameters)[0]]
    report_all(context, session, new)
    return set(before)


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


def _drifts(context: Context, pair: SyncPair, prefix: str) -> list[Trouble]:
    drifts = context.pair_settings.book().drifts.get(pair.name, ())
    return [_drift(context, pair, prefix, drift) for drift in drifts]


def _drift(context: Context, pair: SyncPair, prefix: str, drift: Drift) -> Trouble:
    end = pair.end(drift.side)
    kind = context.registry.entity(end.service, end.entity)
    said = drift.problem
    return Trouble(
        key=f"{prefix}drift:{drift.field}",
        kind=PARKED,
        service=end.service,
        reason=FIELD_GONE if drift.missing else FIELD_RETYPED,
        parameters={
            "service": context.registry.connector(end.service).label,
            "pair": pair.label,
            "kind": kind.label,
            "native": drift.native,
            "field": drift.field,
            "place": f"{said.path}:{said.line}",
            "said": said.message,
        },
        facts={"pair_name": pair.name, "field": drift.field},
    )
