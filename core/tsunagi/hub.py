"""The composition root: settings, store, plugins, rules, connectors and durable work are put together here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tsunagi.app.automation.rule_source import RuleSource
from tsunagi.app.connections.added_fields import stored_fields
from tsunagi.app.connectors import ConnectorPool, Meter
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.permission_files import PermissionFiles
from tsunagi.app.settings import Settings, secret_keys
from tsunagi.domain.entities import AddedField
from tsunagi.pair_settings import PairSettings, PairsInForce
from tsunagi.plugin_loading import load_plugins
from tsunagi.rule_files import check_rules_folder
from tsunagi.store.database import Store
from tsunagi.store.private_files import private_folder

if TYPE_CHECKING:
    from tsunagi.rules.book import RuleBook


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
        private_folder(settings.home)
        check_rules_folder(settings.home, settings.rules_dir)
        self.settings = settings
        self._own_rules = settings.rules_dir.is_dir()
        self.meter = Meter()
        self.store = Store(settings.store_url, secret_keys=secret_keys(settings), synchronous=settings.synchronous)
        self.store.migrate()
        loaded = load_plugins(disabled=settings.disabled_plugins, extra=extra_plugins, seconds=settings.plugin_seconds)
        self.pair_settings = PairSettings(settings.rules_dir, loaded.registry, self._more_fields)
        # Pairs are returned with the changes of their current settings file.
        self.registry = replace(loaded.registry, pairs=PairsInForce(self.pair_settings))
        self.plugins = loaded.reports
        self.connectors = ConnectorPool(
            self.store,
            self.registry,
            self.meter,
            now,
            allowed_hosts=settings.allowed_hosts,
            used_fields=self.pair_settings.used_fields,
            reserved_calls=settings.reserved_calls,
        )
        self.context = Context(
            store=self.store,
            registry=self.registry,
            hooks=loaded.hooks,
            connectors=self.connectors,
            rule_book=RuleSource(self._read_rules, self._rules_folder, self._actors),
            permissions=PermissionFiles(
                settings.rules_dir, self.registry, self.store, settings.home / "permissions.json", now
            ),
            pair_settings=self.pair_settings,
            now=now,
            history_days=settings.history_days,
            plan_days=settings.plan_days,
        )
        self.jobs = Jobs(settings.work_url, lock_file=settings.home / "worker.lock")

    def _more_fields(self) -> Mapping[str, Sequence[AddedField]]:
        return stored_fields(self.store)

    @property
    def rules(self) -> "RuleBook":
        return self.context.rules

    def _read_rules(self) -> "RuleBook":
        # Most commands need no rule, and reading them takes long to import.
        from tsunagi.app.automation.rule_book import authorized, load_rule_book  # noqa: PLC0415 - lazily

        settings = self.settings
        book = load_rule_book(settings.rules_dir, self.registry, matcher=settings.matcher, plugins=self.plugins)
        return authorized(self.context, book)

    def _rules_folder(self) -> Path:
        from tsunagi.app.automation.rule_book import rules_folder  # noqa: PLC0415 - likewise

        self._own_rules = self._own_rules or self.settings.rules_dir.is_dir()
        return self.settings.rules_dir if self._own_rules else rules_folder(self.settings.rules_dir)

    def _actors(self, book: "RuleBook") -> object:
        from tsunagi.app.automation.rule_book import actors  # noqa: PLC0415

        return actors(self.context, book)

    def close(self) -> None:
        self.context.hooks.give_up()
        self.jobs.stop()
        self.context.connectors.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
