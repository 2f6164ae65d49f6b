"""Documents fetched at once, because somebody is looking at them: no record is compared and none is written."""

from tsunagi.app.access.permissions import LOOK, require, see_tab, sees_tab
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.sync import workflows
from tsunagi.app.views.balances import customers_behind
from tsunagi.domain.connector import FINANCE
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ServiceOff
from tsunagi.store.sync_runs import SyncRun

KIND = "documents"


def refresh(
    context: Context, jobs: Jobs, actor: Person | None, service: str | None = None, *, record: RecordRef | None = None
) -> SyncRun:
    """Begin reading the new documents of one service, or of all that are on; the process that works does it.

    With a `record` of the CRM what its customer owes is read again too, which no listing shows as a change. Whoever
    may look may ask for it. Raises PermissionDenied, NotConnected, ServiceOff.
    """
    run, services = _begun(context, actor, service)
    jobs.submit(workflows.REFRESH, run, run, services, _customers(context, record, services))
    return workflows.sync_run(context, run)


def refresh_here(
    context: Context, jobs: Jobs, actor: Person | None, service: str | None = None, *, record: RecordRef | None = None
) -> SyncRun:
    """The same, carried out in this process, which must be the one that works; returns the run as it ended."""
    run, services = _begun(context, actor, service)
    jobs.settle()
    jobs.run(workflows.refresh_workflow, run, run, services, _customers(context, record, services))
    return workflows.sync_run(context, run)


def _begun(context: Context, actor: Person | None, service: str | None) -> tuple[str, list[str]]:
    require(context, actor, LOOK)
    if service is not None and not sees_tab(context, actor, service):
        require(context, actor, see_tab(service))
    services = _services(context, service)
    return workflows.begin_run(context, KIND), services


def _customers(context: Context, record: RecordRef | None, services: list[str]) -> list[str]:
    if record is None:
        return []
    with context.store.read() as session:
        return [str(ref) for ref in customers_behind(context, session, record) if ref.service in services]


def _services(context: Context, service: str | None) -> list[str]:
    if service is not None:
        if not context.connectors.connection(service).active:
            raise ServiceOff(service)
        return [service]
    sides = {name: kind.side for name, kind in context.registry.connectors.items()}
    return [each.service for each in context.connectors.active() if sides.get(each.service) == FINANCE]
