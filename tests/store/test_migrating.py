"""The shipped migrations make exactly the tables the code declares."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from tsunagi.store import Store
from tsunagi.store.migrating import config, newest, version
from tsunagi.store.tables import METADATA


def indexes(engine: sa.Engine) -> set[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        return {(row.name, " ".join(row.sql.split())) for row in rows}


def test_migrations_lead_to_the_declared_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        command.check(config(connection))
    assert version(store.engine) == newest()


def test_indexes_are_those_declared_partial_ones_too(store: Store, tmp_path: Path) -> None:
    declared = Store(f"sqlite:///{tmp_path / 'declared.sqlite3'}")
    METADATA.create_all(declared.engine)
    assert indexes(store.engine) == indexes(declared.engine)
    declared.close()


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.migrate()
    assert version(store.engine) == newest()


def test_all_the_way_back_leaves_nothing(store: Store) -> None:
    with store.engine.begin() as connection:
        command.downgrade(config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version", "sqlite_sequence"}


def test_several_may_start_at_once(url: str) -> None:
    stores = [Store(url, synchronous="NORMAL") for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as pool:
        for started in [pool.submit(store.migrate) for store in stores]:
            started.result()
    assert version(stores[0].engine) == newest()
    for store in stores:
        store.close()
