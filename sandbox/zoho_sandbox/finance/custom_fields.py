"""Custom fields of contacts, items and documents, and records found by the value of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoho_sandbox.database import Database
from zoho_sandbox.finance.errors import FinanceError, does_not_exist, invalid_value
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.wire import decode, encode

_STATE = "finance.custom_fields.gone"


def given(fields: Fields, known: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Custom fields as answers show them: those a request names, and the others a record has already.

    The sandbox knows no definitions and keeps what it is given; a label without an API name gets one.
    """
    named = [
        {
            "customfield_id": row.text("customfield_id"),
            "index": row.whole("index", position),
            "label": row.text("label"),
            "api_name": row.text("api_name") or _api_name(row.text("label")),
            "value": row.text("value", 2000),
        }
        for position, row in enumerate(fields.rows("custom_fields"), 1)
    ]
    names = {_identity(each) for each in named}
    return [dict(each) for each in known if _identity(each) not in names] + named


def existing(database: Database, named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without fields that were deleted: the services take them without a word and keep nothing."""
    gone = _gone(database)
    return [each for each in named if each["api_name"] not in gone] if gone else named


def set_existing(database: Database, api_name: str, *, exists: bool) -> None:
    """Delete a field of contacts and items of every service, with what records hold in it, or make it anew."""
    gone = _gone(database) - {api_name} if exists else _gone(database) | {api_name}
    database.save_state(_STATE, encode(sorted(gone)).decode())
    if exists:
        return
    for table in ("finance_contacts", "finance_items"):
        for row in database.query(f"SELECT rowid, document FROM {table}"):  # noqa: S608  (names are code)
            document = decode(row["document"])
            document["custom_fields"] = existing(database, document["custom_fields"])
            database.execute(
                f"UPDATE {table} SET document = ? WHERE rowid = ?",  # noqa: S608
                (encode(document).decode(), row["rowid"]),
            )
    database.execute(
        "UPDATE finance_contacts SET summary = json_remove(summary, ?, ?)",
        (f"$.{api_name}", f"$.custom_field_hash.{api_name}"),
    )


def _gone(database: Database) -> frozenset[str]:
    known = database.load_state(_STATE)
    return frozenset(decode(known)) if known else frozenset()


def by_name(document: Mapping[str, Any]) -> dict[str, Any]:
    """Values of custom fields by API name, as rows of lists carry them."""
    return {each["api_name"]: each["value"] for each in document["custom_fields"] if each["api_name"]}


def _identity(custom_field: Mapping[str, Any]) -> str:
    return str(custom_field["api_name"] or custom_field["customfield_id"] or custom_field["label"])


def _api_name(label: str) -> str:
    return f"cf_{'_'.join(label.casefold().split())}" if label else ""


AMBIGUOUS_CODE = 1038
_KEY, _VALUE, _UPSERT = "X-Unique-Identifier-Key", "X-Unique-Identifier-Value", "X-Upsert"
_IDS = {"finance_contacts": "contact_id", "finance_items": "item_id", "finance_documents": "document_id"}


def record_named(call: FinanceCall, table: str, label: str, kind: str = "") -> str:
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
