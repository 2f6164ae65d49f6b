"""Documents fetched at once, because somebody is looking at them: no record is compared and none is written."""

from typing import TYPE_CHECKING

from tsunagi.app import syncing
from tsunagi.app.access import require
from tsunagi.domain.connector import FINANCE
from tsunagi.domain.directory import Person
from tsunagi.errors import ServiceOff
from tsunagi.rules.permissions import VIEW
from tsunagi.store.sync_runs import SyncRun

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

KIND = "documents"


def refresh(hub: "Hub", asker: Person | None, service: str | None = None) -> SyncRun:
    """Begin reading the new documents of one service, or of all that are on; the process that works does it.

    Whoever may look may ask for it. Raises PermissionDenied, NotConnected, ServiceOff.
    """
    run, services = _begun(hub, asker, service)
    hub.jobs.submit(syncing.REFRESH, run, run, services)
    return syncing.sync_run(hub, run)


def refresh_here(hub: "Hub", asker: Person | None, service: str | None = None) -> SyncRun:
    """The same, carried out in this process, which must be the one that works; returns the run as it ended."""
    run, services = _begun(hub, asker, service)
    hub.jobs.settle()
    hub.jobs.run(syncing.refresh_workflow, run, run, services)
    return syncing.sync_run(hub, run)


def _begun(hub: "Hub", asker: Person | None, service: str | None) -> tuple[str, list[str]]:
    require(hub, asker, VIEW)
    services = _services(hub, service)
    return syncing.begin_run(hub, KIND), services


def _services(hub: "Hub", service: str | None) -> list[str]:
    if service is not None:
        if not hub.connection(service).active:
            raise ServiceOff(service)
        return [service]
    sides = {name: kind.side for name, kind in hub.registry.connectors.items()}
    return [each.service for each in hub.active_connections() if sides.get(each.service) == FINANCE]
