"""Answers that list records, and the record an earlier creation made: the CRM keeps no key of ours.

Records are found by the fields that identify them. The search index lags behind writes, so the newest are listed first.
"""

from tsunagi import Fields, Record, RecordRef
from tsunagi_crm.activities import NOTE_MODULE, module_of
from tsunagi_crm.entities import CrmModule
from tsunagi_crm.metadata import Metadata
from tsunagi_crm.rows import record_of, rows_in, same_record, search_criteria
from tsunagi_zoho import Answer, Json, ZohoClient

_PAGE = "200"


def find(client: ZohoClient, module: CrmModule, metadata: Metadata, fields: Fields, names: str) -> Record | None:
    """`names` is the `fields` parameter of a listing."""
    listed = {"fields": names, "per_page": _PAGE}
    about = fields.get("about")
    if module is NOTE_MODULE and isinstance(about, RecordRef):
        answer = client.get(f"/{module_of(about.entity)}/{about.id}/Notes", params=listed)
        return _matching(module, metadata, answer, fields)
    newest = {"sort_by": "Created_Time", "sort_order": "desc", **listed}
    answer = client.get(f"/{module.module}", params=newest)
    found = _matching(module, metadata, answer, fields)
    if found is not None or not info_in(answer).get("more_records"):
        return found
    criteria = search_criteria(module, fields)
    if not criteria:
        return None
    params = {"criteria": criteria, "per_page": _PAGE}
    return _matching(module, metadata, client.get(f"/{module.module}/search", params=params), fields)


def _matching(module: CrmModule, metadata: Metadata, answer: Answer, fields: Fields) -> Record | None:
    records = (record_of(module, row, metadata) for row in rows_in(answer))
    return next((record for record in records if same_record(module, record, fields)), None)


def info_in(answer: Answer) -> Json:
    info = answer.body.get("info")
    return info if isinstance(info, dict) else {}
