"""What a sync asks the CRM beside its records, now and then: who its users are, and what else it keeps."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from tsunagi.app import jobs
from tsunagi.app.access.permissions import refresh_people
from tsunagi.app.crm_side import crm_service
from tsunagi.domain.directory import Directory
from tsunagi.domain.panels import OwnDocuments
from tsunagi.errors import TsunagiError
from tsunagi.store.connections import Connections

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

log = structlog.get_logger(__name__)

# Keys in Connection.remembered of the CRM.
LOOKED_AT, OWN_DOCUMENTS = "looked_at", "own_documents"
_EVERY = timedelta(hours=1)


@jobs.step("refresh_metadata")
def refresh_metadata() -> None:
    """Once an hour, before a sync; one that cannot be answered now is asked at the next."""
    hub = jobs.current_hub()
    try:
        if _is_due(hub):
            _look(hub)
    except TsunagiError as error:
        log.warning("did_not_look_around", reason=str(error))


def own_documents(hub: "Hub") -> tuple[str, ...]:
    """The CRM's own modules for quotes, orders and invoices, as last seen; those are not kept in step."""
    crm = crm_service(hub)
    remembered = next((each.remembered for each in hub.connections() if each.service == crm), {})
    return tuple(remembered.get(OWN_DOCUMENTS, ()))


def _is_due(hub: "Hub") -> bool:
    crm = crm_service(hub)
    connection = next((each for each in hub.active_connections() if each.service == crm), None)
    if connection is None:
        return False
    last = connection.remembered.get(LOOKED_AT)
    return last is None or hub.now() - datetime.fromisoformat(last) >= _EVERY


def _look(hub: "Hub") -> None:
    connector = hub.connector(crm_service(hub))
    seen: dict[str, Any] = {LOOKED_AT: hub.now().isoformat()}
    if isinstance(connector, Directory):
        refresh_people(hub)
    if isinstance(connector, OwnDocuments):
        seen[OWN_DOCUMENTS] = list(connector.own_documents())
    with hub.store.write() as session:
        connection = Connections(session).get(connector.service)
        remembered = {**connection.remembered, **seen}
        Connections(session).save(replace(connection, remembered=remembered), hub.now())
