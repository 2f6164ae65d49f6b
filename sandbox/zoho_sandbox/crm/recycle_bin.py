"""The recycle bin: what was deleted, until it is removed for good or, in the vendor's pages, restored."""

import sqlite3
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import page_tokens, parameters
from zoho_sandbox.crm.errors import Body, error, status_of
from zoho_sandbox.crm.fields import catalog
from zoho_sandbox.crm.outcomes import success
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference
from zoho_sandbox.sandbox import Sandbox

_DELETED = (
    "SELECT d.*, r.owner_id FROM crm_deleted d JOIN crm_recycled r ON r.id = d.id"
    " WHERE {where} ORDER BY d.deleted_at DESC, d.id DESC LIMIT ? OFFSET ?"
)


def recycle(sandbox: Sandbox, row: sqlite3.Row, user_id: str) -> None:
    """Move a record into the bin; what is related to it stays, for the day it is restored."""
    _note_deletion(sandbox, row, user_id)
    sandbox.db.execute(
        "INSERT INTO crm_recycled VALUES (?, ?, ?, ?, ?)",
        (row["id"], row["owner_id"], row["modified_by"], row["created_at"], row["data"]),
    )


def destroy(sandbox: Sandbox, row: sqlite3.Row, user_id: str) -> None:
    """Delete a record past the bin, as a merge does with those it merges away."""
    _note_deletion(sandbox, row, user_id)
    _forget(sandbox, row["id"])


def _note_deletion(sandbox: Sandbox, row: sqlite3.Row, user_id: str) -> None:
    sandbox.db.execute(
        "INSERT INTO crm_deleted VALUES (?, ?, ?, ?, ?, ?)",
        (row["id"], row["module"], row["name"], row["created_by"], user_id, now(sandbox)),
    )
    sandbox.db.execute("DELETE FROM crm_record WHERE id = ?", (row["id"],))


def restore(sandbox: Sandbox, record_id: str) -> None:
    """Put a record back as it was, changed at the present; raises ValueError for one that is not in the bin."""
    row = sandbox.db.one(
        "SELECT d.*, r.owner_id, r.modified_by, r.created_at, r.data FROM crm_deleted d"
        " JOIN crm_recycled r ON r.id = d.id WHERE d.id = ?",
        (int(record_id) if record_id.isdecimal() else -1,),
    )
    if row is None:
        raise ValueError(f"there is no record {record_id!r} in the recycle bin")
    sandbox.db.execute(
        "INSERT INTO crm_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["id"],
            row["module"],
            row["name"],
            row["owner_id"],
            row["created_by"],
            row["modified_by"],
            row["created_at"],
            now(sandbox),
            row["data"],
        ),
    )
    sandbox.db.execute("DELETE FROM crm_deleted WHERE id = ?", (row["id"],))
    sandbox.db.execute("DELETE FROM crm_recycled WHERE id = ?", (row["id"],))


def list_recycled(call: Call) -> Answer:
    """`GET /settings/recycle_bin`."""
    return _recycled(call, parameters.ids(call, mandatory=False))


def get_recycled(call: Call) -> Answer:
    """`GET /settings/recycle_bin/{id}`."""
    return _recycled(call, [call.path["id"]])


def _recycled(call: Call, wanted: list[str]) -> Answer:
    page, per_page = parameters.paging(call)
    where = f"d.id IN ({','.join('?' * len(wanted))})" if wanted else "1"
    values = [int(text) if text.isdecimal() else -1 for text in wanted]
    rows = call.sandbox.db.query(_DELETED.format(where=where), [*values, per_page + 1, (page - 1) * per_page])
    if not rows:
        return Answer(204)
    shown = [_as_json(call, row) for row in rows[:per_page]]
    info = page_tokens.plain_info(page=page, per_page=per_page, count=len(shown), more=len(rows) > per_page)
    return Answer(200, {"recycle_bin": shown, "info": info})


def remove_recycled(call: Call) -> Answer:
    """`DELETE /settings/recycle_bin?ids=` and `DELETE /settings/recycle_bin/{id}`: for good."""
    ids = [call.path["id"]] if "id" in call.path else parameters.ids(call, mandatory=True)
    with call.sandbox.db.transaction():
        outcomes = [_removed(call.sandbox, record_id) for record_id in ids]
    return Answer(status_of(outcomes, 200), {"recycle_bin": outcomes})


def _removed(sandbox: Sandbox, record_id: str) -> Body:
    key = int(record_id) if record_id.isdecimal() else -1
    if sandbox.db.one("SELECT 1 FROM crm_recycled WHERE id = ?", (key,)) is None:
        return error("INVALID_DATA", "the id given seems to be invalid", {"id": record_id})
    _forget(sandbox, key)
    return success({"id": record_id}, "record deleted")


def _forget(sandbox: Sandbox, key: int) -> None:
    sandbox.db.execute("DELETE FROM crm_recycled WHERE id = ?", (key,))
    sandbox.db.execute("DELETE FROM crm_relation WHERE record_id = ? OR related_id = ?", (key, key))
    sandbox.db.execute("DELETE FROM crm_note WHERE parent_id = ?", (key,))


def _as_json(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    info = catalog(call.sandbox)[row["module"]]
    return {
        "id": str(row["id"]),
        "display_name": row["name"],
        "module": {"api_name": info.api_name, "id": info.id},
        "owner": reference(call.sandbox, row["owner_id"]),
        "deleted_by": reference(call.sandbox, row["deleted_by"]),
        "deleted_time": written(call.sandbox, row["deleted_at"]),
    }
