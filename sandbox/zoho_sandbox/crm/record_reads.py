"""Reading records: lists, single records, deleted ones, searches and counts."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import criteria, page_tokens, parameters
from zoho_sandbox.crm.errors import invalid_parameter, refused
from zoho_sandbox.crm.fields import ModuleInfo
from zoho_sandbox.crm.record_view import rendered
from zoho_sandbox.crm.records import find_row
from zoho_sandbox.crm.times import written
from zoho_sandbox.crm.users import references
from zoho_sandbox.crm.views import view_criteria

_PAGED_RECORDS = 2000
_SORT_COLUMNS = {"id": "id", "Created_Time": "created_at", "Modified_Time": "modified_at"}
_NOTHING = Answer(204)
_NOT_MODIFIED = Answer(304)


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which records of a module, as SQL after WHERE, with its parameters."""

    where: str
    values: list[Any]


def list_records(call: Call) -> Answer:
    """`GET /{module}`."""
    info = parameters.module_of(call)
    names = parameters.fields(call, mandatory=True)
    page, per_page = parameters.paging(call)
    sort_by, order = _sorting(call)
    selection = _selected(call, info)
    token = call.query.get("page_token")
    position = None if token is None else page_tokens.read(call, token)
    if position is None and page * per_page > _PAGED_RECORDS:
        message = "records beyond the first 2000 need page_token"
        details = {"param_name": "page", "limit": _PAGED_RECORDS}
        raise refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, details)
    page = page if position is None else position.page
    column = _SORT_COLUMNS[sort_by]
    rows = _rows(call, selection, column, order, position, page, per_page)
    if not rows:
        return _NOTHING if parameters.modified_since(call) is None else _NOT_MODIFIED
    more = len(rows) > per_page
    rows = rows[:per_page]
    seen = (0 if position is None else position.seen) + len(rows)
    last = page_tokens.Position(rows[-1][column], rows[-1]["id"], seen, page + 1)
    next_token, expiry = page_tokens.issue(call, last) if more else (None, None)
    return Answer(
        200,
        {
            "data": rendered(call.sandbox, info, rows, names),
            "info": {
                "per_page": per_page,
                "next_page_token": next_token,
                "count": len(rows),
                "sort_by": sort_by,
                "page": page,
                "previous_page_token": None,
                "page_token_expiry": expiry,
                "sort_order": order,
                "more_records": more,
            },
        },
    )


def _sorting(call: Call) -> tuple[str, str]:
    sort_by = call.query.get("sort_by", "id")
    order = call.query.get("sort_order", "desc")
    if sort_by not in _SORT_COLUMNS:
        raise invalid_parameter("sort_by")
    if order not in ("asc", "desc"):
        raise invalid_parameter("sort_order")
    return sort_by, order


def _selected(call: Call, info: ModuleInfo) -> _Selection:
    where = ["module = ?"]
    values: list[Any] = [info.api_name]
    since = parameters.modified_since(call)
    if since is not None:
        where.append("modified_at > ?")
        values.append(since)
    wanted = parameters.ids(call, mandatory=False)
    if wanted:
        where.append(f"id IN ({','.join('?' * len(wanted))})")
        values += [int(text) if text.isdecimal() else -1 for text in wanted]
    if "cvid" in call.query:
        found = view_criteria(call.sandbox, info.api_name, call.query["cvid"])
        if found is not None:
            sql, bound = criteria.clause(info, found, call.grant.user_id)
            where.append(sql)
            values += bound
    return _Selection(" AND ".join(where), values)


def _rows(
    call: Call,
    selection: _Selection,
    column: str,
    order: str,
    position: page_tokens.Position | None,
    page: int,
    per_page: int,
) -> list[sqlite3.Row]:
    """One row more than a page, so that the caller sees whether there is another."""
    where, values = selection.where, list(selection.values)
    offset = 0
    if position is not None:
        where += f" AND ({column}, id) {'<' if order == 'desc' else '>'} (?, ?)"
        values += [position.sort_value, position.record_id]
    else:
        offset = (page - 1) * per_page
    return call.sandbox.db.query(
        f"SELECT * FROM crm_record WHERE {where} ORDER BY {column} {order}, id {order} LIMIT ? OFFSET ?",  # noqa: S608  (built from known names)
        [*values, per_page + 1, offset],
    )


def get_record(call: Call) -> Answer:
    """`GET /{module}/{id}`; 204 for an id that is not there."""
    info = parameters.module_of(call)
    _check_id(call.path["id"])
    names = parameters.fields(call, mandatory=False)
    row = find_row(call.sandbox, info.api_name, call.path["id"])
    if row is None:
        return _NOTHING
    since = parameters.modified_since(call)
    if since is not None and row["modified_at"] <= since:
        return _NOT_MODIFIED
    return Answer(200, {"data": rendered(call.sandbox, info, [row], names, with_lines=True)})


