"""Putting something on the standing list, in the transaction of what it reports."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import Parameters, Reason
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.text import Text

# Passing trouble is tried again after a minute (seconds), then after twice as long each time, up to six hours.
_FIRST_PAUSE = 60
_LONGEST_PAUSE = timedelta(hours=6)
# How long what was put in order is kept for people to look back at.
_KEEP = timedelta(days=30)
_COMMAND = re.compile(r"\btsunagi [a-z]|(?<![\w-])--[a-z]")


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
