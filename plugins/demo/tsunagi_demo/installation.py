"""The hub of a demo: opened in the demo's home, connected to the sandbox, reachable for its callbacks."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter

from tsunagi import ConfigError
from tsunagi.embedding import Hub, connect, lay_starter_rules, load_settings, running
from tsunagi_demo.crm_user import CrmUser
from tsunagi_demo.home import Home
from tsunagi_demo.sandbox import CREDENTIALS, serving

CRM, BOOKS = "crm", "books"


@dataclass(slots=True)
class Installation:
    """Everything that is up; `url` is the hub's own address. `preparing` is in seconds."""

    home: Home
    hub: Hub
    user: CrmUser
    url: str
    sandbox_url: str
    preparing: float

    def connect(self, services: Iterable[str]) -> None:
        """Connect services to the sandbox, those that are connected to where it is now excepted."""
        _connect(self.hub, self.sandbox_url, services)


@contextmanager
def installed(home: Home, *, started: float) -> Iterator[Installation]:
    """Sandbox and hub while the block runs; `started` (perf_counter) is when the command began."""
    with ExitStack() as stack:
        sandbox_url = stack.enter_context(serving(home))
        user = stack.enter_context(CrmUser(sandbox_url))
        hub = stack.enter_context(_hub(home))
        preparing = perf_counter() - started
        hub.jobs.start(hub.context)
        hub.jobs.settle()
        known = {connection.service for connection in hub.connectors.all()}
        # The CRM first: what else is connected is judged by it.
        _connect(hub, sandbox_url, dict.fromkeys((CRM, BOOKS, *known)))
        url = stack.enter_context(_served(home, hub))
        yield Installation(home, hub, user, url, sandbox_url, preparing)


def _hub(home: Home) -> Hub:
    # The demo plays with rules of its own: in a checkout, those of the settings are the starter rules themselves.
    lay_starter_rules(home.rules)
    # Every setting is given: those of another installation must not affect a demo.
    settings = load_settings(
        home=home.path,
        rules_dir=home.rules.resolve(),
        database_url=f"sqlite:///{home.path / 'tsunagi.sqlite3'}",
        jobs_url=f"sqlite:///{home.path / 'jobs.sqlite3'}",
        # A demo survives being killed; that it survives a power cut too would cost a disk flush a write.
        synchronous="NORMAL",
        allowed_hosts=["127.0.0.1"],
    )
    return Hub(settings)


def _connect(hub: Hub, sandbox_url: str, services: Iterable[str]) -> None:
    known = {connection.service: connection.settings.get("base_url") for connection in hub.connectors.all()}
    values = {"base_url": sandbox_url, **CREDENTIALS, "requests_per_minute": 0}
    for service in services:
        if known.get(service) != sandbox_url:
            connect(hub.context, service, values)


@contextmanager
def _served(home: Home, hub: Hub) -> Iterator[str]:
    with ExitStack() as stack:
        try:
            served = stack.enter_context(running(hub, home.state.hub_port, local_callbacks=True))
        except ConfigError:
            # Somebody else took the port meanwhile.
            served = stack.enter_context(running(hub, local_callbacks=True))
        home.save(hub_port=int(served.base_url.rpartition(":")[2]))
        yield served.base_url
