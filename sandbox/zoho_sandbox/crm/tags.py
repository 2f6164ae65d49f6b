"""Tags of modules, and which records have them."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import parameters, records
from zoho_sandbox.crm.errors import Body, RecordProblem, refused, status_of
from zoho_sandbox.crm.fields import ModuleInfo
from zoho_sandbox.crm.outcomes import at_field, given_list, outcomes_of, success
from zoho_sandbox.crm.record_view import tags_of
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference
from zoho_sandbox.sandbox import Sandbox

_LONGEST = 25
_MOST_OF_A_RECORD = 10
_MOST_OF_A_MODULE = 100


def list_tags(call: Call) -> Answer:
    """`GET /settings/tags?module=`."""
    info = parameters.module_of(call)
    rows = call.sandbox.db.query("SELECT * FROM crm_tag WHERE module = ? ORDER BY name", (info.api_name,))
    shown = [{"name": row["name"], **_details(call.sandbox, row)} for row in rows]
    return Answer(200, {"tags": shown, "info": {"count": len(shown), "allowed_count": _MOST_OF_A_MODULE}})


def create_tags(call: Call) -> Answer:
    """`POST /settings/tags?module=`."""
    info = parameters.module_of(call)

    def create(given: Body, path: str) -> Body:
        name = _name(given, path)
        if _named(call.sandbox, info, name) is not None:
            raise at_field("DUPLICATE_DATA", "duplicate data", "name", path)
        return _outcome(call, _made(call.sandbox, info, name, call.grant.user_id, given.get("color_code")), "created")

    return _each(call, create, 201)


def change_tags(call: Call) -> Answer:
    """`PUT /settings/tags?module=` and `PUT /settings/tags/{id}?module=`."""
    info = parameters.module_of(call)

    def change(given: Body, path: str) -> Body:
        tag = _known(call.sandbox, info, {"id": call.path.get("id") or given.get("id")}, path)
        name = _name(given, path) if "name" in given else tag["name"]
        other = _named(call.sandbox, info, name)
        if other is not None and other["id"] != tag["id"]:
            raise at_field("DUPLICATE_DATA", "duplicate data", "name", path)
        call.sandbox.db.execute(
            "UPDATE crm_tag SET name = ?, color_code = ?, modified_by = ?, modified_at = ? WHERE id = ?",
            (name, given.get("color_code", tag["color_code"]), call.grant.user_id, now(call.sandbox), tag["id"]),
        )
        return _outcome(call, tag["id"], "updated")

    return _each(call, change, 200)


def delete_tag(call: Call) -> Answer:
    """`DELETE /settings/tags/{id}`: its records lose it."""
    tag = _by_path(call)
    outcome = _outcome(call, tag["id"], "deleted")
    with call.sandbox.db.transaction():
        _forget(call.sandbox, tag["id"])
    return Answer(200, {"tags": [outcome]})


def merge_tags(call: Call) -> Answer:
    """`POST /settings/tags/{id}/actions/merge`: the records of the tag get `conflict_id` in its place."""
    tag = _by_path(call)

    def merge(given: Body, path: str) -> Body:
        kept = call.sandbox.db.one(
            "SELECT * FROM crm_tag WHERE id = ? AND module = ?", (str(given.get("conflict_id")), tag["module"])
        )
        if kept is None or kept["id"] == tag["id"]:
            raise at_field("INVALID_DATA", "invalid data", "conflict_id", path)
        call.sandbox.db.execute(
            "INSERT OR IGNORE INTO crm_record_tag SELECT record_id, ? FROM crm_record_tag WHERE tag_id = ?",
            (kept["id"], tag["id"]),
        )
        _forget(call.sandbox, tag["id"])
        return _outcome(call, kept["id"], "updated")

    return _each(call, merge, 200)


def count_records(call: Call) -> Answer:
    """`GET /settings/tags/{id}/actions/records_count?module=`."""
    parameters.module_of(call)
    sql = "SELECT count(*) FROM crm_record_tag t JOIN crm_record r ON r.id = t.record_id WHERE t.tag_id = ?"
    return Answer(200, {"count": str(call.sandbox.db.value(sql, (call.path["id"],)))})


def add_tags(call: Call) -> Answer:
    """`POST /{module}/{id}/actions/add_tags` and `POST /{module}/actions/add_tags` with `ids`."""
    overwriting = str(call.body.get("over_write", call.query.get("over_write", False))).lower() == "true"

    def add(info: ModuleInfo, record_id: int, given: Sequence[Body]) -> None:
        assign(call.sandbox, info, record_id, given, call.grant.user_id, overwriting=overwriting)

    return _on_records(call, add)


def remove_tags(call: Call) -> Answer:
    """`POST /{module}/{id}/actions/remove_tags` and `POST /{module}/actions/remove_tags` with `ids`."""

    def remove(info: ModuleInfo, record_id: int, given: Sequence[Body]) -> None:
        for index, tag in enumerate(given):
            known = _known(call.sandbox, info, tag, f"$.tags[{index}]")
            call.sandbox.db.execute(
                "DELETE FROM crm_record_tag WHERE record_id = ? AND tag_id = ?", (record_id, known["id"])
            )

    return _on_records(call, remove)


def assign(
    sandbox: Sandbox, info: ModuleInfo, record_id: int, given: Iterable[Any], user_id: str, *, overwriting: bool
) -> None:
    """Give a record tags, each an object with its name or id; a name that is new becomes a tag of the module."""
    if overwriting:
        sandbox.db.execute("DELETE FROM crm_record_tag WHERE record_id = ?", (record_id,))
    for index, item in enumerate(given):
        path, tag = f"$.tags[{index}]", item if isinstance(item, dict) else {"name": item}
        by_id = bool(tag.get("id"))
        known = _known(sandbox, info, tag, path) if by_id else _named(sandbox, info, _name(tag, path))
        tag_id = known["id"] if known else _made(sandbox, info, _name(tag, path), user_id, tag.get("color_code"))
        sandbox.db.execute("INSERT OR IGNORE INTO crm_record_tag VALUES (?, ?)", (record_id, tag_id))
    count = sandbox.db.value("SELECT count(*) FROM crm_record_tag WHERE record_id = ?", (record_id,))
    if count > _MOST_OF_A_RECORD:
        raise RecordProblem("LIMIT_EXCEEDED", "tag limit exceeded", {"limit": _MOST_OF_A_RECORD})


def given_to(row: Mapping[str, Any], path: str) -> list[Body] | None:
    """The tags a record's own body names, checked; None where it names none."""
    given = row.get("Tag")
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > _MOST_OF_A_RECORD:
        raise at_field("INVALID_DATA", "invalid data", "Tag", path, expected_data_type="jsonarray")
    found = [tag if isinstance(tag, dict) else {"name": tag} for tag in given]
    return [{"name": _name(tag, f"{path}.Tag[{index}]")} for index, tag in enumerate(found)]


