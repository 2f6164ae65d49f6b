"""Migrates a database to the newest version of the tables, with the migrations shipped beside this module."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tsunagi.errors import ConfigError
from tsunagi.store.failures import explained, place_of
from tsunagi.text import Text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
# Any number will do, as long as everybody who changes the tables of this database takes the same.
_ADVISORY_LOCK = 7_086_244
# Seconds until the lock is tried again.
_PAUSE = 0.1


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing, in one transaction; does nothing at the newest version.

    Raises ConfigError for a database that a later release has changed, or that was made before the first one.
    """
    found, known = version(engine), newest()
    if found == known:
        return
    if found is not None and found > known:
        raise _from_later_release(found, known)
    if found is not None and found not in _versions():
        raise _from_development(found, engine.url)
    upgrade(engine)


@contextmanager
def one_at_a_time(engine: sa.Engine) -> Iterator[None]:
    """On PostgreSQL, hold the lock under which tables are made or changed; a second process waits.

    SQLite needs none: its one writer at a time is the lock.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    # A connection of its own: the lock outlasts the commits of the work, and ends with a killed process.
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Polled: waiting inside a statement would block indexes that are built concurrently.
        while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_LOCK))).scalar_one():
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_LOCK)))


def version(engine: sa.Engine) -> str | None:
    """The migration this database is at; None for an empty one."""
    reader = engine.execution_options(tsunagi_access="read")
    with explained(engine.url), reader.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def newest() -> str:
    """The last of the migrations: each file is named `<number>_<what it does>.py`, and the number is its revision."""
    return max(_versions())


def _versions() -> set[str]:
    return {path.name.split("_", 1)[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py")}


def upgrade(engine: sa.Engine) -> None:
    """Run all migrations that are missing. A second process waits, and finds nothing left to do."""
    if engine.dialect.name == "sqlite":
        _upgrade_sqlite(engine)
        return
    with one_at_a_time(engine), engine.begin() as connection:
        _run_all(connection)


def config(connection: sa.Connection) -> "Config":
    """For Alembic's commands, which then work within the connection's own transaction.

    To write a migration, on a database at the newest version, with the next number:
    `command.revision(config(connection), "what it does", autogenerate=True, rev_id="0101")`.
    """
    from alembic.config import Config  # noqa: PLC0415

    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def _run_all(connection: sa.Connection) -> None:
    # Alembic takes longer to import than the rest of the store, and nearly every start can do without.
    from alembic import command  # noqa: PLC0415

    command.upgrade(config(connection), "head")


def _upgrade_sqlite(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        # A changed table is copied and dropped; with foreign keys on, dropping it would empty its children.
        _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                _run_all(connection)
                _check_references(connection)
        finally:
            _foreign_keys(connection, "ON")


def _foreign_keys(connection: sa.Connection, state: str) -> None:
    # Heeded outside a transaction only, so it goes past the connection's own bookkeeping.
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.cursor().execute(f"PRAGMA foreign_keys={state}")


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"a migration left rows without their parent: {broken[:5]}")


def _from_later_release(found: str, known: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database is at version {found}; this release knows versions up to {known}.",
            ja=f"データベースの版は {found} ですが、このリリースが扱えるのは {known} までです。",
        ),
        hint=Text(
            en="Run the release that changed it last, or a later one.",
            ja="最後に更新したリリース、またはそれ以降のリリースを使ってください。",
        ),
    )


def _from_development(found: str, url: sa.URL) -> ConfigError:
    place = place_of(url)
    return ConfigError(
        Text(
            en=f"The database {place} is at version {found}, a development state that no release can read.",
            ja=f"データベース {place} の版 {found} は開発中のもので、リリース版では読み込めません。",
        ),
        hint=Text(
            en="Start anew: move that database and the one of jobs_url aside, connect the services again and run "
            "tsunagi sync. Records that are in the services are found there and linked again; nothing is made twice.",
            ja="最初から始めてください。このデータベースと jobs_url のデータベースを別の場所に移し、"
            "サービスを接続し直して tsunagi sync を実行します。サービスにあるレコードは照合して再びリンクされ、"
            "二重に作成されることはありません。",
        ),
    )
