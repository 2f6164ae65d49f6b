"""Merging: several records become one. References to the others then point to it, and the others are deleted."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import callbacks, parameters, records
from zoho_sandbox.crm.drafts import Draft
from zoho_sandbox.crm.errors import Body, RecordProblem
from zoho_sandbox.crm.fields import ModuleInfo, catalog, lookups_to
from zoho_sandbox.crm.recycle_bin import destroy
from zoho_sandbox.sandbox import Sandbox

_MODULES = ("Accounts", "Contacts", "Vendors")
_MOST_OTHERS = 2
_JOB = "crm.merge."


def merge_records(call: Call) -> Answer:
    """`POST /{module}/{id}/actions/merge`: done at once, answered as the scheduled job it is in the CRM."""
    info = parameters.module_of(call)
    try:
        given = _given(call, info)
        master, others = _records(call, info, given)
    except RecordProblem as problem:
        return Answer(400, {"merge": [problem.body]})
    with call.sandbox.db.transaction():
        _merge(call, info, master, others, given)
        job_id = call.sandbox.new_id()
        call.sandbox.db.save_state(_JOB + job_id, wire.encode({**given, "job_id": job_id}).decode())
    details = {"id": call.path["id"], "job_id": job_id}
    outcome = {"code": "SCHEDULED", "details": details, "message": "merge scheduled", "status": "success"}
    return Answer(201, {"merge": [outcome]})


def get_merge(call: Call) -> Answer:
    """`GET /{module}/{id}/actions/merge?job_id=`."""
    stored = call.sandbox.db.load_state(_JOB + call.query.get("job_id", ""))
    if stored is None:
        return Answer(204)
    return Answer(200, {"merge": [{**wire.decode(stored), "status": "COMPLETED"}]})


def _given(call: Call, info: ModuleInfo) -> dict[str, Any]:
    if info.api_name not in _MODULES:
        raise RecordProblem("NOT_ALLOWED", "records of this module cannot be merged", {"resource_path_index": 0})
    wrapped = call.body.get("merge")
    given = wrapped[0] if isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict) else {}
    others = given.get("data")
    where = {"api_name": "data", "json_path": "$.merge[0].data"}
    if not isinstance(others, list) or not others:
        raise RecordProblem("MANDATORY_NOT_FOUND", "required field not found", where)
    if len(others) > _MOST_OTHERS:
        raise RecordProblem("LIMIT_EXCEEDED", "too many records", {**where, "maximum_length": _MOST_OTHERS})
    return {"data": others, "master_record_fields": given.get("master_record_fields", [])}


def _records(call: Call, info: ModuleInfo, given: Body) -> tuple[sqlite3.Row, list[sqlite3.Row]]:
    master = records.find_row(call.sandbox, info.api_name, call.path["id"])
    if master is None:
        raise RecordProblem("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    others: list[sqlite3.Row] = []
    for index, item in enumerate(given["data"]):
        where = {"api_name": "id", "json_path": f"$.merge[0].data[{index}].id"}
        row = records.find_row(call.sandbox, info.api_name, item.get("id") if isinstance(item, dict) else None)
        if row is None:
            raise RecordProblem("INVALID_DATA", "the id given seems to be invalid", where)
        if row["id"] in (master["id"], *(other["id"] for other in others)):
            raise RecordProblem("DUPLICATE_DATA", "duplicate data", where)
        others.append(row)
    return master, others


def _merge(call: Call, info: ModuleInfo, master: sqlite3.Row, others: list[sqlite3.Row], given: Body) -> None:
    sandbox, user_id = call.sandbox, call.grant.user_id
    taken: dict[str, Any] = {}
    for item, row in zip(given["data"], others, strict=True):
        values = wire.decode(row["data"])
        names = {str(chosen.get("api_name")) for chosen in item.get("_fields", ())}
        taken |= {name: values.get(name) for name in names if name in info.fields and info.fields[name].stored}
        sandbox.db.execute("UPDATE crm_note SET parent_id = ? WHERE parent_id = ?", (master["id"], row["id"]))
        destroy(sandbox, row, user_id)
        _take_place(sandbox, info, str(row["id"]), str(master["id"]), user_id)
    stored = wire.decode(master["data"])
    _, changed = records.update(sandbox, info, master, stored, Draft(taken), user_id)
    told = records.change_of(sandbox, info, str(master["id"]), changed)
    callbacks.queue(sandbox, info, "update", [told])
    callbacks.queue(sandbox, info, "delete", [callbacks.Change(str(row["id"])) for row in others])


def _take_place(sandbox: Sandbox, info: ModuleInfo, merged: str, master: str, user_id: str) -> None:
    """Whatever pointed to the merged record points to the master from now on."""
    for field in lookups_to(sandbox, info.api_name):
        column = f"json_extract(data, '$.{field.api_name}')"
        pointing = sandbox.db.query(
            f"SELECT * FROM crm_record WHERE module = ? AND {column} = ? COLLATE NOCASE",  # noqa: S608  (a known field)
            (field.module, merged),
        )
        for row in pointing:
            _point(sandbox, catalog(sandbox)[field.module], row, {field.api_name: master}, user_id)


def _point(sandbox: Sandbox, info: ModuleInfo, row: sqlite3.Row, change: Mapping[str, Any], user_id: str) -> None:
    records.update(sandbox, info, row, wire.decode(row["data"]), Draft(dict(change)), user_id)
    callbacks.queue(sandbox, info, "update", [records.change_of(sandbox, info, str(row["id"]), dict(change))])
