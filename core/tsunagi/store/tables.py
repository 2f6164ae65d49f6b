"""What every table and its repository have in common. Each is declared once, as the row class beside its repository.

Where a row is what people would call the thing itself, the repository gives back such rows: plain values, which belong
to no session any more. Changing one changes nothing in the database; repositories write by statements alone, which
SQLite and PostgreSQL both understand.

Where many pass by at a time (records, documents, events, intents, baselines), repositories read columns and make their
values from them. Measured with 5,000 rows: reading rows or columns takes the same (10 microseconds for a link), but
making a row takes 20 microseconds and making a value 1, so what is written in bulk is given as values (NewLink,
NewIntent). Links are rows all the same: adding one takes 38 microseconds where 18 would do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from tsunagi.domain.records import RecordRef

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


class Row(SQLModel):
    """Tables of the hub; their constraints have names, or SQLite could never change them."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


METADATA = Row.metadata
R = TypeVar("R", bound=Row)


def core(row: type[Row]) -> sa.Table:
    """The plain table of a row class, for statements."""
    return METADATA.tables[str(row.__tablename__)]


def rows(session: Session, query: sa.Select[R]) -> list[R]:
    """What the query finds, as values that are safe to use after the session, and that it never writes back."""
    found = list(session.scalars(query))
    session.expunge_all()
    return found


def row(session: Session, query: sa.Select[R]) -> R | None:
    """As `rows`, for a query that finds one at most."""
    return next(iter(rows(session, query)), None)


def values(row: Row) -> dict[str, Any]:
    """A row as the parameters of an insert; the database counts up a number that is not set."""
    given = {name: getattr(row, name) for name in _columns(type(row))}
    if given.get("id", 0) is None:
        del given["id"]
    return given


@cache
def _columns(row: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in core(row).columns)


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


T = TypeVar("T")

# Databases limit the parameters of one statement; both take this many with room to spare.
CHUNK = 500


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def by_kind(refs: Iterable[RecordRef]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Service, entity and at most CHUNK different ids, until all refs are named."""
    kinds: dict[tuple[str, str], dict[str, None]] = {}
    for ref in refs:
        kinds.setdefault((ref.service, ref.entity), {})[ref.id] = None
    for (service, entity), ids in kinds.items():
        for some in chunks(list(ids)):
            yield service, entity, some
