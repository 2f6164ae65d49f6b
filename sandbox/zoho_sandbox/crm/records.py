"""Storage of the records of all modules; no HTTP."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.accounts.tokens import administrator_id
from zoho_sandbox.crm import callbacks
from zoho_sandbox.crm.drafts import Checker, Draft, Values
from zoho_sandbox.crm.errors import RecordProblem
from zoho_sandbox.crm.fields import ModuleInfo, catalog
from zoho_sandbox.crm.record_view import Record, rendered, shown_values
from zoho_sandbox.crm.recycle_bin import recycle
from zoho_sandbox.crm.standard_fields import NAME_FIELDS
from zoho_sandbox.crm.times import now, parsed
from zoho_sandbox.sandbox import Sandbox

__all__ = [
    "RecordProblem",
    "Stored",
    "associate",
    "delete",
    "dissociate",
    "find_by_field",
    "find_row",
    "get_record",
    "insert",
    "insert_records",
    "set_fields",
    "update",
]


@dataclass(frozen=True, slots=True)
class Stored:
    """The outcome of a write: the record's id, its times (epoch seconds) and who made it."""

    id: str
    created_at: int
    modified_at: int
    created_by: str
    modified_by: str


def insert(
    sandbox: Sandbox,
    info: ModuleInfo,
    draft: Draft,
    user_id: str,
    *,
    record_id: str | None = None,
    created_at: int | None = None,
    modified_at: int | None = None,
) -> Stored:
    """Store a checked new record; times default to the present."""
    born = now(sandbox) if created_at is None else created_at
    changed = born if modified_at is None else modified_at
    stored = Stored(record_id or sandbox.new_id(), born, changed, user_id, user_id)
    sandbox.db.execute(
        "INSERT INTO crm_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            int(stored.id),
            info.api_name,
            _name(info, draft.data),
            draft.owner_id or user_id,
            user_id,
            user_id,
            born,
            changed,
            wire.encode(draft.data).decode(),
        ),
    )
    return stored


def update(
    sandbox: Sandbox, info: ModuleInfo, row: sqlite3.Row, stored: Values, draft: Draft, user_id: str
) -> tuple[Stored, Values]:
    """Store checked changes; returns the outcome and the values that really changed."""
    changes = {name: value for name, value in draft.data.items() if stored.get(name) != value}
    data = {name: value for name, value in (stored | draft.data).items() if value is not None}
    moment = now(sandbox)
    sandbox.db.execute(
        "UPDATE crm_record SET name = ?, owner_id = ?, modified_by = ?, modified_at = ?, data = ? WHERE id = ?",
        (
            _name(info, data),
            draft.owner_id or row["owner_id"],
            user_id,
            moment,
            wire.encode(data).decode(),
            row["id"],
        ),
    )
    return Stored(str(row["id"]), row["created_at"], moment, row["created_by"], user_id), changes


def delete(sandbox: Sandbox, row: sqlite3.Row, user_id: str) -> None:
    """Move a record to the recycle bin."""
    recycle(sandbox, row, user_id)


def find_row(sandbox: Sandbox, module: str, record_id: object) -> sqlite3.Row | None:
    """The stored row; None for an unknown, deleted or malformed id."""
    text = str(record_id)
    if not text.isdecimal() or len(text) > 19:
        return None
    return sandbox.db.one("SELECT * FROM crm_record WHERE id = ? AND module = ?", (int(text), module))


def insert_records(
    sandbox: Sandbox, module: str, rows: Iterable[Mapping[str, Any]], *, notify: bool = False
) -> list[str]:
    """Insert many records in one transaction as the administrator; returns their ids in order.

    A row has values by API name, as the API takes them, and may give Created_Time and Modified_Time (aware
    datetimes or ISO texts). Raises RecordProblem, naming row and field, at the first bad row; then nothing is
    kept.
    """
    info = catalog(sandbox)[module]
    checker = Checker(sandbox, info)
    user_id = administrator_id(sandbox)
    with sandbox.db.transaction():
        written = []
        for index, row in enumerate(rows):
            draft = checker.created(row, f"$.data[{index}]")
            born = _moment(row.get("Created_Time"))
            changed = _moment(row.get("Modified_Time"))
            written.append(insert(sandbox, info, draft, user_id, created_at=born, modified_at=changed))
        ids = [stored.id for stored in written]
        if notify:
            callbacks.queue(sandbox, info, "insert", [callbacks.Change(record_id) for record_id in ids])
    return ids


