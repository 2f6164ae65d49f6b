"""What a use case may reach, and nothing more: no settings, no worker, no face."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tsunagi.app.connectors import ConnectorPool
from tsunagi.app.permission_files import PermissionFiles
from tsunagi.plugin_hooks import Hooks
from tsunagi.registry import Registry
from tsunagi.rules.book import RuleBook
from tsunagi.store.database import Store


@dataclass(frozen=True, slots=True)
class Context:
    """One open installation as its use cases see it; safe to share between threads.

    `store` keeps what the hub knows, `registry` is what the plugins contributed and `hooks` asks them, `connectors`
    are the connected services, `rules` decide what follows from an event, `permissions` who may do what. `now` is the
    one clock (UTC).
    """

    store: Store
    registry: Registry
    hooks: Hooks
    connectors: ConnectorPool
    rules: RuleBook
    permissions: PermissionFiles
    now: Callable[[], datetime]
