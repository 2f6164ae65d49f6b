"""What a use case may reach, and nothing more: no settings, no worker, no face."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tsunagi.app.connectors import ConnectorPool
from tsunagi.app.permission_files import PermissionFiles
from tsunagi.pair_settings import PairSettings
from tsunagi.plugin_hooks import Hooks
from tsunagi.registry import Registry
from tsunagi.store.database import Store

if TYPE_CHECKING:
    from tsunagi.rules.book import RuleBook


@dataclass(frozen=True, slots=True)
class Context:
    """One open installation as its use cases see it; safe to share between threads.

    `store` keeps what the hub knows, `registry` is what the plugins contributed and `hooks` calls them, `connectors`
    are the connected services. `rules` decide what follows from an event; `rule_book` gives them, and reads them when
    it is first needed: most pages need no rule. `permissions` decide who may do what, `pair_settings`
    are what a sync does with each pair. `now` is the one clock (UTC). Changes of records
    are kept for `history_days`; 0: for ever. A saved plan can be applied for `plan_days`.
    """

    store: Store
    registry: Registry
    hooks: Hooks
    connectors: ConnectorPool
    rule_book: "Callable[[], RuleBook]"
    permissions: PermissionFiles
    pair_settings: PairSettings
    now: Callable[[], datetime]
    history_days: int = 0
    plan_days: int = 7

    @property
    def rules(self) -> "RuleBook":
        return self.rule_book()
