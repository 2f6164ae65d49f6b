"""Putting something on the standing list: trouble of any kind, what a plan left for a person, and plugins that fail."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    PLUGIN_FAILED,
    Parameters,
    Reason,
)
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.plugin_hooks import HookFailure
from tsunagi.store.open_items import NewOpenItem, OpenItem, OpenItems
from tsunagi.sync.settings import Drift
from tsunagi.sync.steps import Park, ParkKind
from tsunagi.text import Text

# Passing trouble is tried again after a minute (seconds), then after twice as long each time, up to six hours.
_FIRST_PAUSE = 60
_LONGEST_PAUSE = timedelta(hours=6)
# How long what was put in order is kept for people to look back at.
_KEEP = timedelta(days=30)
_COMMAND = re.compile(r"\btsunagi [a-z]|(?<![\w-])--[a-z]")
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
PLUGIN = "plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is to be reported. `key` is natural; `hint`, where given, is a better remedy than the reason's own.

    `retry_after` (seconds) is what the service requested. `facts` are kept for the one who reports, beside the
    parameters of the words.
    """

    key: str
    kind: str
    service: str
    reason: Reason
    parameters: Parameters
    records: Sequence[RecordRef] = ()
    hint: Text | None = None
    retry_after: float | None = None
    facts: Fields | None = None


def report(context: Context, session: Session, trouble: Trouble) -> None:
    """Put it on the list, or count one more try that failed."""
    report_all(context, session, [trouble])


def report_all(context: Context, session: Session, troubles: Sequence[Trouble]) -> None:
    """As `report`, all at once."""
    before = OpenItems(session).attempts([trouble.key for trouble in troubles])
    now = context.now()
    OpenItems(session).report([_item(context, each, 1 + before.get(each.key, 0), now) for each in troubles], now)


def _item(context: Context, trouble: Trouble, attempts: int, now: datetime) -> NewOpenItem:
    reason = trouble.reason
    parameters = {"service": _label(context, trouble.service), **trouble.parameters}
    text, remedy = reason.texts(parameters)
    return NewOpenItem(
        key=trouble.key,
        kind=trouble.kind,
        service=trouble.service,
        records=trouble.records,
        reason=reason.code,
        parameters={**{name: _kept(value) for name, value in parameters.items()}, **(trouble.facts or {})},
        text=text,
        remedy=remedy and _remedy(trouble.hint, remedy),
        resolver=reason.resolver,
        attempts=attempts,
        next_try=now + pause(attempts, trouble.retry_after) if reason.passing else None,
    )


def _remedy(hint: Text | None, remedy: Text) -> Text:
    """The list is read on pages and by programs too: a hint that names a command is for people at a terminal."""
    return remedy if hint is None or _COMMAND.search(hint.en) else hint


def resolve(context: Context, session: Session, keys: Iterable[str]) -> None:
    """These are in order."""
    now = context.now()
    if OpenItems(session).resolve(keys, now):
        OpenItems(session).forget(now - _KEEP)


def pause(attempts: int, asked: float | None = None) -> timedelta:
    """How long to wait before the next try, after this many; at least as long as the service requested."""
    doubled = timedelta(seconds=_FIRST_PAUSE << min(attempts - 1, 20))
    return max(min(doubled, _LONGEST_PAUSE), timedelta(seconds=asked or 0))


def _label(context: Context, service: str) -> Text:
    kind = context.registry.connectors.get(service)
    return kind.label if kind else Text.same(service)


def _kept(value: Text | str | int) -> Value:
    return {"en": value.en, "ja": value.ja} if isinstance(value, Text) else value


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


def report_hooks(context: Context, session: Session) -> None:
    """Keep what plugins did since this was last called; in whatever transaction comes next."""
    changes = context.hooks.failures.take_changes()
    failed = [_failure_of(failure) for failure in changes.values() if failure is not None]
    if failed:
        report_all(context, session, failed)
    mended = [_key(*which) for which, failure in changes.items() if failure is None]
    if mended:
        resolve(context, session, mended)


def remember_hooks(context: Context) -> None:
    """Once in a process: take over from the list what failed earlier; a plugin that was removed fails no more."""
    failures = context.hooks.failures
    if failures.remembered:
        return
    with context.store.read() as session:
        items = list(OpenItems(session).all(kind=PLUGIN))
    removed = [item.key for item in items if item.parameters["plugin"] not in context.hooks.plugins]
    failures.remember([_failure(item) for item in items if item.key not in removed])
    if removed:
        with context.store.write() as session:
            resolve(context, session, removed)


def _failure_of(failure: HookFailure) -> Trouble:
    parameters = {"plugin": failure.plugin, "hook": failure.hook, "about": failure.about}
    return Trouble(
        key=_key(*failure.of),
        kind=PLUGIN,
        service="",
        reason=PLUGIN_FAILED,
        parameters={**parameters, "times": failure.times, "said": failure.reason},
    )


def _failure(item: OpenItem) -> HookFailure:
    plugin, hook, about, said = (str(item.parameters[name]) for name in ("plugin", "hook", "about", "said"))
    times = item.parameters["times"]
    return HookFailure(plugin, hook, about, said, times if isinstance(times, int) else 1)


def _key(plugin: str, hook: str) -> str:
    return f"{PLUGIN}:{plugin}:{hook}"
