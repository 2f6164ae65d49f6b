"""For whoever runs the hub: its health, its figures, how its work stands, the audit log and the plugins."""

import datetime as dt
from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response, Security
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field

from tsunagi.app.access import auditing
from tsunagi.app.connectors import api_metrics
from tsunagi.app.views.operations import ServiceCalls, operations
from tsunagi.app.views.overview import check_health
from tsunagi.http.api import problems
from tsunagi.http.api.schemas import DESCRIBED, After, Limit, Listing
from tsunagi.http.auth import AnyCaller, SignedIn, may_read_metrics
from tsunagi.hub import Hub
from tsunagi.translation import say

router = APIRouter(tags=["operations"])

# Known from the start, so that a watch sees them before the first call is made.
api_metrics()
audit_router = APIRouter(tags=["operations"])


class HealthOut(BaseModel):
    """`works`: this process makes writes and reads notifications; another one does where it is false."""

    status: Literal["ok", "failing"]
    version: str
    database: bool
    works: bool
    plugin_problems: int = Field(description="plugins that were not loaded, and hooks that failed")
    broken_rules: int
    open_for_person: int = Field(description="open items that somebody has to act on")
    open_by_itself: int = Field(description="open items that are tried again by themselves")


@router.get("/health", summary="Is the hub well?", responses={503: {"model": HealthOut}})
def health(server: AnyCaller, response: Response) -> HealthOut:
    """503 where the hub cannot reach its own database."""
    found = check_health(server.hub.context, server.hub.jobs, server.hub.plugins)
    response.status_code = 200 if found.database else 503
    return HealthOut(
        status="ok" if found.database else "failing",
        version=version("tsunagi"),
        database=found.database,
        works=found.works,
        plugin_problems=found.plugin_problems,
        broken_rules=found.broken_rules,
        open_for_person=found.open_items.person,
        open_by_itself=found.open_items.itself,
    )


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses=problems.ANSWERS,
    dependencies=[Depends(may_read_metrics), Security(DESCRIBED)],
)
def metrics(server: AnyCaller) -> Response:
    """With a token, unless the setting `metrics_open` lets everybody read them."""
    own = CollectorRegistry()
    own.register(_Vitals(server.hub))
    return Response(generate_latest(REGISTRY) + generate_latest(own), media_type=CONTENT_TYPE_LATEST)


