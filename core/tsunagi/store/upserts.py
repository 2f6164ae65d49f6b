"""Insert-or-else statements that SQLite and PostgreSQL both understand."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Rows = Sequence[Mapping[str, Any]]


def insert_into(session: Session, table: sa.Table) -> "postgresql.Insert":
    """The insert of the session's database; `on_conflict_do_*` and `excluded` are spelt alike on both."""
    return _insert(session.get_bind().dialect.name, table)


def insert_new(session: Session, table: sa.Table, rows: Rows) -> None:
    """Insert those rows that clash with none that is there."""
    if rows:
        session.execute(_insert_new(session.get_bind().dialect.name, table), rows)


def upsert(session: Session, table: sa.Table, rows: Rows, *, keep: frozenset[str] = frozenset()) -> None:
    """Insert rows, or put them in the place of those with the same primary key, whose `keep` columns stay."""
    if rows:
        session.execute(_upsert(session.get_bind().dialect.name, table, keep), rows)


def _insert(dialect: str, table: sa.Table) -> "postgresql.Insert":
    if dialect == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    # Not before it is needed: it takes long to import.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table)


# Built once: a statement that is the same object needs no second look at its shape.
@cache
def _insert_new(dialect: str, table: sa.Table) -> "postgresql.Insert":
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, table: sa.Table, keep: frozenset[str]) -> "postgresql.Insert":
    statement = _insert(dialect, table)
    replaced = [column.name for column in table.columns if not column.primary_key and column.name not in keep]
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in replaced},
    )
