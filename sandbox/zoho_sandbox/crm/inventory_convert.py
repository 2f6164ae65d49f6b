"""Converting a quote into an order or invoice, and an order into an invoice."""

from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import callbacks, parameters, records
from zoho_sandbox.crm.drafts import Checker
from zoho_sandbox.crm.errors import Body, RecordProblem, refused
from zoho_sandbox.crm.fields import ModuleInfo, catalog
from zoho_sandbox.crm.inventory_fields import LINE_ITEMS
from zoho_sandbox.crm.outcomes import success

# What a record may become, and the field of the new one that names it.
_TARGETS: dict[str, dict[str, str | None]] = {
    "Quotes": {"Sales_Orders": "Quote_Name", "Invoices": None},
    "Sales_Orders": {"Invoices": "Sales_Order"},
}
_MARK = "$converted"


def convert_record(call: Call) -> Answer:
    """`POST /{module}/{id}/actions/convert` with `{"data": [{"convert_to": [{"module": {"api_name"}}]}]}`."""
    info = parameters.module_of(call)
    targets = _TARGETS.get(info.api_name)
    if targets is None:
        raise refused("NOT_ALLOWED", "records of this module cannot be converted", {"resource_path_index": 0})
    row = records.find_row(call.sandbox, info.api_name, call.path["id"])
    if row is None:
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    stored = wire.decode(row["data"])
    if stored.get(_MARK):
        raise refused("ID_ALREADY_CONVERTED", "id already converted", {"resource_path_index": 1})
    try:
        with call.sandbox.db.transaction():
            made = {name: _made(call, info, stored, name) for name in _wanted(call, targets)}
            call.sandbox.db.execute(
                "UPDATE crm_record SET data = json_set(data, '$.\"$converted\"', json('true')) WHERE id = ?",
                (row["id"],),
            )
    except RecordProblem as problem:
        return Answer(400, {"data": [problem.body]})
    return Answer(200, {"data": [success(made, "The record has been converted successfully")]})


def _wanted(call: Call, targets: dict[str, str | None]) -> list[str]:
    data = call.body.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    given = first.get("convert_to")
    where = {"api_name": "convert_to", "json_path": "$.data[0].convert_to"}
    if not isinstance(given, list) or not given:
        raise RecordProblem("MANDATORY_NOT_FOUND", "required field not found", where)
    names = []
    for index, item in enumerate(given):
        module = item.get("module") if isinstance(item, dict) else None
        name = module.get("api_name") if isinstance(module, dict) else None
        if name not in targets:
            where = {"api_name": "api_name", "json_path": f"$.data[0].convert_to[{index}].module.api_name"}
            raise RecordProblem("INVALID_DATA", "invalid data", {**where, "supported_values": list(targets)})
        names.append(name)
    return names


def _made(call: Call, info: ModuleInfo, stored: dict[str, Any], target: str) -> Body:
    """Make the new record with everything both have in common, and tell of it."""
    sandbox, into = call.sandbox, catalog(call.sandbox)[target]
    row = {name: value for name, value in stored.items() if name in into.fields}
    row[LINE_ITEMS[target]] = stored.get(LINE_ITEMS[info.api_name])
    named_by = _TARGETS[info.api_name][target]
    if named_by is not None:
        row[named_by] = {"id": call.path["id"]}
    draft = Checker(sandbox, into).created(row, "$.data[0]")
    made = records.insert(sandbox, into, draft, call.grant.user_id)
    callbacks.queue(sandbox, into, "insert", [callbacks.Change(made.id)])
    return {"id": made.id, "name": draft.data["Subject"]}
