"""Many records of one module in one call, each with its own outcome."""

from collections.abc import Sequence

from tsunagi import BrokenAnswer, ConnectorError, Fields, NewRecord, OutcomeUnknown, Record, RecordChange, Text
from tsunagi_crm.entities import SERVICE, CrmModule
from tsunagi_crm.metadata import Metadata
from tsunagi_crm.rows import row_of, written_record
from tsunagi_zoho import Answer, ZohoClient, crm_items


def create(
    client: ZohoClient, module: CrmModule, metadata: Metadata, new: Sequence[NewRecord]
) -> Sequence[Record | ConnectorError]:
    answer = client.post(f"/{module.module}", {"data": [row_of(module, each.fields, metadata) for each in new]})
    return _written(module, answer, [each.fields for each in new])


def update(
    client: ZohoClient, module: CrmModule, metadata: Metadata, changes: Sequence[RecordChange]
) -> Sequence[Record | ConnectorError]:
    rows = [{"id": each.ref.id, **row_of(module, each.fields, metadata)} for each in changes]
    return _written(module, client.put(f"/{module.module}", {"data": rows}), [each.fields for each in changes])


def _written(module: CrmModule, answer: Answer, written: Sequence[Fields]) -> Sequence[Record | ConnectorError]:
    """An answer that does not tell of every record leaves all of them unknown."""
    try:
        return [
            item if isinstance(item, ConnectorError) else written_record(module, item, fields)
            for item, fields in zip(crm_items(answer), written, strict=True)
        ]
    except (BrokenAnswer, ValueError) as error:
        raise OutcomeUnknown(Text.same(f"{answer.request}: {error}"), service=SERVICE) from error
