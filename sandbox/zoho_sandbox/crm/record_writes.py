"""Writing records: up to a hundred a call, each with an outcome of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import callbacks, parameters, records, tags
from zoho_sandbox.crm.drafts import Checker, holder
from zoho_sandbox.crm.errors import Body, RecordProblem, refused, status_of
from zoho_sandbox.crm.fields import ModuleInfo
from zoho_sandbox.crm.standard_fields import NAME_FIELDS
from zoho_sandbox.crm.times import parsed, written
from zoho_sandbox.crm.users import reference
from zoho_sandbox.sandbox import Sandbox

_MAX_RECORDS = 100
# Where no duplicate_check_fields are given, upsert looks for the record by these and then by unique fields.
_SYSTEM_DUPLICATE_FIELDS = {**NAME_FIELDS, "Contacts": "Email"}


class _Batch:
    """One writing call: what it changed, reported in one callback per operation."""

    def __init__(self, call: Call, info: ModuleInfo) -> None:
        self.call = call
        self.sandbox: Sandbox = call.sandbox
        self.info = info
        self.user_id = call.grant.user_id
        self.checker = Checker(call.sandbox, info)
        self.unmodified_since = _unmodified_since(call)
        self._changes: dict[str, list[callbacks.Change]] = {}

    def run(self, write: Callable[[Mapping[str, Any], str], Body], rows: Sequence[Any]) -> list[Body]:
        """The outcome of each row; a bad row does not touch the others."""
        outcomes = []
        with self.sandbox.db.transaction():
            for index, row in enumerate(rows):
                try:
                    outcomes.append(write(_object(row, index), f"$.data[{index}]"))
                except RecordProblem as problem:
                    outcomes.append(problem.body)
            for operation, changes in self._changes.items():
                callbacks.queue(self.sandbox, self.info, operation, changes)
        return outcomes

    def create(self, row: Mapping[str, Any], path: str) -> Body:
        tagged = tags.given_to(row, path)
        stored = records.insert(self.sandbox, self.info, self.checker.created(row, path), self.user_id)
        self._tag(stored.id, tagged)
        self._note("insert", callbacks.Change(stored.id))
        return self._written(stored, "record added")

    def update(self, row: Mapping[str, Any], path: str) -> Body:
        if "id" not in row:
            details = {"api_name": "id", "json_path": f"{path}.id"}
            raise RecordProblem("MANDATORY_NOT_FOUND", "required field not found", details)
        known = records.find_row(self.sandbox, self.info.api_name, row["id"])
        if known is None:
            raise records.unknown_id(path)
        if self.unmodified_since is not None and known["modified_at"] > self.unmodified_since:
            details = {"id": str(known["id"]), "api_name": "id", "json_path": f"{path}.id"}
            raise RecordProblem("ALREADY_MODIFIED", "the record has been modified since", details)
        stored = wire.decode(known["data"])
        tagged = tags.given_to(row, path)
        draft = self.checker.changed(row, path, stored, str(known["id"]))
        self._tag(str(known["id"]), tagged)
        outcome, changed = records.update(self.sandbox, self.info, known, stored, draft, self.user_id)
        self._note("update", records.change_of(self.sandbox, self.info, outcome.id, changed))
        return self._written(outcome, "record updated")

    def _tag(self, record_id: str, given: Sequence[Body] | None) -> None:
        if given is not None:
            tags.assign(self.sandbox, self.info, int(record_id), given, self.user_id, overwriting=True)

    def upsert(self, row: Mapping[str, Any], path: str) -> Body:
        found, name = self._twin(row, path)
        if found is None:
            return {**self.create(row, path), "action": "insert", "duplicate_field": None}
        return {**self.update({**row, "id": found}, path), "action": "update", "duplicate_field": name}

    def _twin(self, row: Mapping[str, Any], path: str) -> tuple[str | None, str | None]:
        if "id" in row:
            return str(row["id"]), None
        for name in self._duplicate_fields():
            value = row.get(name)
            if name == "Full_Name" or value in (None, ""):
                continue
            if isinstance(value, dict):
                value = value.get("id")
            twin = holder(self.sandbox, self.info.api_name, name, value, None)
            if twin is not None:
                return str(twin["id"]), name
        del path
        return None, None

    def _duplicate_fields(self) -> list[str]:
        given = self.call.body.get("duplicate_check_fields")
        unique = [field.api_name for field in self.info.fields.values() if field.unique]
        if not given:
            return [_SYSTEM_DUPLICATE_FIELDS[self.info.api_name], *unique]
        unknown = [name for name in given if name not in self.info.fields]
        if unknown:
            details = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
            raise refused("INVALID_DATA", "invalid data", details)
        return list(given)

    def delete(self, row: Mapping[str, Any], path: str) -> Body:
        known = records.find_row(self.sandbox, self.info.api_name, row["id"])
        if known is None:
            problem = records.unknown_id(path)
            problem.body["details"] = {"id": str(row["id"])}
            raise problem
        records.delete(self.sandbox, known, self.user_id)
        self._note("delete", callbacks.Change(str(known["id"])))
        return {
            "code": "SUCCESS",
            "details": {"id": str(known["id"])},
            "message": "record deleted",
            "status": "success",
        }

    def _note(self, operation: str, change: callbacks.Change) -> None:
        self._changes.setdefault(operation, []).append(change)

    def _written(self, stored: records.Stored, message: str) -> Body:
        return {
            "code": "SUCCESS",
            "details": {
                "Modified_Time": written(self.sandbox, stored.modified_at),
                "Modified_By": reference(self.sandbox, stored.modified_by),
                "Created_Time": written(self.sandbox, stored.created_at),
                "id": stored.id,
                "Created_By": reference(self.sandbox, stored.created_by),
                "$approval_state": "approved",
            },
            "message": message,
            "status": "success",
        }


def create_records(call: Call) -> Answer:
    """`POST /{module}`."""
    batch = _Batch(call, parameters.module_of(call))
    return _answer(batch.run(batch.create, _rows(call)), 201)


def update_records(call: Call) -> Answer:
    """`PUT /{module}`."""
    batch = _Batch(call, parameters.module_of(call))
    return _answer(batch.run(batch.update, _rows(call)), 200)


def update_record(call: Call) -> Answer:
    """`PUT /{module}/{id}`."""
    batch = _Batch(call, parameters.module_of(call))
    first = _object(_rows(call)[0], 0)
    return _answer(batch.run(batch.update, [{**first, "id": call.path["id"]}]), 200)


def upsert_records(call: Call) -> Answer:
    """`POST /{module}/upsert`: 201 when every record is new."""
    batch = _Batch(call, parameters.module_of(call))
    outcomes = batch.run(batch.upsert, _rows(call))
    all_new = all(outcome.get("action") == "insert" for outcome in outcomes)
    return _answer(outcomes, 201 if all_new else 200)


def delete_records(call: Call) -> Answer:
    """`DELETE /{module}?ids=`."""
    batch = _Batch(call, parameters.module_of(call))
    rows = [{"id": record_id} for record_id in parameters.ids(call, mandatory=True)]
    return _answer(batch.run(batch.delete, rows), 200)


def delete_record(call: Call) -> Answer:
    """`DELETE /{module}/{id}`."""
    batch = _Batch(call, parameters.module_of(call))
    return _answer(batch.run(batch.delete, [{"id": call.path["id"]}]), 200)


def clone_record(call: Call) -> Answer:
    """`POST /{module}/{id}/actions/clone`, with the fields of `data` in place of the record's own."""
    batch = _Batch(call, parameters.module_of(call))
    known = records.find_row(call.sandbox, batch.info.api_name, call.path["id"])
    if known is None:
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    changes = _object(_rows(call)[0], 0) if call.body.get("data") else {}
    row = {**wire.decode(known["data"]), "Owner": {"id": known["owner_id"]}, **changes}
    return _answer(batch.run(batch.create, [row]), 201)