class _Vitals(Collector):
    """Metrics computed on request."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        found = check_health(self._hub.context, self._hub.jobs, self._hub.plugins)
        yield _gauge("tsunagi_database_up", "1 while the database answers", int(found.database))
        yield _gauge("tsunagi_works", "1 in the process that makes writes", int(found.works))
        yield _gauge("tsunagi_notifications_waiting", "notified records not read yet", found.notices_waiting)
        yield _gauge("tsunagi_plugin_problems", "plugins that failed in whole or part", found.plugin_problems)
        yield _gauge("tsunagi_broken_rules", "rule files that cannot be used", found.broken_rules)
        still_open = GaugeMetricFamily("tsunagi_open_items", "open items by who acts on them", labels=["resolver"])
        still_open.add_metric(["person"], found.open_items.person)
        still_open.add_metric(["itself"], found.open_items.itself)
        yield still_open
        writes = GaugeMetricFamily("tsunagi_writes", "writes to services by state", labels=["state"])
        for state, count in found.writes.items():
            writes.add_metric([state], count)
        yield writes
        if found.last_sync:
            at = found.last_sync.timestamp()
            yield _gauge("tsunagi_last_sync_timestamp_seconds", "when the latest sync began", at)

    def describe(self) -> Iterator[Metric]:
        yield from ()


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


plugins_router = APIRouter(prefix="/plugins", tags=["plugins"])


class PluginOut(BaseModel):
    """`state` is active, disabled or failed; `brings` is what it contributed, by kind."""

    name: str
    distribution: str
    version: str
    state: str
    problem: str | None
    brings: dict[str, list[str]]


class PluginsOut(BaseModel):
    items: list[PluginOut]


@plugins_router.get("", summary="List plugins")
def list_plugins(caller: SignedIn) -> PluginsOut:
    return PluginsOut(
        items=[
            PluginOut(
                name=report.name,
                distribution=report.distribution,
                version=report.version,
                state=report.state,
                problem=say(report.problem) if report.problem else None,
                brings={kind: list(names) for kind, names in (report.brings or {}).items() if names},
            )
            for report in caller.hub.plugins
        ]
    )


class WaitingOut(BaseModel):
    """A record a service said has changed, which is still to be read."""

    service: str
    kind: str
    id: str
    received_at: dt.datetime
    attempts: int


class CauseOut(BaseModel):
    """Open items of one service with the same cause; `example` is the latest of them in words."""

    service: str
    kind: str
    reason: str
    count: int
    example: str


class ServiceCallsOut(BaseModel):
    service: str
    calls: dict[str, int] = Field(description="calls of this process since it started, by method")
    per_minute: int | None = Field(description="the limit the hub keeps")
    daily_limit: int | None = Field(description="as the service last said")
    left_today: int | None = Field(description="as the service last said")
    told_at: dt.datetime | None
    kept_for_people: int = Field(description="of the day's calls: syncs leave them to what people wait for")
    more_at: dt.datetime | None = Field(description="when the service has all calls of a day again, as far as it says")
    syncs_wait_until: dt.datetime | None = Field(description="set while syncs have used up their share of the day")
    blocked_until: dt.datetime | None


class ChannelOut(BaseModel):
    service: str
    kinds: list[str]
    expires_at: dt.datetime


class OperationsOut(BaseModel):
    """`worker` is here, elsewhere or none."""

    worker: str
    running: list[str] = Field(description="ids of sync runs under way")
    notices: int = Field(description="records that services said have changed, still to be read")
    waiting: list[WaitingOut]
    batches: int = Field(description="batches of writes that are not all made")
    writes: dict[str, int]
    causes: list[CauseOut]
    services: list[ServiceCallsOut]
    channels: list[ChannelOut]
    contract: int = Field(description="version of the plugin contract this hub speaks")


class AuditOut(BaseModel):
    """One act. `person` is an e-mail address, or hub."""

    id: int
    at: dt.datetime
    person: str
    action: str
    label: str
    subject: str
    details: dict[str, Any]


@audit_router.get("/operations", summary="Read how the hub's work stands")
def read_operations(caller: SignedIn) -> OperationsOut:
    """As the store and this process know it; no service is asked."""
    hub = caller.hub
    found = operations(hub.context, caller.person, hub.jobs, hub.meter, hub.plugins)
    return OperationsOut(
        worker=found.worker,
        running=[run.id for run in found.running],
        notices=found.notices,
        waiting=[
            WaitingOut(
                service=each.service,
                kind=each.entity,
                id=each.record_id,
                received_at=each.received_at,
                attempts=each.attempts,
            )
            for each in found.waiting
        ],
        batches=found.batches,
        writes=dict(found.writes),
        causes=[
            CauseOut(
                service=each.service,
                kind=each.kind,
                reason=each.reason,
                count=each.count,
                example=say(each.example),
            )
            for each in found.causes
        ],
        services=[_calls(each) for each in found.services],
        channels=[
            ChannelOut(service=each.service, kinds=list(each.entities), expires_at=each.expires_at)
            for each in found.channels
        ],
        contract=found.contract,
    )


@audit_router.get("/audit", summary="List who did what")
def list_audit(
    caller: SignedIn,
    person: Annotated[str, Query(max_length=320, description="e-mail address, or hub")] = "",
    action: Annotated[str, Query(max_length=100, examples=["tokens:create"])] = "",
    after: After = None,
    limit: Limit = 50,
) -> Listing[AuditOut]:
    """The latest first."""
    found = auditing.audit_log(
        caller.hub.context, caller.person, person=person, action=action, after=after, limit=limit
    ).entries
    return Listing(
        items=[
            AuditOut(
                id=each.id or 0,
                at=each.at,
                person=each.person,
                action=each.action,
                label=say(auditing.ACTIONS[each.action]) if each.action in auditing.ACTIONS else each.action,
                subject=each.subject,
                details=each.details,
            )
            for each in found.items
        ],
        next=found.next,
    )


def _calls(found: ServiceCalls) -> ServiceCallsOut:
    told = found.day
    return ServiceCallsOut(
        service=found.service,
        calls=dict(found.calls),
        per_minute=found.per_minute,
        daily_limit=told.limit if told else None,
        left_today=told.left if told else None,
        told_at=told.at if told else None,
        kept_for_people=found.reserved,
        more_at=told.resets_at if told else None,
        syncs_wait_until=found.waits_until,
        blocked_until=found.blocked_until,
    )
