"""Fields that organisations have added to their kinds of record, as last read from each service.

What was kept in step is remembered when it is gone or changes its type, so that its pair can go on without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from tsunagi.app.context import Context
from tsunagi.domain.abilities import AddedFields
from tsunagi.domain.entities import AddedField, EntityType, FieldSpec, FieldType
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import TsunagiError
from tsunagi.logging import Log
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.database import Store
from tsunagi.text import Text

log = Log(__name__)

# Key in Connection.remembered.
FIELDS = "added_fields"
Kept = dict[str, Any]


def stored_fields(store: Store) -> Mapping[str, Sequence[AddedField]]:
    """By kind of record ("crm.account")."""
    with store.read() as session:
        connections = Connections(session).all()
    return {
        f"{connection.service}.{entity}": [_field(one) for one in specs]
        for connection in connections
        for entity, specs in connection.remembered.get(FIELDS, {}).items()
    }


def read_added_fields(context: Context) -> None:
    """Read the fields each organisation added, where its service lists them; one that is away keeps what is known.

    Where a service lists none, those that it did not keep are tried again.
    """
    ends = {(end.service, end.entity) for pair in context.registry.pairs.values() for end in (pair.left, pair.right)}
    for connection in context.connectors.active():
        entities = sorted(entity for service, entity in ends if service == connection.service)
        known: Mapping[str, list[Kept]] = connection.remembered.get(FIELDS, {})
        try:
            connector = context.connectors.get(connection.service)
            if not isinstance(connector, AddedFields):
                _remember(context, connection.service, {entity: _on_trial(some) for entity, some in known.items()})
                continue
            found = {
                entity: _compared(
                    known.get(entity, ()),
                    [_kept(spec) for spec in connector.organization_fields(entity)],
                    context.pair_settings.mapped_names(f"{connection.service}.{entity}", parked=True),
                    context.now(),
                )
                for entity in entities
            }
        except TsunagiError as error:
            log.warning("fields_not_read", service=connection.service, reason=str(error))
            continue
        _remember(context, connection.service, found)
    context.pair_settings.refresh()


def look_again_if_emptied(
    context: Context, entity: EntityType, records: Iterable[Record], known: Mapping[RecordRef, Record]
) -> None:
    """Records are listed without what they had in a field that is kept in step: before anything is emptied on the other
    side, the service is asked whether it still has the field, and as what.
    """
    used = {spec.name for spec in context.pair_settings.used_fields(entity.key)}
    emptied = used and any(_lost_values(used, record, known.get(record.ref)) for record in records)
    if emptied and isinstance(context.connectors.get(entity.service), AddedFields):
        read_added_fields(context)


def _lost_values(used: set[str], record: Record, known: Record | None) -> bool:
    before = known.fields if known else {}
    return any(
        name not in record.fields or (record.fields[name] is None and before.get(name) is not None) for name in used
    )


def note_not_kept(context: Context, entity: EntityType, written: Fields, record: Record) -> frozenset[str]:
    """The added fields of a complete record that a write filled and that it does not show: the service has none such.

    They are kept in step no more until it has.
    """
    if not entity.added or not record.complete:
        return frozenset()
    lost = {
        name
        for name, value in written.items()
        if name.startswith(entity.added) and value not in (None, "") and record.fields.get(name) in (None, "")
    }
    if lost:
        _mark(context, entity, missing=lost)
    return frozenset(lost)


def take_up_shown(context: Context, entity: EntityType, records: Iterable[Record]) -> None:
    """Added fields that were gone and that one of these records has again are kept in step from the next plan on."""
    lost = context.pair_settings.lost_fields(entity.key) if entity.added else frozenset()
    back = {name for record in records for name in lost if record.fields.get(name) not in (None, "")} if lost else set()
    if back:
        _mark(context, entity, back=back)


def _mark(context: Context, entity: EntityType, *, missing: Iterable[str] = (), back: Iterable[str] = ()) -> None:
    with context.store.read() as session:
        known: Mapping[str, list[Kept]] = Connections(session).get(entity.service).remembered.get(FIELDS, {})
    fields = {one["name"]: one for one in known.get(entity.name, ())}
    for name in missing:
        spec = FieldSpec(name, "text", Text.same(name))
        # One that was only tried again has been gone all the time.
        fields[name] = {"lost_since": context.now().isoformat(), **fields.get(name, _kept(spec)), "missing": True}
    fields = {name: one for name, one in fields.items() if name not in back}
    _remember(context, entity.service, {**known, entity.name: list(fields.values())})
    context.pair_settings.refresh()


def _remember(context: Context, service: str, fields: Mapping[str, list[Kept]]) -> None:
    with context.store.write() as session:
        known: Connection = Connections(session).get(service)
        if known.remembered.get(FIELDS, {}) != fields:
            remembered = {**known.remembered, FIELDS: fields}
            Connections(session).save(replace(known, remembered=remembered), context.now())


def _compared(before: Iterable[Kept], now: Sequence[Kept], used: frozenset[str], at: datetime) -> list[Kept]:
    """The fields there are now, and of those that pairs use since when they are gone or of another type."""
    known = {one["name"]: one for one in before}
    found: list[Kept] = []
    for one in now:
        earlier = known.pop(one["name"], None)
        was = earlier.get("was", _form(earlier)) if earlier else None
        if earlier is None or one["name"] not in used or was == _form(one):
            found.append(one)
        else:
            found.append({**one, "was": was, "lost_since": _since(earlier, at)})
    missing = [one for one in known.values() if one["name"] in used]
    return [*found, *({**one, "was": _was(one), "missing": True, "lost_since": _since(one, at)} for one in missing)]


def _since(known: Kept, at: datetime) -> str:
    return str(known.get("lost_since") or at.isoformat())


def _form(kept: Kept) -> list[Any]:
    """What a mapping hangs on."""
    return [kept["type"], kept["read_only"]]


def _was(kept: Kept) -> list[Any]:
    return list(kept.get("was") or _form(kept))


def _on_trial(fields: Iterable[Kept]) -> list[Kept]:
    return [{**one, "missing": False} for one in fields]


def _kept(spec: FieldSpec) -> Kept:
    said = {"name": spec.name, "type": spec.type, "en": spec.label.en, "ja": spec.label.ja}
    return {**said, "references": spec.references, "read_only": spec.read_only}


def _field(kept: Mapping[str, Any]) -> AddedField:
    label = Text(kept["en"], kept["ja"])
    kind = cast("FieldType", kept["type"])
    spec = FieldSpec(kept["name"], kind, label, references=kept["references"], read_only=kept["read_only"])
    since = kept.get("lost_since")
    return AddedField(spec, datetime.fromisoformat(since) if since else None, bool(kept.get("missing")))
