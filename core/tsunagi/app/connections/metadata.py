"""What a sync reads beside the records, now and then: the CRM's users, its metadata, and compatibility."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tsunagi.app import jobs
from tsunagi.app.access.permissions import refresh_people
from tsunagi.app.connections.added_fields import read_added_fields
from tsunagi.app.connections.fit import check_fit, prevented_services
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import REFUSED
from tsunagi.domain.directory import Directory
from tsunagi.domain.documents import OwnDocuments
from tsunagi.domain.entities import ChoiceLabels, EntityType
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.open_items import OpenItems
from tsunagi.text import Text

log = Log(__name__)

# Keys in Connection.remembered of the CRM.
LOOKED_AT, OWN_DOCUMENTS, CHOICE_LABELS = "looked_at", "own_documents", "choice_labels"
_EVERY = timedelta(hours=1)


@jobs.step("refresh_metadata")
def refresh_metadata() -> None:
    """Once an hour, before a sync; one that fails now is tried at the next.

    While plans or currencies prevent writing to a service, every sync checks whether they still do.
    """
    context = jobs.current_context()
    try:
        due, before = _is_due(context), _last_look(context)
        if _fields_may_have_changed(context, due=due):
            # A field that a mapping names may exist by now, or have been removed.
            read_added_fields(context)
        if due:
            _look(context)
        # Connecting has checked all of them: what was never read before need not be read again at once.
        services = None if due and before is not None else prevented_services(context)
        if services is None or services:
            check_fit(context, services, unknown_prevents=False)
    except TsunagiError as error:
        log.warning("did_not_look_around", reason=str(error))


def _fields_may_have_changed(context: Context, *, due: bool) -> bool:
    """What a file is refused for, or a service has refused, may be a field that is gone, or is there by now."""
    settings = context.pair_settings
    if settings.book().problems or (settings.book().drifts and due):
        return True
    if not settings.uses_added_fields():
        return False
    with context.store.read() as session:
        return due or OpenItems(session).has_reason(REFUSED.code)


def own_documents(context: Context) -> tuple[str, ...]:
    """The CRM's own modules for quotes, orders and invoices, as last seen; those are not kept in step."""
    crm = context.registry.crm_service()
    remembered = next((each.remembered for each in context.connectors.all() if each.service == crm), {})
    return tuple(remembered.get(OWN_DOCUMENTS, ()))


def labelled(context: Context, entity: EntityType) -> EntityType:
    """A kind of the CRM's records, its fields' values called as the organisation calls them, as last seen."""
    found = next((each.remembered for each in context.connectors.all() if each.service == entity.service), {})
    labels: Mapping[str, Mapping[str, str]] = found.get(CHOICE_LABELS, {}).get(entity.name, {})
    if not labels:
        return entity
    fields = tuple(
        replace(
            spec, choices={**spec.choices, **{value: Text.same(label) for value, label in labels[spec.name].items()}}
        )
        if spec.name in labels and spec.type == "text"
        else spec
        for spec in entity.fields
    )
    return replace(entity, fields=fields)


def _is_due(context: Context) -> bool:
    if _crm(context) is None:
        return False
    last = _last_look(context)
    return last is None or context.now() - last >= _EVERY


def _last_look(context: Context) -> datetime | None:
    connection = _crm(context)
    last = connection.remembered.get(LOOKED_AT) if connection else None
    return datetime.fromisoformat(last) if last else None


def _crm(context: Context) -> Connection | None:
    crm = context.registry.crm_service()
    return next((each for each in context.connectors.active() if each.service == crm), None)


def _look(context: Context) -> None:
    connector = context.connectors.get(context.registry.crm_service())
    seen: dict[str, Any] = {LOOKED_AT: context.now().isoformat()}
    if isinstance(connector, Directory):
        refresh_people(context)
    if isinstance(connector, OwnDocuments):
        seen[OWN_DOCUMENTS] = list(connector.own_documents())
    if isinstance(connector, ChoiceLabels):
        seen[CHOICE_LABELS] = {kind: dict(fields) for kind, fields in connector.choice_labels().items()}
    with context.store.write() as session:
        connection = Connections(session).get(connector.service)
        remembered = {**connection.remembered, **seen}
        Connections(session).save(replace(connection, remembered=remembered), context.now())