def _rows(call: Call) -> list[Any]:
    given = call.body.get("data")
    where = {"api_name": "data", "json_path": "$.data"}
    if given is None:
        raise refused("MANDATORY_NOT_FOUND", "required field not found", where)
    if not isinstance(given, list) or not given:
        raise refused("INVALID_DATA", "invalid data", {"expected_data_type": "jsonarray", **where})
    if len(given) > _MAX_RECORDS:
        raise refused("INVALID_DATA", "invalid data", {"maximum_length": _MAX_RECORDS, **where})
    return given


def _object(row: Any, index: int) -> Mapping[str, Any]:
    if isinstance(row, dict):
        return row
    details = {"expected_data_type": "jsonobject", "api_name": "data", "json_path": f"$.data[{index}]"}
    raise RecordProblem("INVALID_DATA", "invalid data", details)


def _answer(outcomes: list[Body], success: int) -> Answer:
    status = status_of(outcomes, success)
    if status == 400 and all(outcome["code"] == "ALREADY_MODIFIED" for outcome in outcomes):
        status = 412
    return Answer(status, {"data": outcomes})


def _unmodified_since(call: Call) -> float | None:
    text = call.headers.get("if-unmodified-since")
    if text is None:
        return None
    seconds = parsed(text)
    if seconds is None:
        raise refused("INVALID_DATA", "invalid data", {"param_name": "If-Unmodified-Since"})
    return seconds
