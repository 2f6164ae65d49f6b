"""Documents fetched at once, because somebody is looking at them: no record is compared and none is written."""

from typing import TYPE_CHECKING

from tsunagi.app.access.permissions import require
from tsunagi.app.sync import workflows
from tsunagi.app.views.balances import customers_of
from tsunagi.domain.connector import FINANCE
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ServiceOff
from tsunagi.rules.permissions import VIEW
from tsunagi.store.records import Records
from tsunagi.store.sync_runs import SyncRun

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

KIND = "documents"


def refresh(
    hub: "Hub", actor: Person | None, service: str | None = None, *, record: RecordRef | None = None
) -> SyncRun:
    """Begin reading the new documents of one service, or of all that are on; the process that works does it.

    With a `record` of the CRM what its customer owes is read again too, which no listing shows as a change. Whoever
    may look may ask for it. Raises PermissionDenied, NotConnected, ServiceOff.
    """
    run, services = _begun(hub, actor, service)
    hub.jobs.submit(workflows.REFRESH, run, run, services, _customers(hub, record, services))
    return workflows.sync_run(hub, run)


def refresh_here(
    hub: "Hub", actor: Person | None, service: str | None = None, *, record: RecordRef | None = None
) -> SyncRun:
    """The same, carried out in this process, which must be the one that works; returns the run as it ended."""
    run, services = _begun(hub, actor, service)
    hub.jobs.settle()
    hub.jobs.run(workflows.refresh_workflow, run, run, services, _customers(hub, record, services))
    return workflows.sync_run(hub, run)


def _begun(hub: "Hub", actor: Person | None, service: str | None) -> tuple[str, list[str]]:
    require(hub, actor, VIEW)
    services = _services(hub, service)
    return workflows.begin_run(hub, KIND), services


def _customers(hub: "Hub", record: RecordRef | None, services: list[str]) -> list[str]:
    if record is None:
        return []
    with hub.store.read() as session:
        known = Records(session).get(record)
        account = known and known.fields.get("account")
        named = {record, *([account] if isinstance(account, RecordRef) else [])}
        return [str(ref) for ref in customers_of(hub, session, named) if ref.service in services]


def _services(hub: "Hub", service: str | None) -> list[str]:
    if service is not None:
        if not hub.connection(service).active:
            raise ServiceOff(service)
        return [service]
    sides = {name: kind.side for name, kind in hub.registry.connectors.items()}
    return [each.service for each in hub.active_connections() if sides.get(each.service) == FINANCE]
