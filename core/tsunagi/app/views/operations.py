"""How the hub itself fares: the worker, what runs and waits, what failed and why, calls and limits, plugins."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.access.auditing import require_known_administrator
from tsunagi.app.connectors import Meter, allowance_of
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.domain.directory import Person
from tsunagi.hookspecs import CONTRACT
from tsunagi.plugin_loading import PluginReport
from tsunagi.store.connections import Connection
from tsunagi.store.day_budgets import DayBudget, DayBudgets
from tsunagi.store.intents import Intents
from tsunagi.store.notifications import Inbox, Notice, Subscriptions
from tsunagi.store.open_items import Cause, OpenItems
from tsunagi.store.rate_limits import RateBuckets
from tsunagi.store.sync_runs import SyncRun, SyncRuns

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ServiceCalls:
    """How a service is called. `calls` are those of this process since it started, by method.

    `per_minute` is the limit the hub keeps, None where it keeps none or has not called yet. `day` is what is left of
    the day's calls, None where nothing is known of them; syncs leave `reserved` of them to people, and wait until
    `waits_until`. Nobody calls before `blocked_until`.
    """

    service: str
    calls: Mapping[str, int]
    per_minute: int | None
    day: DayBudget | None
    reserved: int
    waits_until: dt.datetime | None
    blocked_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A subscription to callbacks of a service, and when it ends unless it is renewed."""

    service: str
    entities: Sequence[str]
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Operations:
    """`worker` is here (this process), elsewhere or none. `waiting` are the oldest of `notices` records to be read.

    `writes` counts writes to services by state; `causes` groups what is open by why.
    """

    worker: str
    running: Sequence[SyncRun]
    notices: int
    waiting: Sequence[Notice]
    batches: int
    writes: Mapping[str, int]
    causes: Sequence[Cause]
    services: Sequence[ServiceCalls]
    channels: Sequence[Channel]
    plugins: Sequence[PluginReport]
    contract: int


def operations(
    context: Context, actor: Person | None, jobs: Jobs, meter: Meter, plugins: Sequence[PluginReport]
) -> Operations:
    """As the store and this process know it; no service is asked. Raises PermissionDenied."""
    require_known_administrator(actor)
    worker = "here" if jobs.running else "elsewhere" if jobs.worked_elsewhere() else "none"
    connections = context.connectors.active()
    with context.store.read() as session:
        inbox = Inbox(session)
        return Operations(
            worker=worker,
            running=[run for run in SyncRuns(session).latest().items if run.state == "running"],
            notices=inbox.waiting(),
            waiting=inbox.next(limit=_MOST_SHOWN),
            batches=len(Intents(session).pending_batches()),
            writes=Intents(session).count_states(),
            causes=OpenItems(session).causes(),
            services=_service_calls(context, session, connections, meter),
            channels=[
                Channel(each.service, each.subscription.entities, each.subscription.expires_at)
                for each in Subscriptions(session).all()
            ],
            plugins=plugins,
            contract=CONTRACT,
        )


def service_calls(context: Context, actor: Person | None, meter: Meter) -> list[ServiceCalls]:
    """Of every connected service. Raises PermissionDenied."""
    require_known_administrator(actor)
    connections = context.connectors.active()
    with context.store.read() as session:
        return _service_calls(context, session, connections, meter)


def _service_calls(
    context: Context, session: Session, connections: Sequence[Connection], meter: Meter
) -> list[ServiceCalls]:
    now, reserved = context.now(), context.connectors.budgets.reserved
    calls, blocked, days = meter.by_service(), RateBuckets(session).blocked(now), DayBudgets(session).all(now)
    found = []
    for each in connections:
        day = days.get(allowance_of(each))
        limits = context.connectors.limits(each.service)
        found.append(
            ServiceCalls(
                service=each.service,
                calls=calls.get(each.service, {}),
                per_minute=limits.per_minute if limits else None,
                day=day,
                reserved=day.reserved(reserved) if day else 0,
                waits_until=day.waits_until(reserved, now) if day else None,
                blocked_until=blocked.get(allowance_of(each)),
            )
        )
    return found
