"""The shipped migrations make exactly the tables the code declares."""

import datetime as dt
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from tsunagi import ConfigError, Event, RecordRef
from tsunagi.store import (
    Events,
    RuleRun,
    RuleRuns,
    Store,
    migrating,
)
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


def test_the_newest_migration_is_told_without_alembic(store: Store) -> None:
    with store.engine.connect() as connection:
        assert ScriptDirectory.from_config(config(connection)).get_heads() == [newest()]


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


def test_a_database_of_a_later_release_is_left_alone(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="at version 9999"):
        store.migrate()


def test_a_database_of_a_development_state_is_left_alone_and_says_how_to_start_anew(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    with pytest.raises(ConfigError, match="at version 0005, a development state") as caught:
        store.migrate()
    assert "move that database" in str(caught.value.hint)
    assert version(store.engine) == "0005"


CHANGES_A_PARENT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"

def upgrade():
    with op.batch_alter_table("event", recreate="always") as table:
        table.add_column(sa.Column("note", sa.String(), nullable=False, server_default="-"))
"""


def test_changing_a_table_keeps_the_rows_that_hang_on_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    with store.write() as session:
        Events(session).add_new([Event("e", "deal.won", RecordRef("crm", "deal", "1"), None, {}, now)])
        RuleRuns(session).add_many([RuleRun(event="e", rule="deal_won", verdict="holds", trace={}, at=now)])
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrating.__file__).parent / "migrations", folder)
    (folder / "versions" / "9999_note.py").write_text(CHANGES_A_PARENT.format(newest=newest()))
    monkeypatch.setattr(migrating, "_FOLDER", folder)
    migrating.upgrade(store.engine)
    with store.read() as session:
        assert session.execute(sa.text("SELECT note FROM event")).scalars().all() == ["-"]
        assert RuleRuns(session).get("e", "deal_won") is not None
        assert session.execute(sa.text("PRAGMA foreign_keys")).scalar_one() == 1
