"""Attachments of records: files, and links to files elsewhere."""

import sqlite3
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import page_tokens, parameters, records
from zoho_sandbox.crm.errors import Body, RecordProblem, refused, status_of
from zoho_sandbox.crm.outcomes import outcomes_of, success
from zoho_sandbox.crm.record_view import names_of
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference, references

_LARGEST = 20 * 1024 * 1024
_COLUMNS = "id, module, parent_id, file_name, length(content) AS size, link_url, created_by, created_at"


def list_attachments(call: Call) -> Answer:
    """`GET /{module}/{id}/Attachments`."""
    parent = _parent(call)
    names = parameters.fields(call, mandatory=True) or []
    page, per_page = parameters.paging(call)
    rows = call.sandbox.db.query(
        f"SELECT {_COLUMNS} FROM crm_attachment WHERE parent_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608  (columns are code)
        (parent["id"], per_page + 1, (page - 1) * per_page),
    )
    if not rows:
        return Answer(204)
    shown = [_as_json(call, row) for row in rows[:per_page]]
    kept = {"id", *names}
    data = [{name: value for name, value in each.items() if name in kept or name.startswith("$")} for each in shown]
    info = page_tokens.plain_info(page=page, per_page=per_page, count=len(data), more=len(rows) > per_page)
    return Answer(200, {"data": data, "info": info})


def attach(call: Call) -> Answer:
    """`POST /{module}/{id}/Attachments`: a file of a multipart form, or `attachmentUrl`."""
    parent = _parent(call)
    link = call.query.get("attachmentUrl")
    file = (call.query.get("title") or link, b"") if link else wire.uploaded(_content_type(call), call.content)
    if file is None:
        raise refused("INVALID_REQUEST", "unable to process your request", {"expected_type": "file"})
    name, content = file
    if len(content) > _LARGEST:
        raise refused("FILE_SIZE_MORE_THAN_ALLOWED_SIZE", "the file is too large", {"maximum_length": _LARGEST})
    attachment_id, moment, user = int(call.sandbox.new_id()), now(call.sandbox), call.grant.user_id
    call.sandbox.db.execute(
        "INSERT INTO crm_attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (attachment_id, parent["module"], parent["id"], name, content, link, user, moment),
    )
    details = {
        "id": str(attachment_id),
        "Created_Time": written(call.sandbox, moment),
        "Modified_Time": written(call.sandbox, moment),
        "Created_By": reference(call.sandbox, user),
        "Modified_By": reference(call.sandbox, user),
    }
    return Answer(200, {"data": [success(details, "attachment uploaded successfully")]})


def download(call: Call) -> Answer:
    """`GET /{module}/{id}/Attachments/{attachment_id}`: the file itself."""
    parent = _parent(call)
    row = call.sandbox.db.one(
        "SELECT file_name, content FROM crm_attachment WHERE id = ? AND parent_id = ?",
        (_key(call.path["attachment_id"]), parent["id"]),
    )
    if row is None:
        return Answer(204)
    name = row["file_name"].encode("ascii", "replace").decode().replace('"', "'")
    headers = {
        "content-type": "application/x-download;charset=UTF-8",
        "content-disposition": f'attachment; filename="{name}"',
    }
    return Answer(200, bytes(row["content"]), headers)


def remove(call: Call) -> Answer:
    """`DELETE /{module}/{id}/Attachments?ids=` and `DELETE …/Attachments/{attachment_id}`."""
    parent = _parent(call)
    one = call.path.get("attachment_id")

    def delete(attachment_id: str, _index: int) -> Body:
        key = (_key(attachment_id), parent["id"])
        if not call.sandbox.db.execute("DELETE FROM crm_attachment WHERE id = ? AND parent_id = ?", key).rowcount:
            raise RecordProblem("INVALID_DATA", "record not deleted", {"id": attachment_id})
        return success({"id": attachment_id}, "record deleted")

    outcomes = outcomes_of(call.sandbox, [one] if one else parameters.ids(call, mandatory=True), delete)
    return Answer(status_of(outcomes, 200), {"data": outcomes})


def _parent(call: Call) -> sqlite3.Row:
    info = parameters.module_of(call)
    row = records.find_row(call.sandbox, info.api_name, call.path["id"])
    if row is None:
        details = {"related_status": "invalid", "resource_path_index": 1}
        raise refused("INVALID_DATA", "the id given seems to be invalid", details)
    return row


def _content_type(call: Call) -> str:
    return call.headers.get("content-type", "")


def _key(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 19 else -1


def _as_json(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    person = references(call.sandbox).get(row["created_by"])
    parent_id, moment = str(row["parent_id"]), written(call.sandbox, row["created_at"])
    return {
        "id": str(row["id"]),
        "Owner": person,
        "Created_By": person,
        "Modified_By": person,
        "Created_Time": moment,
        "Modified_Time": moment,
        "Parent_Id": {"id": parent_id, "name": names_of(call.sandbox, [parent_id]).get(parent_id)},
        "File_Name": row["file_name"],
        "Size": str(row["size"]),
        "$file_id": f"f{row['id']}",
        "$type": "Link URL" if row["link_url"] else "Attachment",
        "$se_module": row["module"],
        "$state": "save",
        "$link_url": row["link_url"],
        "$editable": True,
        "$attachment_type": 0,
    }
