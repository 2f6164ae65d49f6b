"""The fields an organisation has beyond those declared here, so that a mapping can name them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tsunagi import FieldSpec, Text
from tsunagi_crm.entities import CrmModule
from tsunagi_crm.metadata import items_of
from tsunagi_zoho import Json, ZohoClient

# What the CRM calls the types that can be kept in step; others hold several values, or other records.
_TYPES: Mapping[str, str] = {
    "text": "text",
    "textarea": "text",
    "picklist": "text",
    "autonumber": "text",
    "email": "email",
    "phone": "phone",
    "website": "url",
    "integer": "integer",
    "bigint": "text",
    "double": "decimal",
    "percent": "decimal",
    "currency": "decimal",
    "boolean": "boolean",
    "date": "date",
}


def read(client: ZohoClient, module: CrmModule) -> Sequence[FieldSpec]:
    """By their API names, as a mapping is to call them."""
    declared = {field.native for field in module.fields}
    fields = items_of(client.get("/settings/fields", params={"module": module.module}), "fields")
    return [_spec(field) for field in fields if field["api_name"] not in declared and field["data_type"] in _TYPES]


def _spec(field: Json) -> FieldSpec:
    kept_by_crm = bool(field.get("read_only") or field.get("field_read_only") or field["data_type"] == "autonumber")
    kind = cast("Any", _TYPES[str(field["data_type"])])
    label = Text.same(str(field.get("field_label") or field["api_name"]))
    return FieldSpec(str(field["api_name"]), kind, label, read_only=kept_by_crm)
