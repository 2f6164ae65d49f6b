"""The hub put together: settings, store, plugins, rules, connectors and durable work."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from tsunagi.app.automation.rule_book import load_rule_book
from tsunagi.app.connections.connecting import build_connector
from tsunagi.app.jobs import Jobs
from tsunagi.app.keys import secret_keys
from tsunagi.app.meter import Meter
from tsunagi.app.settings import Settings
from tsunagi.domain.connector import Connector
from tsunagi.plugin_loading import load_plugins
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.database import Store
from tsunagi.store.intents import Intent


def utc_now() -> datetime:
    return datetime.now(UTC)


class Hub:
    """One installation, open for use. Close it, or use it as a context manager.

    Raises ConfigError where settings or database cannot be used; what is wrong with plugins and rules is kept in
    `plugins` and `rules` and never stops the hub.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime] = utc_now,
        extra_plugins: Mapping[str, object] | None = None,
    ) -> None:
        settings.home.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.now = now
        self.meter = Meter()
        self.store = Store(settings.store_url, secret_keys=secret_keys(settings), synchronous=settings.synchronous)
        self.store.migrate()
        loaded = load_plugins(disabled=settings.disabled_plugins, extra=extra_plugins)
        self.registry = loaded.registry
        self.hooks = loaded.hooks
        self.plugins = loaded.reports
        self.rules = load_rule_book(settings.rules_dir, self.registry, matcher=settings.matcher)
        self.jobs = Jobs(settings.work_url, lock_file=settings.home / "worker.lock")
        # Intents read ahead of their turn, by key (see tsunagi.app.sync.writing).
        self.in_hand: dict[str, Intent] = {}
        self._connectors: dict[str, Connector] = {}
        self._retired: list[Connector] = []
        self._lock = threading.Lock()

    def connections(self) -> list[Connection]:
        """The connected organisations, in order of service."""
        with self.store.read() as session:
            return Connections(session).all()

    def active_connections(self) -> list[Connection]:
        """Those that are not switched off."""
        return [connection for connection in self.connections() if connection.active]

    def connection(self, service: str) -> Connection:
        """Raises NotConnected."""
        with self.store.read() as session:
            return Connections(session).get(service)

    def connector(self, service: str) -> Connector:
        """The live connector of a service. Raises NotConnected, ServiceOff, ConfigError where its plugin is missing."""
        with self._lock:
            if service not in self._connectors:
                self._connectors[service] = build_connector(self, service)
            return self._connectors[service]

    def forget_connector(self, service: str) -> None:
        """Its settings changed: the next use builds it anew. Whoever is using the old one finishes with it."""
        with self._lock:
            connector = self._connectors.pop(service, None)
            if connector is not None:
                self._retired.append(connector)

    def close(self) -> None:
        self.jobs.stop()
        with self._lock:
            connectors = [*self._connectors.values(), *self._retired]
            self._connectors.clear()
            self._retired.clear()
        for connector in connectors:
            connector.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