def _on_records(call: Call, write: Callable[[ModuleInfo, int, Sequence[Body]], None]) -> Answer:
    info = parameters.module_of(call)
    given = given_list(call.body, "tags")
    one = call.path.get("id")

    def each(record_id: Any, _index: int) -> Body:
        row = records.find_row(call.sandbox, info.api_name, record_id)
        if row is None:
            raise RecordProblem("INVALID_DATA", "the id given seems to be invalid", {"id": str(record_id)})
        write(info, row["id"], given)
        details = {"id": str(row["id"]), "tags": tags_of(call.sandbox, [row["id"]]).get(row["id"], [])}
        return success(details, "tags updated successfully")

    wanted = [one] if one else call.body.get("ids") or parameters.ids(call, mandatory=True)
    outcomes = outcomes_of(call.sandbox, wanted, each)
    done = sum(outcome["status"] == "success" for outcome in outcomes)
    counts = {"wf_scheduler": False, "success_count": str(done), "locked_count": "0"}
    return Answer(status_of(outcomes, 200), {"data": outcomes, **(counts if done else {})})


def _each(call: Call, write: Callable[[Body, str], Body], all_done: int) -> Answer:
    given = given_list(call.body, "tags")
    outcomes = outcomes_of(call.sandbox, given, lambda item, index: write(item, f"$.tags[{index}]"))
    return Answer(status_of(outcomes, all_done), {"tags": outcomes})


def _made(sandbox: Sandbox, info: ModuleInfo, name: str, user_id: str, color: Any) -> str:
    tag_id, moment = sandbox.new_id(), now(sandbox)
    sandbox.db.execute(
        "INSERT INTO crm_tag VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (tag_id, info.api_name, name, color, user_id, user_id, moment, moment),
    )
    return tag_id


def _forget(sandbox: Sandbox, tag_id: str) -> None:
    sandbox.db.execute("DELETE FROM crm_record_tag WHERE tag_id = ?", (tag_id,))
    sandbox.db.execute("DELETE FROM crm_tag WHERE id = ?", (tag_id,))


def _by_path(call: Call) -> sqlite3.Row:
    row = call.sandbox.db.one("SELECT * FROM crm_tag WHERE id = ?", (call.path["id"],))
    if row is None:
        raise refused("INVALID_DATA", "invalid data", {"api_name": "id", "json_path": "$.id"})
    return row


def _known(sandbox: Sandbox, info: ModuleInfo, given: Body, path: str) -> sqlite3.Row:
    row = sandbox.db.one(
        "SELECT * FROM crm_tag WHERE module = ? AND (id = ? OR (? IS NULL AND name = ?))",
        (info.api_name, given.get("id"), given.get("id"), given.get("name")),
    )
    if row is None:
        raise at_field("INVALID_DATA", "invalid data", "id" if given.get("id") else "name", path)
    return row


def _named(sandbox: Sandbox, info: ModuleInfo, name: str) -> sqlite3.Row | None:
    return sandbox.db.one("SELECT * FROM crm_tag WHERE module = ? AND name = ?", (info.api_name, name))


def _name(given: Body, path: str) -> str:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise at_field("MANDATORY_NOT_FOUND", "required field not found", "name", path)
    if len(name) > _LONGEST:
        raise at_field("INVALID_DATA", "invalid data", "name", path, maximum_length=_LONGEST)
    return name.strip()


def _outcome(call: Call, tag_id: str, done: str) -> Body:
    row = call.sandbox.db.one("SELECT * FROM crm_tag WHERE id = ?", (tag_id,))
    assert row is not None, "a tag that is there"
    return success(_details(call.sandbox, row), f"tags {done} successfully")


def _details(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "color_code": row["color_code"],
        "created_time": written(sandbox, row["created_at"]),
        "modified_time": written(sandbox, row["modified_at"]),
        "created_by": reference(sandbox, row["created_by"]),
        "modified_by": reference(sandbox, row["modified_by"]),
    }
