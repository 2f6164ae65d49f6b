"""What a form offers to choose from: the taxes and currencies of a service, asked for once a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tsunagi.app.context import Context
from tsunagi.domain.compatibility import Plans
from tsunagi.domain.documents import DocumentEditing, DocumentForm, Tax
from tsunagi.domain.records import Record
from tsunagi.errors import ConnectorError
from tsunagi.logging import Log
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.records import Records

log = Log(__name__)

# Key in Connection.remembered.
_CHOICES = "document_choices"
_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """`currencies` begin with the organisation's own; `taxes` are by id."""

    currencies: tuple[str, ...]
    taxes: Mapping[str, Tax]


def choices_of(context: Context, service: str, *, fresh: bool = False) -> Choices:
    """As last read, read anew once a day and where `fresh` asks for it; two calls. Never raises for the service's sake.

    Raises NotConnected.
    """
    connection = context.connectors.connection(service)
    if fresh or _is_due(context, connection):
        try:
            connection = _read_again(context, service)
        except ConnectorError as error:
            log.warning("choices_not_read", service=service, reason=str(error))
    kept: Mapping[str, Any] = connection.remembered.get(_CHOICES, {})
    taxes = {row[0]: Tax(row[0], row[1], Decimal(row[2])) for row in kept.get("taxes", ())}
    return Choices(tuple(dict.fromkeys((connection.organization.base_currency, *kept.get("currencies", ())))), taxes)


def items_like(context: Context, form: DocumentForm, search: str, *, limit: int = 20) -> Sequence[Record]:
    """Items in use whose name has `search` in it, as the hub last saw them."""
    service, _, entity = form.item.partition(".")
    if not entity:
        return ()
    with context.store.read() as session:
        found = Records(session).page(service, entity, search=search.strip(), limit=limit).items
    return [record for record in found if record.text("status") != "inactive"]


def _is_due(context: Context, connection: Connection) -> bool:
    at = connection.remembered.get(_CHOICES, {}).get("at")
    return at is None or context.now() - datetime.fromisoformat(at) >= _EVERY


def _read_again(context: Context, service: str) -> Connection:
    connector = context.connectors.get(service)
    taxes = connector.taxes() if isinstance(connector, DocumentEditing) else ()
    rates = connector.rates() if isinstance(connector, Plans) else ()
    seen = {
        "at": context.now().isoformat(),
        "taxes": [[tax.id, tax.name, str(tax.percentage)] for tax in taxes],
        "currencies": sorted(rate.foreign for rate in rates),
    }
    with context.store.write() as session:
        connection = Connections(session).get(service)
        changed = replace(connection, remembered={**connection.remembered, _CHOICES: seen})
        Connections(session).save(changed, context.now())
    return changed
