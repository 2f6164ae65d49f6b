"""Documents whose day has come: an invoice is overdue and an estimate expired without anybody changing it.

No listing shows that as a change, so what fell due is read again on the day after, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.context import Context
from tsunagi.domain.records import RecordRef
from tsunagi.store.documents import Documents
from tsunagi.store.rule_runs import Schedules, ScheduleState

# No rule has such a name.
_KEY = "documents/fallen-due"


@dataclass(frozen=True, slots=True)
class FallenDue:
    """`records` are to be read again; `at` is when they were looked for."""

    records: Sequence[RecordRef]
    at: datetime


def fallen_due(context: Context) -> FallenDue | None:
    """What fell due since it was last asked for; None where it was asked for today, where the organisation is."""
    now = context.now()
    with context.store.read() as session:
        known = Schedules(session).get(_KEY)
    day_of = StoredContext(context, {}).day_of
    if known is None:
        return FallenDue((), now)
    since, until = day_of(known.last), day_of(now)
    if since == until:
        return None
    active = {connection.service for connection in context.connectors.active()}
    found: list[RecordRef] = []
    for kind in context.registry.entities.values():
        reached = {moment.to for moment in kind.moments if moment.by_date}
        if reached and kind.service in active and kind.kind == "document":
            with context.store.read() as session:
                due = Documents(session).due_between(kind.service, kind.name, since, until)
            found += [ref for ref, status in due if status not in reached]
    return FallenDue(found, now)


def keep(context: Context, found: FallenDue) -> None:
    """They were read."""
    with context.store.write() as session:
        Schedules(session).put(ScheduleState(rule=_KEY, words="", last=found.at))
