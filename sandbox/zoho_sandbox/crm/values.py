"""Checks one value against its field; what is accepted comes back as it is stored."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zoho_sandbox.crm.errors import RecordProblem
from zoho_sandbox.crm.fields import Field

Check = Callable[[Field, Any, str], Any]

_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}")
_ID = re.compile(r"\d{1,19}")


def invalid(field: Field, path: str, **details: Any) -> RecordProblem:
    return RecordProblem("INVALID_DATA", "invalid data", {**details, "api_name": field.api_name, "json_path": path})


def check(field: Field, value: Any, path: str) -> Any:
    """The value to store; raises RecordProblem. References come back as an id still to be looked up.

    `path` is the value's JSON path. None and "" clear a field.
    """
    if value is None or value == "":
        return None
    checker: Check = _CHECKS.get(field.data_type, _text)
    return checker(field, value, path)


def _text(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise invalid(field, path, expected_data_type="text")
    if len(value) > field.length:
        raise invalid(field, path, maximum_length=field.length)
    return value


def _email(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise invalid(field, path, expected_data_type="email")
    return _text(field, value, path)


def _choice(field: Field, value: Any, path: str) -> str | None:
    if value == "-None-":
        return None
    if not isinstance(value, str) or value not in field.choices:
        raise invalid(field, path, expected_data_type="picklist", supported_values=list(field.choices))
    return value


def _choices(field: Field, value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or any(item not in field.choices for item in value):
        raise invalid(field, path, expected_data_type="jsonarray", supported_values=list(field.choices))
    return value


def _number(field: Field, value: Any, path: str) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid(field, path, expected_data_type="double")
    if abs(value) >= 10 ** min(field.length, 16):
        raise invalid(field, path, maximum_length=min(field.length, 16))
    return value


def _integer(field: Field, value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(field, path, expected_data_type="integer")
    if len(str(abs(value))) > field.length:
        raise invalid(field, path, maximum_length=field.length)
    return value


def _boolean(field: Field, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise invalid(field, path, expected_data_type="boolean")
    return value


def _date(field: Field, value: Any, path: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise invalid(field, path, expected_data_type="date") from None


def _datetime(field: Field, value: Any, path: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid(field, path, expected_data_type="datetime") from None
    if moment.tzinfo is None:
        raise invalid(field, path, expected_data_type="datetime")
    return moment.isoformat(timespec="seconds")


def _reference(field: Field, value: Any, path: str) -> str:
    given = value.get("id") if isinstance(value, dict) else value
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise invalid(field, path, expected_data_type="jsonobject")
    return given


_CHECKS: dict[str, Check] = {
    "email": _email,
    "picklist": _choice,
    "multiselectpicklist": _choices,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "lookup": _reference,
    "ownerlookup": _reference,
}
