"""Criteria of views and searches: parsed from text, checked against fields, turned into SQL."""

import re
from collections.abc import Mapping
from typing import Any

from zoho_sandbox.crm.fields import Field, ModuleInfo
from zoho_sandbox.crm.times import parsed

Criteria = Mapping[str, Any]
Clause = tuple[str, list[Any]]

_COLUMNS = {
    "id": "id",
    "Created_Time": "created_at",
    "Modified_Time": "modified_at",
    "Owner": "owner_id",
    "Created_By": "created_by",
    "Modified_By": "modified_by",
    "Full_Name": "name",
}
_COMPARISONS = {
    "equal": "=",
    "greater_than": ">",
    "greater_equal": ">=",
    "less_than": "<",
    "less_equal": "<=",
}
# The search call spells some comparators differently.
_SEARCH_WORDS = {"equals": "equal"}
_LIKE = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}
_NUMERIC = ("currency", "double", "integer", "percent")
_CLAUSE = re.compile(r"([\w.$]+):(\w+):((?:\\.|[^\\()])*)", re.ASCII)


class InvalidCriteriaError(ValueError):
    """The criteria name an unknown field or comparator, or cannot be read."""


def clause(info: ModuleInfo, criteria: Criteria, current_user: str) -> Clause:
    """The SQL condition on `crm_record` and its parameters; raises InvalidCriteriaError."""
    group = criteria.get("group")
    if group:
        operator = " OR " if str(criteria.get("group_operator", "and")).lower() == "or" else " AND "
        parts = [clause(info, part, current_user) for part in group]
        return "(" + operator.join(sql for sql, _ in parts) + ")", [p for _, values in parts for p in values]
    return _comparison(info, criteria, current_user)


def _comparison(info: ModuleInfo, criteria: Criteria, current_user: str) -> Clause:
    name, _, part = str((criteria.get("field") or {}).get("api_name", "")).partition(".")
    comparator = str(criteria.get("comparator", ""))
    sql_column = column(info, name)
    field = info.fields.get(name)
    value = criteria.get("value")
    if field is not None and field.data_type == "lookup" and not _is_reference(value, part):
        sql_column = f"(SELECT target.name FROM crm_record target WHERE target.id = CAST({sql_column} AS INTEGER))"  # noqa: S608  (a known field's name)
    if value in ("${EMPTY}", None):
        return (f"{sql_column} IS NOT NULL", []) if comparator == "not_equal" else (f"{sql_column} IS NULL", [])
    if comparator.removeprefix("not_") in _LIKE:
        return _like(sql_column, comparator, str(value))
    values = [_bound(field, item, current_user) for item in _items(comparator, value)]
    return _compare(sql_column, comparator, values)


def _compare(column: str, comparator: str, values: list[Any]) -> Clause:
    text = " COLLATE NOCASE" if isinstance(values[0], str) else ""
    if comparator in _COMPARISONS:
        return f"{column} {_COMPARISONS[comparator]} ?{text}", values
    if comparator == "not_equal":
        return f"({column} <> ?{text} OR {column} IS NULL)", values
    if comparator in ("between", "not_between"):
        low_high = f"{column} BETWEEN ? AND ?"
        return (f"NOT ({low_high})" if comparator.startswith("not") else low_high), values
    if comparator in ("in", "not_in"):
        marks = ", ".join("?" for _ in values)
        inside = f"{column}{text} IN ({marks})"
        return (f"({column} IS NULL OR NOT {inside})" if comparator == "not_in" else inside), values
    raise InvalidCriteriaError(f"unknown comparator {comparator!r}")


def _like(column: str, comparator: str, value: str) -> Clause:
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = _LIKE[comparator.removeprefix("not_")].format(escaped)
    sql = f"{column} LIKE ? ESCAPE '\\'"
    return (f"({column} IS NULL OR NOT {sql})" if comparator.startswith("not_") else sql), [pattern]


def column(info: ModuleInfo, name: str) -> str:
    """The SQL expression of a field's value; raises InvalidCriteriaError for a field there is not."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    if name not in info.fields:
        raise InvalidCriteriaError(f"{info.api_name} has no field {name!r}")
    return f"json_extract(crm_record.data, '$.{name}')"


def _items(comparator: str, value: Any) -> list[Any]:
    if comparator in ("between", "not_between", "in", "not_in"):
        items = value if isinstance(value, list) else str(value).split(",")
        if not items or ("between" in comparator and len(items) != 2):
            raise InvalidCriteriaError(f"{comparator} cannot take {value!r}")
        return items
    return [value]


def _is_reference(value: Any, part: str) -> bool:
    return part == "id" or isinstance(value, dict) or (part == "" and str(value).isdigit())


def _bound(field: Field | None, value: Any, current_user: str) -> Any:
    if isinstance(value, dict):
        value = value.get("id")
    if value == "${CURRENTUSER}":
        return current_user
    if field is None:
        return int(value) if str(value).isdigit() else value
    if field.data_type == "datetime":
        moment = parsed(str(value))
        return value if moment is None else int(moment)
    if field.data_type == "boolean":
        return int(str(value).lower() == "true")
    return _number(value) if field.data_type in _NUMERIC else str(value)


def _number(value: Any) -> float:
    try:
        return float(value)  # only compared by SQLite, never shown or stored
    except ValueError as error:
        raise InvalidCriteriaError(f"{value!r} is not a number") from error


def parse(text: str) -> dict[str, Any]:
    """Read `((Account_Name:equals:Acme)and(Industry:in:Retail,Other))`; raises InvalidCriteriaError.

    Parentheses, commas and backslashes inside a value are escaped with a backslash.
    """
    criteria, rest = _group(text.strip())
    if rest.strip():
        raise InvalidCriteriaError(f"cannot read {rest!r}")
    return criteria


def _group(text: str) -> tuple[dict[str, Any], str]:
    first, rest = _term(text)
    members, operator = [first], ""
    while match := re.match(r"\s*(and|or)\s*", rest, re.IGNORECASE):
        word = match[1].lower()
        if operator not in ("", word):
            raise InvalidCriteriaError("'and' and 'or' need parentheses between them")
        operator = word
        member, rest = _term(rest[match.end() :])
        members.append(member)
    return (first if len(members) == 1 else {"group_operator": operator, "group": members}), rest


def _term(text: str) -> tuple[dict[str, Any], str]:
    if text.startswith("("):
        inner, rest = _group(text[1:].lstrip())
        if not rest.startswith(")"):
            raise InvalidCriteriaError(f"a closing parenthesis is missing before {rest!r}")
        return inner, rest[1:]
    match = _CLAUSE.match(text)
    if match is None:
        raise InvalidCriteriaError(f"cannot read {text!r}")
    name, word, value = match.groups()
    comparator = _SEARCH_WORDS.get(word, word)
    return {"field": {"api_name": name}, "comparator": comparator, "value": _value(comparator, value)}, text[
        match.end() :
    ]


def _value(comparator: str, text: str) -> Any:
    if comparator not in ("in", "not_in", "between", "not_between"):
        return re.sub(r"\\(.)", r"\1", text)
    return [re.sub(r"\\(.)", r"\1", item) for item in re.split(r"(?<!\\),", text)]
