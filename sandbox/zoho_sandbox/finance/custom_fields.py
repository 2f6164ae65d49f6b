"""Custom fields of contacts, items and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zoho_sandbox.finance.payload import Fields


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


def by_name(document: Mapping[str, Any]) -> dict[str, Any]:
    """Values of custom fields by API name, as rows of lists carry them."""
    return {each["api_name"]: each["value"] for each in document["custom_fields"] if each["api_name"]}


def _identity(custom_field: Mapping[str, Any]) -> str:
    return str(custom_field["api_name"] or custom_field["customfield_id"] or custom_field["label"])


def _api_name(label: str) -> str:
    return f"cf_{'_'.join(label.casefold().split())}" if label else ""
