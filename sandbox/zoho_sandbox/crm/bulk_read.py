"""Bulk read: a job that writes the records of a module into a zipped CSV file."""

import csv
import zipfile
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import callbacks, criteria, views
from zoho_sandbox.crm.errors import Body, refused
from zoho_sandbox.crm.fields import ModuleInfo, module_info
from zoho_sandbox.crm.record_view import rendered
from zoho_sandbox.crm.standard_fields import NAME_FIELDS
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import permits, reference

_JOB = "crm.bulk_read."
_PAGE = 200_000
_MOST_PAGES = 500


def create_job(call: Call) -> Answer:
    """`POST /crm/bulk/v8/read` with `{"query": {"module": {"api_name"}, "fields"?, "criteria"?, "cvid"?, "page"?}}`."""
    query = call.body.get("query")
    query = query if isinstance(query, dict) else {}
    info = _module(call, query)
    _selection(call, info, query)
    page = query.get("page") or 1
    if not isinstance(page, int) or not 1 <= page <= _MOST_PAGES:
        raise refused("PAGE_RANGE_EXCEEDED", "the page is beyond the limit", {"max_limit": _MOST_PAGES})
    callback = _callback(call)
    details: Body = {
        "id": call.sandbox.new_id(),
        "operation": "read",
        "state": "ADDED",
        "created_by": reference(call.sandbox, call.grant.user_id),
        "created_time": written(call.sandbox, now(call.sandbox)),
    }
    job = {**details, "query": {**query, "page": page}, "file_type": "csv"}
    call.sandbox.db.save_state(_JOB + details["id"], wire.encode(job).decode())
    if callback:
        told = {"job_id": details["id"], "operation": "read", "state": "COMPLETED", "query": job["query"]}
        callbacks.enqueue(call.sandbox, details["id"], callback, {**told, "result": _result(call, job)})
    added = {"code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "status": "success", "details": details}
    return Answer(201, {"data": [added], "info": {}})


def get_job(call: Call) -> Answer:
    """`GET /crm/bulk/v8/read/{job_id}`: at work when it is looked at first, done from then on."""
    job = _job(call)
    state = "IN PROGRESS" if job["state"] == "ADDED" else "COMPLETED"
    call.sandbox.db.save_state(_JOB + job["id"], wire.encode({**job, "state": state}).decode())
    done = {"result": _result(call, job)} if state == "COMPLETED" else {}
    return Answer(200, {"data": [{**job, "state": state, **done}]})


def get_result(call: Call) -> Answer:
    """`GET /crm/bulk/v8/read/{job_id}/result`: a zip with one CSV file."""
    job = _job(call)
    if job["state"] == "ADDED":
        raise _not_found(job["id"])
    info = _module(call, job["query"])
    asked = job["query"].get("fields") or [field.api_name for field in info.fields.values()]
    names = [name for name in asked if _readable(info, name)]
    where, values = _selection(call, info, job["query"])
    rows = call.sandbox.db.query(
        f"SELECT * FROM crm_record WHERE {where} ORDER BY id LIMIT ? OFFSET ?",  # noqa: S608  (built from known names)
        [*values, _PAGE, (job["query"]["page"] - 1) * _PAGE],
    )
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Id", *names])
    for record in rendered(call.sandbox, info, rows, [name.partition(".")[0] for name in names]):
        writer.writerow([record["id"], *(_cell(record, name) for name in names)])
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{job['id']}.csv", text.getvalue())
    headers = {
        "content-type": "application/x-download;charset=UTF-8",
        "content-disposition": f'attachment; filename="{job["id"]}.zip"',
    }
    return Answer(200, packed.getvalue(), headers)


def _readable(info: ModuleInfo, name: str) -> bool:
    """Fields, and the name of the record a lookup means (`Account_Name.Account_Name`)."""
    field = info.fields.get(name.partition(".")[0])
    if field is None or field.data_type == "subform":
        return False
    return "." not in name or (
        field.lookup_module is not None and name.partition(".")[2] == NAME_FIELDS[field.lookup_module]
    )


def _cell(record: Mapping[str, Any], name: str) -> str:
    field, _, part = name.partition(".")
    value = record[field]
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return str(value["name" if part else "id"])
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _module(call: Call, query: Body) -> ModuleInfo:
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    info = module_info(call.sandbox, str(name)) if name else None
    if info is None:
        raise refused("MODULE_NOT_SUPPORTED", "the module is not supported in bulk read", {"module": name})
    permission = f"Crm_Implied_View_{info.api_name}"
    if not permits(call.sandbox, call.grant.user_id, permission):
        raise refused("NO_PERMISSION", "permission denied", {"permissions": [permission]}, status=403)
    return info


def _selection(call: Call, info: ModuleInfo, query: Body) -> tuple[str, list[Any]]:
    """Which records, as SQL after WHERE, with its parameters."""
    where, values = "module = ?", [info.api_name]
    wanted = [query.get("criteria")]
    if query.get("cvid"):
        wanted.append(views.view_criteria(call.sandbox, info.api_name, str(query["cvid"])))
    for condition in wanted:
        if condition:
            try:
                sql, bound = criteria.clause(info, condition, call.grant.user_id)
            except criteria.InvalidCriteriaError as error:
                raise refused("INVALID_CRITERIA", str(error)) from error
            where, values = f"{where} AND {sql}", [*values, *bound]
    return where, values


def _callback(call: Call) -> str:
    given = call.body.get("callback")
    if not given:
        return ""
    url, method = (given.get("url"), given.get("method")) if isinstance(given, dict) else (None, None)
    if method != "post":
        raise refused("INVALID_CALLBACK_METHOD", "the callback method is invalid")
    if not str(url).startswith(("https://", "http://")):
        raise refused("INVALID_CALLBACK_URL", "the callback url is invalid")
    return str(url)


def _result(call: Call, job: Body) -> Body:
    where, values = _selection(call, _module(call, job["query"]), job["query"])
    count = call.sandbox.db.value(f"SELECT count(*) FROM crm_record WHERE {where}", values)  # noqa: S608  (known names)
    page = job["query"]["page"]
    return {
        "page": page,
        "count": max(0, min(_PAGE, count - (page - 1) * _PAGE)),
        "download_url": f"/crm/bulk/v8/read/{job['id']}/result",
        "per_page": _PAGE,
        "more_records": count > page * _PAGE,
    }


def _job(call: Call) -> Body:
    stored = call.sandbox.db.load_state(_JOB + call.path["job_id"])
    if stored is None:
        raise _not_found(call.path["job_id"])
    job: Body = wire.decode(stored)
    return job


def _not_found(job_id: str) -> Exception:
    return refused("RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", {"resource": job_id}, status=404)
