"""What is connected, and the live connectors: built when they are first needed, from what is stored, and shared."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from tsunagi.app.call_budgets import CallBudget, CallBudgets
from tsunagi.domain.connector import (
    ApiCall,
    Connector,
    ConnectorContext,
    ConnectorType,
    Limits,
    RateLimiter,
    SecretBox,
)
from tsunagi.domain.entities import FieldSpec
from tsunagi.errors import ConfigError, NotConnected, ServiceOff
from tsunagi.registry import Registry
from tsunagi.store.connections import Connection, Connections, ConnectionSecrets
from tsunagi.store.database import Store
from tsunagi.store.rate_limits import SharedRateLimiter
from tsunagi.text import Text
from tsunagi.validation import reasons

if TYPE_CHECKING:
    from prometheus_client import Counter as Metric


@cache
def api_metrics() -> "tuple[Metric, Metric]":
    """Calls and seconds as Prometheus counts them, once in a process."""
    # A command that calls no service need not import it.
    from prometheus_client import Counter as Metric  # noqa: PLC0415

    return (
        Metric("tsunagi_api_calls", "HTTP calls to services", ["service", "method", "status"]),
        Metric("tsunagi_api_seconds", "Seconds waited for services", ["service"]),
    )


@dataclass(slots=True)
class Meter:
    """Totals since the hub was opened; safe to use from several threads.

    `calls` counts by (service, method); `seconds` is the sum of all waits, so concurrent waits add up.
    """

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, call: ApiCall) -> None:
        with self._lock:
            self.calls[call.service, call.method] += 1
            self.seconds += call.seconds
            # Under the lock: two threads may not make the same counters.
            calls, seconds = api_metrics()
        calls.labels(call.service, call.method, str(call.status)).inc()
        seconds.labels(call.service).inc(call.seconds)

    def by_service(self) -> dict[str, dict[str, int]]:
        """Calls as {service: {method: count}}, in alphabetical order."""
        with self._lock:
            totals: dict[str, dict[str, int]] = {}
            for (service, method), count in sorted(self.calls.items()):
                totals.setdefault(service, {})[method] = count
            return totals


def allowance_of(connection: Connection) -> str:
    """The name of an organisation's allowance of calls, in the store."""
    return f"{connection.service}:{connection.organization.id}"


# Secrets an administrator entered, apart from those the connector keeps for itself (access tokens).
ENTERED = "settings."