def set_fields(
    sandbox: Sandbox, module: str, changes: Iterable[tuple[str, Mapping[str, Any]]], *, notify: bool = False
) -> None:
    """Change fields of many records, each given as its id and the values; raises RecordProblem, keeping nothing."""
    info = catalog(sandbox)[module]
    checker = Checker(sandbox, info)
    user_id = administrator_id(sandbox)
    with sandbox.db.transaction():
        told = []
        for index, (record_id, row) in enumerate(changes):
            path = f"$.data[{index}]"
            known = find_row(sandbox, module, record_id)
            if known is None:
                raise unknown_id(path)
            stored = wire.decode(known["data"])
            draft = checker.changed(row, path, stored, record_id)
            _, changed = update(sandbox, info, known, stored, draft, user_id)
            told.append(change_of(sandbox, info, record_id, changed))
        if notify:
            callbacks.queue(sandbox, info, "update", told)


def change_of(sandbox: Sandbox, info: ModuleInfo, record_id: str, changed: Values) -> callbacks.Change:
    """What a callback may tell of an update."""
    return callbacks.Change(record_id, shown_values(sandbox, info, changed))


def unknown_id(path: str) -> RecordProblem:
    details = {"api_name": "id", "json_path": f"{path}.id"}
    return RecordProblem("INVALID_DATA", "the id given seems to be invalid", details)


def get_record(sandbox: Sandbox, module: str, record_id: str) -> Record | None:
    """A record with all its fields as the API shows it."""
    row = find_row(sandbox, module, record_id)
    return None if row is None else rendered(sandbox, catalog(sandbox)[module], [row], None, with_lines=True)[0]


def find_by_field(sandbox: Sandbox, module: str, field: str, value: str) -> list[str]:
    """Ids of the records whose text field has the value, letter case aside; a lookup is matched by id."""
    if field not in catalog(sandbox)[module].fields:
        raise ValueError(f"{module} has no field {field!r}")
    column = "name" if field == NAME_FIELDS[module] else f"json_extract(data, '$.{field}')"
    rows = sandbox.db.query(
        f"SELECT id FROM crm_record WHERE module = ? AND {column} = ? COLLATE NOCASE ORDER BY id",  # noqa: S608  (a known field's name)
        (module, value),
    )
    return [str(row["id"]) for row in rows]


def associate(sandbox: Sandbox, module: str, record_id: str, related_module: str, ids: Sequence[str]) -> None:
    """Relate records of the two modules, as deals and products are; seen from both sides."""
    pairs = [(module, int(record_id), related_module, int(other)) for other in ids]
    both = pairs + [(there, other, here, record) for here, record, there, other in pairs]
    sandbox.db.executemany("INSERT OR IGNORE INTO crm_relation VALUES (?, ?, ?, ?)", both)


def dissociate(sandbox: Sandbox, module: str, record_id: str, related_module: str, related_id: str) -> bool:
    """End a relation; whether there was one."""
    sql = "DELETE FROM crm_relation WHERE module = ? AND record_id = ? AND related_module = ? AND related_id = ?"
    here = (module, int(record_id), related_module, int(related_id))
    sandbox.db.execute(sql, (related_module, int(related_id), module, int(record_id)))
    return sandbox.db.execute(sql, here).rowcount > 0


def _name(info: ModuleInfo, data: Mapping[str, Any]) -> str:
    if info.api_name == "Contacts":
        return " ".join(part for part in (data.get("First_Name"), data.get("Last_Name")) if part)
    return str(data.get(NAME_FIELDS[info.api_name], ""))


def _moment(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return int(value.timestamp())
    seconds = parsed(str(value))
    if seconds is None:
        raise ValueError(f"{value!r} is no ISO time with an offset")
    return int(seconds)
