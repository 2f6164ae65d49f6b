"""For operators: is the hub healthy, and what has it done."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Depends, Response, Security
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field

from tsunagi.app.connectors import api_metrics
from tsunagi.app.views.overview import check_health
from tsunagi.http.api import problems
from tsunagi.http.api.schemas import DESCRIBED
from tsunagi.http.auth import AnyCaller, SignedIn, may_read_metrics
from tsunagi.hub import Hub
from tsunagi.translation import say

router = APIRouter(tags=["operations"])

# Known from the start, so that a watch sees them before the first call is made.
api_metrics()


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
