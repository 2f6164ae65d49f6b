"""Records as the API shows them: lookups named, times in the organisation's zone."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.crm import line_items
from zoho_sandbox.crm.fields import ModuleInfo
from zoho_sandbox.crm.iso_currencies import iso_currencies
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.times import written
from zoho_sandbox.crm.users import references
from zoho_sandbox.sandbox import Sandbox

Record = dict[str, Any]
_IDS_A_QUERY = 500
# What the CRM shows in fields that were never filled, others being empty.
_UNSET: dict[tuple[str, str], str | int | list[str]] = {
    ("Accounts", "Account_Number"): "0",
    ("Products", "Qty_in_Stock"): 0,
    ("Products", "Qty_Ordered"): 0,
    ("Products", "Qty_in_Demand"): 0,
    ("Products", "Reorder_Level"): 0,
    ("Products", "Tax"): [],
}
_APPROVAL = {"delegate": False, "approve": False, "reject": False, "resubmit": False}


def rendered(
    sandbox: Sandbox,
    info: ModuleInfo,
    rows: Sequence[sqlite3.Row],
    names: Sequence[str] | None,
    *,
    with_lines: bool = False,
) -> list[Record]:
    """Rows of `crm_record` as JSON objects with the fields `names` (and the id), or with all for None.

    Line items are shown only of a record that is read by itself.
    """
    wanted = [
        name
        for name in (info.fields if names is None else names)
        if name in info.fields and (with_lines or info.fields[name].data_type != "subform")
    ]
    data = [wire.decode(row["data"]) for row in rows]
    lookups = [name for name in wanted if info.fields[name].data_type == "lookup"]
    targets = names_of(sandbox, (values[name] for values in data for name in lookups if values.get(name)))
    tags = tags_of(sandbox, [row["id"] for row in rows]) if names is None or "Tag" in names else {}
    shown = []
    for row, values in zip(rows, data, strict=True):
        record: Record = {"id": str(row["id"])}
        for name in wanted:
            record[name] = _shown(sandbox, info, row, values, name, targets)
        if "What_Id" in wanted:
            record["$se_module"] = values.get("$se_module")
        if names is None:
            record |= _system_keys(sandbox, info, values)
        if names is None or "Tag" in names:
            record["Tag"] = tags.get(row["id"], [])
        shown.append(record)
    return shown


def tags_of(sandbox: Sandbox, ids: Sequence[int]) -> dict[int, list[dict[str, str | None]]]:
    """The tags of records, by the records' ids."""
    found: dict[int, list[dict[str, str | None]]] = {}
    for row in sandbox.db.query(
        "SELECT r.record_id, t.id, t.name, t.color_code FROM crm_record_tag r JOIN crm_tag t ON t.id = r.tag_id"
        " WHERE r.record_id IN (SELECT value FROM json_each(?)) ORDER BY t.name",
        (wire.encode(ids).decode(),),
    ):
        tag = {"id": row["id"], "name": row["name"], "color_code": row["color_code"]}
        found.setdefault(row["record_id"], []).append(tag)
    return found


def names_of(sandbox: Sandbox, ids: Iterable[str]) -> dict[str, str]:
    """The names of records of any module, by id; ids of deleted records are left out."""
    wanted = sorted(set(ids))
    names: dict[str, str] = {}
    for start in range(0, len(wanted), _IDS_A_QUERY):
        chunk = wanted[start : start + _IDS_A_QUERY]
        marks = ",".join("?" * len(chunk))
        rows = sandbox.db.query(
            f"SELECT id, name FROM crm_record WHERE id IN ({marks})",  # noqa: S608  (question marks only)
            [int(record_id) for record_id in chunk],
        )
        names.update((str(row["id"]), row["name"]) for row in rows)
    return names


def shown_values(sandbox: Sandbox, info: ModuleInfo, values: Mapping[str, Any]) -> Record:
    """Stored values of some fields as they are shown, lookups with their names."""
    targets = names_of(sandbox, (v for name, v in values.items() if v and _is_lookup(info, name)))
    return {name: _lookup(value, targets) if _is_lookup(info, name) else value for name, value in values.items()}


def _is_lookup(info: ModuleInfo, name: str) -> bool:
    return name in info.fields and info.fields[name].data_type == "lookup"


def _shown(
    sandbox: Sandbox,
    info: ModuleInfo,
    row: sqlite3.Row,
    values: Mapping[str, Any],
    name: str,
    targets: Mapping[str, str],
) -> Any:
    field = info.fields[name]
    if field.data_type == "lookup":
        return _lookup(values.get(name), targets)
    if field.data_type == "subform":
        return line_items.shown(sandbox, values.get(name) or [], {"id": str(row["id"]), "name": row["name"]})
    if field.stored:
        value = values.get(name)
        if value is None:
            return False if field.data_type == "boolean" else _UNSET.get((info.api_name, name))
        return value
    return _system(sandbox, row, values, name)


def _lookup(value: str | None, targets: Mapping[str, str]) -> dict[str, str] | None:
    if value is None or value not in targets:
        return None
    return {"name": targets[value], "id": value}


def _system(sandbox: Sandbox, row: sqlite3.Row, values: Mapping[str, Any], name: str) -> Any:
    match name:
        case "Owner":
            return references(sandbox).get(row["owner_id"])
        case "Created_By":
            return references(sandbox).get(row["created_by"])
        case "Modified_By":
            return references(sandbox).get(row["modified_by"])
        case "Created_Time":
            return written(sandbox, row["created_at"])
        case "Modified_Time" | "Last_Activity_Time":
            return written(sandbox, row["modified_at"])
        case "Full_Name":
            return row["name"]
        case "Expected_Revenue":
            return expected_revenue(values)
    return None


def expected_revenue(values: Mapping[str, Any]) -> Decimal | None:
    """A deal's amount times its probability."""
    amount, probability = values.get("Amount"), values.get("Probability")
    if amount is None or probability is None:
        return None
    return (Decimal(amount) * Decimal(probability) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _system_keys(sandbox: Sandbox, info: ModuleInfo, values: Mapping[str, Any]) -> Record:
    org = organization(sandbox)
    code = values.get("Currency") or org.currency_code
    return {
        "Locked__s": False,
        "$currency_symbol": iso_currencies()[code].symbol,
        "$approved": True,
        "$approval": _APPROVAL,
        "$approval_state": "approved",
        "$editable": True,
        "$in_merge": False,
        "$state": "save",
        "$process_flow": False,
        "$layout_id": {"name": "Standard", "id": info.layout_id, "display_label": "Standard"},
    }
