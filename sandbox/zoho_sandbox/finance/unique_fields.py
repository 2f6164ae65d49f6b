"""Records named by a unique custom field in the request's headers, as `PUT /contacts` and its like take them."""

from __future__ import annotations

from zoho_sandbox.finance.errors import FinanceError, does_not_exist, invalid_value
from zoho_sandbox.finance.operations import FinanceCall

AMBIGUOUS_CODE = 1038
_KEY, _VALUE, _UPSERT = "X-Unique-Identifier-Key", "X-Unique-Identifier-Value", "X-Upsert"
_IDS = {"finance_contacts": "contact_id", "finance_items": "item_id", "finance_documents": "document_id"}


def named(call: FinanceCall, table: str, label: str, kind: str = "") -> str:
    """The id of the record the headers name; "" where there is none and `X-Upsert` asks for a new one.

    Raises FinanceError where a header is missing, no record has the value, or several have.
    """
    headers = call.request.headers
    key, value = headers.get(_KEY.lower(), ""), headers.get(_VALUE.lower(), "")
    if not key or not value:
        raise invalid_value(_VALUE if key else _KEY)
    of_kind, parameters = (" AND kind = ?", (kind,)) if kind else ("", ())
    found = call.db.query(
        f"SELECT {_IDS[table]} FROM {table} WHERE ledger = ?{of_kind} AND EXISTS"  # noqa: S608  (names are code)
        " (SELECT 1 FROM json_each(document, '$.custom_fields') f"
        " WHERE f.value ->> 'api_name' = ? AND f.value ->> 'value' = ?) LIMIT 2",
        (call.ledger, *parameters, key, value),
    )
    if len(found) > 1:
        raise FinanceError(400, AMBIGUOUS_CODE, f"More than one record has {value} for {key}.")
    if found:
        return str(found[0][0])
    if headers.get(_UPSERT.lower(), "").lower() == "true":
        return ""
    raise does_not_exist(label)
