"""Writing a row from a mapping of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoho_sandbox.database import Database


def insert(database: Database, table: str, columns: Mapping[str, Any]) -> None:
    """Insert one row; table and column names are the program's own, never input."""
    names = ", ".join(columns)
    marks = ", ".join(f":{name}" for name in columns)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", columns)  # noqa: S608


def update(database: Database, table: str, columns: Mapping[str, Any], key: str, value: str) -> None:
    """Set columns of the row whose `key` column is `value`."""
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    database.execute(f"UPDATE {table} SET {settings} WHERE {key} = :{key}", {**columns, key: value})  # noqa: S608