def _check_id(text: str) -> None:
    if not text.isdecimal():
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})


def deleted_records(call: Call) -> Answer:
    """`GET /{module}/deleted`: those in the recycle bin, and those deleted for good, of which little is known."""
    info = parameters.module_of(call)
    kind = call.query.get("type", "all")
    if kind not in ("all", "recycle", "permanent"):
        raise invalid_parameter("type")
    page, per_page = parameters.paging(call)
    since = parameters.modified_since(call)
    rows = call.sandbox.db.query(
        "SELECT d.*, r.id IS NULL AS permanent FROM crm_deleted d LEFT JOIN crm_recycled r ON r.id = d.id"
        " WHERE d.module = ? AND d.deleted_at > ? AND (? = 'all' OR (r.id IS NULL) = (? = 'permanent'))"
        " ORDER BY d.deleted_at DESC, d.id DESC LIMIT ? OFFSET ?",
        (info.api_name, -1 if since is None else since, kind, kind, per_page + 1, (page - 1) * per_page),
    )
    if not rows:
        return _NOTHING if since is None else _NOT_MODIFIED
    people = references(call.sandbox)
    data = [
        {
            "id": str(row["id"]),
            "display_name": None if row["permanent"] else row["name"],
            "type": "permanent" if row["permanent"] else "recycle",
            "deleted_by": None if row["permanent"] else people.get(row["deleted_by"]),
            "created_by": None if row["permanent"] else people.get(row["created_by"]),
            "deleted_time": written(call.sandbox, row["deleted_at"]),
        }
        for row in rows[:per_page]
    ]
    more = len(rows) > per_page
    return Answer(
        200,
        {
            "data": data,
            "info": page_tokens.plain_info(page=page, per_page=per_page, count=len(data), more=more),
        },
    )


def search_records(call: Call) -> Answer:
    """`GET /{module}/search` by `criteria`, `email`, `phone` or `word`; the first 2000 are reachable."""
    info = parameters.module_of(call)
    names = parameters.fields(call, mandatory=False)
    page, per_page = parameters.paging(call)
    if page * per_page > _PAGED_RECORDS:
        raise refused("LIMIT_REACHED", "Record count exceeded", {"param_name": "page", "limit": _PAGED_RECORDS})
    selection = _searched(call, info)
    rows = _rows(call, selection, "id", "desc", None, page, per_page)
    if not rows:
        return _NOTHING
    more = len(rows) > per_page
    rows = rows[:per_page]
    return Answer(
        200,
        {
            "data": rendered(call.sandbox, info, rows, names),
            "info": page_tokens.plain_info(page=page, per_page=per_page, count=len(rows), more=more),
        },
    )


def count_records(call: Call) -> Answer:
    """`GET /{module}/actions/count`, of all records, a view's or a search's."""
    info = parameters.module_of(call)
    searching = any(name in call.query for name in ("criteria", "email", "phone", "word"))
    selection = _searched(call, info) if searching else _selected(call, info)
    sql = f"SELECT count(*) FROM crm_record WHERE {selection.where}"  # noqa: S608  (built from known names)
    return Answer(200, {"count": call.sandbox.db.value(sql, selection.values)})


def _searched(call: Call, info: ModuleInfo) -> _Selection:
    if "criteria" in call.query:
        try:
            sql, values = criteria.clause(info, criteria.parse(call.query["criteria"]), call.grant.user_id)
        except criteria.InvalidCriteriaError as error:
            raise refused("INVALID_QUERY", "invalid query formed", {"reason": str(error)}) from error
        return _Selection(f"module = ? AND {sql}", [info.api_name, *values])
    for kind in ("email", "phone"):
        if kind in call.query:
            return _by_kind(info, kind, call.query[kind])
    if "word" in call.query:
        word = call.query["word"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return _Selection("module = ? AND (data LIKE ? ESCAPE '\\')", [info.api_name, f"%{word}%"])
    raise refused("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "criteria"})


def _by_kind(info: ModuleInfo, kind: str, value: str) -> _Selection:
    names = [field.api_name for field in info.fields.values() if field.data_type == kind]
    if not names:
        return _Selection("0", [])
    any_of = " OR ".join(f"json_extract(data, '$.{name}') = ? COLLATE NOCASE" for name in names)
    return _Selection(f"module = ? AND ({any_of})", [info.api_name, *([value] * len(names))])
