"""Fields that organisations have added to their kinds of record, as last read from each service."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from tsunagi.app.context import Context
from tsunagi.domain.abilities import AddedFields
from tsunagi.domain.entities import FieldSpec, FieldType
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log
from tsunagi.store.connections import Connections
from tsunagi.store.database import Store
from tsunagi.text import Text

log = Log(__name__)

# Key in Connection.remembered.
FIELDS = "added_fields"


def stored_fields(store: Store) -> Mapping[str, Sequence[FieldSpec]]:
    """By kind of record ("crm.account")."""
    with store.read() as session:
        connections = Connections(session).all()
    return {
        f"{connection.service}.{entity}": [_spec(one) for one in specs]
        for connection in connections
        for entity, specs in connection.remembered.get(FIELDS, {}).items()
    }


def read_added_fields(context: Context) -> None:
    """Read the fields each organisation added, where its service lists them; one that is away keeps what is known."""
    ends = {(end.service, end.entity) for pair in context.registry.pairs.values() for end in (pair.left, pair.right)}
    for connection in context.connectors.active():
        entities = sorted(entity for service, entity in ends if service == connection.service)
        try:
            connector = context.connectors.get(connection.service)
            if not isinstance(connector, AddedFields) or not entities:
                continue
            found = {entity: [_kept(spec) for spec in connector.organization_fields(entity)] for entity in entities}
        except TsunagiError as error:
            log.warning("fields_not_read", service=connection.service, reason=str(error))
            continue
        with context.store.write() as session:
            known = Connections(session).get(connection.service)
            remembered = {**known.remembered, FIELDS: found}
            Connections(session).save(replace(known, remembered=remembered), context.now())
    context.pair_settings.refresh()


def _kept(spec: FieldSpec) -> dict[str, Any]:
    said = {"name": spec.name, "type": spec.type, "en": spec.label.en, "ja": spec.label.ja}
    return {**said, "references": spec.references, "read_only": spec.read_only}


def _spec(kept: Mapping[str, Any]) -> FieldSpec:
    label = Text(kept["en"], kept["ja"])
    kind = cast("FieldType", kept["type"])
    return FieldSpec(kept["name"], kind, label, references=kept["references"], read_only=kept["read_only"])
