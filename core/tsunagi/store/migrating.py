"""Brings a database to the newest version of the tables, with the migrations shipped beside this module."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_FOLDER = Path(__file__).parent / "migrations"
# Any number will do, as long as everybody who migrates this database takes the same.
_ADVISORY_LOCK = 7_086_244


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing, in one transaction; does nothing at the newest version."""
    if version(engine) == newest():
        return
    if engine.dialect.name == "sqlite":
        _migrate_sqlite(engine)
        return
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        command.upgrade(config(connection), "head")


def version(engine: sa.Engine) -> str | None:
    """The migration this database stands at; None for an empty one."""
    with engine.execution_options(tsunagi_access="read").connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    return ScriptDirectory(_FOLDER).get_current_head()


def config(connection: sa.Connection) -> Config:
    """For Alembic's commands, which then work within the connection's own transaction.

    To write a migration: `command.revision(config(connection), "what it does", autogenerate=True)` on a
    database at the newest version.
    """
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def _migrate_sqlite(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        # A changed table is copied and dropped; with foreign keys on, dropping it would empty its children.
        _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                command.upgrade(config(connection), "head")
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
