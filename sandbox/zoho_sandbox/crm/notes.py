"""Notes on records: a title, a text and the record they stand under."""

import sqlite3
from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import page_tokens, parameters, records
from zoho_sandbox.crm.errors import Body, RecordProblem, refused, status_of
from zoho_sandbox.crm.fields import catalog
from zoho_sandbox.crm.outcomes import at_field, outcomes_of, success
from zoho_sandbox.crm.record_view import names_of
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference, references

_MOST_NOTES = 100
_LONGEST = {"Note_Title": 120, "Note_Content": 32_000}
_LIST = "SELECT * FROM crm_note WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?"


def list_notes(call: Call) -> Answer:
    """`GET /Notes`."""
    return _listed(call, "1", [])


def list_notes_of(call: Call) -> Answer:
    """`GET /{module}/{id}/Notes`."""
    parent = _parent(call, call.path["module"], call.path["id"])
    return _listed(call, "parent_id = ?", [parent["id"]])


def get_note(call: Call) -> Answer:
    """`GET /Notes/{id}`."""
    row = _find(call, call.path["id"])
    return Answer(204) if row is None else Answer(200, {"data": [_as_json(call, row)]})


def create_notes(call: Call) -> Answer:
    """`POST /Notes`, each with its `Parent_Id`."""

    def create(given: Body, path: str) -> Body:
        about = given.get("Parent_Id")
        about = about if isinstance(about, dict) else {}
        module = about.get("module")
        name = module.get("api_name") if isinstance(module, dict) else given.get("se_module")
        if not name or not about.get("id"):
            raise at_field("MANDATORY_NOT_FOUND", "required field not found", "Parent_Id", path)
        parent = records.find_row(call.sandbox, str(name), about["id"])
        if parent is None:
            raise at_field("INVALID_DATA", "the id given seems to be invalid", "Parent_Id", path)
        return _added(call, parent, given, path)

    return _each(call, create, 201)


def create_notes_of(call: Call) -> Answer:
    """`POST /{module}/{id}/Notes`."""
    parent = _parent(call, call.path["module"], call.path["id"])
    return _each(call, lambda given, path: _added(call, parent, given, path), 201)


def change_notes(call: Call) -> Answer:
    """`PUT /Notes` and `PUT /Notes/{id}`."""

    def change(given: Body, path: str) -> Body:
        row = _find(call, str(call.path.get("id") or given.get("id", "")))
        if row is None:
            raise at_field("INVALID_DATA", "the id given seems to be invalid", "id", path)
        title, content = row["title"], row["content"]
        title = _text(given, "Note_Title", path) if "Note_Title" in given else title
        content = _text(given, "Note_Content", path) if "Note_Content" in given else content
        call.sandbox.db.execute(
            "UPDATE crm_note SET title = ?, content = ?, modified_by = ?, modified_at = ? WHERE id = ?",
            (title, content, call.grant.user_id, now(call.sandbox), row["id"]),
        )
        return _outcome(call, row["id"], "record updated")

    return _each(call, change, 200)


def delete_notes(call: Call) -> Answer:
    """`DELETE /Notes?ids=` and `DELETE /Notes/{id}`."""
    ids = [call.path["id"]] if "id" in call.path else parameters.ids(call, mandatory=True)

    def delete(note_id: str, _index: int) -> Body:
        row = _find(call, note_id)
        if row is None:
            raise RecordProblem("INVALID_DATA", "record not deleted", {"id": note_id})
        outcome = _outcome(call, row["id"], "record deleted")
        call.sandbox.db.execute("DELETE FROM crm_note WHERE id = ?", (row["id"],))
        return outcome

    outcomes = outcomes_of(call.sandbox, ids, delete)
    return Answer(status_of(outcomes, 200), {"data": outcomes})


