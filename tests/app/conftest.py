"""A hub on a real store, with two small services of a plugin of the tests beside it."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ready_made import lay_down

sys.path.insert(0, str(Path(__file__).parent))
from trade import NOON, RULE, Shelf, Trade

from tsunagi.app.connections.connecting import connect
from tsunagi.app.connections.fit import start_first_sync
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import workflows
from tsunagi.domain.directory import Person
from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncRun

BUILT_IN = ["crm", "books", "invoice", "expense", "subscriptions", "demo"]


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    at: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += dt.timedelta(**time)


@dataclass
class House:
    """A hub with both services connected."""

    hub: Hub
    trade: Trade
    clock: Clock
    closing: ExitStack = field(repr=False)

    @property
    def crm(self) -> Shelf:
        return self.trade.crm

    @property
    def ledger(self) -> Shelf:
        return self.trade.ledger

    def work(self) -> None:
        """Become the process that works."""
        self.hub.jobs.start(self.hub.context)

    def sync(self, *, first: bool = True, **options: Any) -> SyncRun:
        if not self.hub.jobs.running:
            self.work()
        run = workflows.start_sync(self.hub.context, first=first, **options)
        return workflows.run_sync(self.hub.context, self.hub.jobs, run, **options)

    def connect(self, *services: str) -> None:
        for service in services or ("crm", "ledger"):
            connect(self.hub.context, service, {})
        # What these tests are about comes after somebody has started the first sync.
        start_first_sync(self.hub.context, services or ("crm", "ledger"))

    def close(self) -> None:
        self.closing.close()


HANAKO = Person("crm", "1", "hanako@example.com", "Hanako", "Administrator", administrator=True)
ICHIRO = Person("crm", "2", "ichiro@example.com", "Ichiro", "Standard")


@pytest.fixture
def trade() -> Trade:
    made = Trade()
    made.crm.people = [HANAKO, ICHIRO]
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / "bill_won.yaml").write_text(RULE, encoding="utf-8")
    return folder.parent


@pytest.fixture
def open_house(tmp_path: Path, rules: Path, trade: Trade, clock: Clock) -> Iterator[Callable[..., House]]:
    with ExitStack() as all_of_them:

        def opened(
            *, connected: bool = True, home: str = "hub", plugins: Mapping[str, object] | None = None, **settings: Any
        ) -> House:
            described = load_settings(
                home=lay_down(tmp_path / home),
                rules_dir=rules,
                **{"synchronous": "NORMAL", "disabled_plugins": BUILT_IN, **settings},
            )
            stack = all_of_them.enter_context(ExitStack())
            hub = stack.enter_context(Hub(described, now=clock, extra_plugins={"trade": trade, **(plugins or {})}))
            house = House(hub, trade, clock, stack)
            if connected:
                house.connect()
            return house

        yield opened


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()
