"""Runs Alembic on the hub's database."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tsunagi.store.migrating import one_at_a_time

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: sa.Engine) -> None:
    """Run all migrations that are missing. A second process waits, and finds nothing left to do."""
    if engine.dialect.name == "sqlite":
        _upgrade_sqlite(engine)
        return
    with one_at_a_time(engine), engine.begin() as connection:
        command.upgrade(config(connection), "head")


def config(connection: sa.Connection) -> Config:
    """For Alembic's commands, which then work within the connection's own transaction.

    To write a migration, on a database at the newest version, with the next number:
    `command.revision(config(connection), "what it does", autogenerate=True, rev_id="0101")`.
    """
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def _upgrade_sqlite(engine: sa.Engine) -> None:
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