class ConnectorPool:
    """The connected organisations and one connector for each, safe to use from several threads.

    `budgets` are what is left of each organisation's calls of the day; `reserved_calls` percent of them are kept for
    what people wait for. `allowed_hosts` may be entered beside the services' own; an existing connection is not checked
    again. `used_fields` is, by kind of record, which fields added by an organisation are kept in step.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        meter: Meter,
        now: Callable[[], datetime],
        *,
        allowed_hosts: Iterable[str] = (),
        used_fields: Callable[[str], Sequence[FieldSpec]] = lambda _: (),
        reserved_calls: int = 0,
    ) -> None:
        self._used_fields = used_fields
        self._store, self._registry, self._meter, self._now = store, registry, meter, now
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._connectors: dict[str, Connector] = {}
        self._retired: list[Connector] = []
        self._limits: dict[str, Limits] = {}
        self.budgets = CallBudgets(store, now, reserved_calls)
        self._lock = threading.Lock()

    def all(self) -> list[Connection]:
        """The connected organisations, in order of service."""
        with self._store.read() as session:
            return Connections(session).all()

    def active(self) -> list[Connection]:
        """Those that are not disabled."""
        return [connection for connection in self.all() if connection.active]

    def connection(self, service: str) -> Connection:
        """Raises NotConnected."""
        with self._store.read() as session:
            return Connections(session).get(service)

    def get(self, service: str) -> Connector:
        """The live connector of a service. Raises NotConnected, ServiceOff, ConfigError where its plugin is missing."""
        with self._lock:
            if service not in self._connectors:
                self._connectors[service] = self._build(service)
            return self._connectors[service]

    def limits(self, service: str) -> Limits | None:
        """How fast the service may be called; None where its connector has no limit, or was not needed yet."""
        return self._limits.get(service)

    def waits_until(self, service: str) -> datetime | None:
        """When a sync may call a service again that has used up its calls of the day; None where it may now."""
        try:
            return self.budgets.waits_until(allowance_of(self.connection(service)))
        except NotConnected:
            return None

    def days_for(self, service: str, calls: int) -> int:
        """On how many days syncs make so many calls, today included; 0 where nothing is known of its day."""
        return self.budgets.days_for(allowance_of(self.connection(service)), calls)

    def ran_out(self, service: str, seconds: float | None) -> None:
        """The service has no calls left today, for so long. Raises NotConnected."""
        self.budgets.ran_out(allowance_of(self.connection(service)), seconds)

    def forget(self, service: str) -> None:
        """Its settings changed: the next use builds a new one. Callers using the old one finish with it."""
        with self._lock:
            connector = self._connectors.pop(service, None)
            if connector is not None:
                self._retired.append(connector)

    def close(self) -> None:
        with self._lock:
            connectors = [*self._connectors.values(), *self._retired]
            self._connectors.clear()
            self._retired.clear()
        for connector in connectors:
            connector.close()
        self.budgets.keep()

    def context_for(
        self,
        kind: ConnectorType,
        settings: BaseModel,
        secrets: SecretBox,
        organization_id: str,
        base_currency: str = "",
    ) -> ConnectorContext:
        """What a connector is built from: its calls are counted, and share the limits of its organisation."""

        name = f"{kind.service}:{organization_id}"
        watching: list[CallBudget] = []

        def limiter(limits: Limits) -> RateLimiter:
            self._limits[kind.service] = limits
            watching[:] = [self.budgets.of(name, limits)] if organization_id else []
            return SharedRateLimiter(self._store, name, limits, now=self._now)

        def observe(call: ApiCall) -> None:
            self._meter.observe(call)
            for budget in watching:
                budget.observe(call)

        return ConnectorContext(
            connection=kind.service,
            organization_id=organization_id,
            settings=settings,
            secrets=secrets,
            limiter=limiter,
            observe=observe,
            now=self._now,
            base_currency=base_currency,
            added_fields=lambda entity: self._used_fields(f"{kind.service}.{entity}"),
        )

    def entered(self, kind: ConnectorType, values: Mapping[str, object]) -> BaseModel:
        """What an administrator entered, as the service's settings; raises ConfigError, also for a host that
        is neither the service's nor allowed."""
        return validated_settings(kind, values, {"allowed_hosts": self._allowed_hosts})

    def _build(self, service: str) -> Connector:
        with self._store.read() as session:
            connections = Connections(session)
            connection = connections.get(service)
            secrets = connections.secrets(service)
        if not connection.active:
            raise ServiceOff(service)
        kind = self._registry.connector(service)
        settings = validated_settings(kind, entered_values(connection.settings, secrets))
        box = ConnectionSecrets(self._store, service, now=self._now)
        organization = connection.organization
        return kind.build(self.context_for(kind, settings, box, organization.id, organization.base_currency))


def entered_values(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, object]:
    """Stored settings and secrets as they were once entered, without what the connector keeps for itself."""
    entered = {name.removeprefix(ENTERED): value for name, value in secrets.items() if name.startswith(ENTERED)}
    return {**settings, **entered}


def validated_settings(
    kind: ConnectorType, values: Mapping[str, object], context: Mapping[str, object] | None = None
) -> BaseModel:
    """Raises ConfigError naming each field that is wrong; never what was entered, which may be a secret."""
    try:
        return kind.settings.model_validate(dict(values), context=context)
    except ValidationError as error:
        problems = reasons(error.errors())
        known = ", ".join(kind.settings.model_fields)
        raise ConfigError(
            Text(
                en=f"{kind.label.en} cannot be connected with these settings: {problems.en}",
                ja=f"この設定では{kind.label.ja}に接続できません: {problems.ja}",
            ),
            hint=Text(en=f"Settings are: {known}", ja=f"設定項目: {known}"),
        ) from None