def _listed(call: Call, where: str, values: list[Any]) -> Answer:
    names = parameters.fields(call, mandatory=True) or []
    page, per_page = parameters.paging(call)
    rows = call.sandbox.db.query(_LIST.format(where=where), [*values, per_page + 1, (page - 1) * per_page])
    if not rows:
        return Answer(204)
    shown = [_as_json(call, row) for row in rows[:per_page]]
    data = [{name: value for name, value in note.items() if name in names or name == "id"} for note in shown]
    info = page_tokens.plain_info(page=page, per_page=per_page, count=len(data), more=len(rows) > per_page)
    return Answer(200, {"data": data, "info": info})


def _each(call: Call, write: Callable[[Body, str], Body], all_done: int) -> Answer:
    given = call.body.get("data")
    if not isinstance(given, list) or not 0 < len(given) <= _MOST_NOTES:
        raise refused("INVALID_DATA", "invalid data", {"api_name": "data", "json_path": "$.data"})

    def each(item: Any, index: int) -> Body:
        path = f"$.data[{index}]"
        if not isinstance(item, dict):
            raise at_field("INVALID_DATA", "invalid data", "data", path)
        return write(item, path)

    outcomes = outcomes_of(call.sandbox, given, each)
    return Answer(status_of(outcomes, all_done), {"data": outcomes})


def _added(call: Call, parent: sqlite3.Row, given: Body, path: str) -> Body:
    content = _text(given, "Note_Content", path)
    if not content:
        raise at_field("MANDATORY_NOT_FOUND", "required field not found", "Note_Content", path)
    note_id, moment, user = int(call.sandbox.new_id()), now(call.sandbox), call.grant.user_id
    call.sandbox.db.execute(
        "INSERT INTO crm_note VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            note_id,
            parent["module"],
            parent["id"],
            _text(given, "Note_Title", path),
            content,
            user,
            user,
            moment,
            moment,
        ),
    )
    return _outcome(call, note_id, "record added")


def _text(given: Body, name: str, path: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise at_field("INVALID_DATA", "invalid data", name, path, expected_data_type="text")
    if value is not None and len(value) > _LONGEST[name]:
        raise at_field("INVALID_DATA", "invalid data", name, path, maximum_length=_LONGEST[name])
    return value


def _find(call: Call, note_id: str) -> sqlite3.Row | None:
    key = int(note_id) if note_id.isdecimal() and len(note_id) <= 19 else -1
    return call.sandbox.db.one("SELECT * FROM crm_note WHERE id = ?", (key,))


def _parent(call: Call, module: str, record_id: str) -> sqlite3.Row:
    info = parameters.module_of(call)
    row = records.find_row(call.sandbox, info.api_name, record_id)
    if row is None:
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1, "module": module})
    return row


def _outcome(call: Call, note_id: int, message: str) -> Body:
    row = call.sandbox.db.one("SELECT * FROM crm_note WHERE id = ?", (note_id,))
    assert row is not None, "a note that was just written"
    details = {
        "id": str(note_id),
        "Created_Time": written(call.sandbox, row["created_at"]),
        "Modified_Time": written(call.sandbox, row["modified_at"]),
        "Created_By": reference(call.sandbox, row["created_by"]),
        "Modified_By": reference(call.sandbox, row["modified_by"]),
    }
    return success(details, message)


def _as_json(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    people = references(call.sandbox)
    parent_id, info = str(row["parent_id"]), catalog(call.sandbox)[row["module"]]
    return {
        "id": str(row["id"]),
        "Note_Title": row["title"],
        "Note_Content": row["content"],
        "Parent_Id": {
            "module": {"api_name": info.api_name, "id": info.id},
            "name": names_of(call.sandbox, [parent_id]).get(parent_id),
            "id": parent_id,
        },
        "Owner": people.get(row["created_by"]),
        "Created_By": people.get(row["created_by"]),
        "Modified_By": people.get(row["modified_by"]),
        "Created_Time": written(call.sandbox, row["created_at"]),
        "Modified_Time": written(call.sandbox, row["modified_at"]),
        "$attachments": [],
        "$editable": True,
        "$is_shared_to_client": None,
        "$size": None,
        "$state": "save",
        "$voice_note": False,
    }
