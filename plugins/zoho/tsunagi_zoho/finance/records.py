"""Wire objects as records, with the version that tells whether they changed."""

import hashlib

import simplejson

from tsunagi import Record, RecordRef, Value
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row


def row_of(kind: Kind, data: Json, service: str) -> Row:
    row = Row(service, kind.entity, data)
    return Row(service, f"{kind.entity} {row.required_text(kind.id_key)}", data)


def record_of(kind: Kind, row: Row, ledger: Ledger) -> Record:
    fields = kind.read(row, ledger)
    modified = row.time("last_modified_time")
    return Record(
        ref=RecordRef(ledger.service, kind.entity, row.text(kind.id_key)),
        fields=fields,
        # In UTC, as the offset the service writes follows the organisation's settings.
        version=modified.isoformat() if modified is not None else _digest(fields),
        modified_at=modified,
        whole=kind.whole(row),
    )


def _digest(fields: dict[str, Value]) -> str:
    """A version for what carries no time of change: it changes when a field does."""
    said = sorted((name, str(value)) for name, value in fields.items() if value is not None)
    return hashlib.sha256(simplejson.dumps(said).encode()).hexdigest()[:32]
