"""A database that is damaged, out of reach, out of room or read-only says so, and what to do; files are private."""

import datetime as dt
import os
import resource
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tsunagi import ConfigError
from tsunagi.store import Cursors, Store

_NOBODY = 65534
_FROM_PEOPLE = {"INSERT", "SELECT", "Traceback", "sqlalchemy", "sqlite3."}


def opened(path: Path) -> Store:
    return Store(f"sqlite:///{path}", synchronous="NORMAL")


def put(store: Store, now: dt.datetime, text: str = "1") -> None:
    with store.write() as session:
        Cursors(session).put("crm", "account", text, now, complete=True)


def said(error: ConfigError) -> str:
    for text in (error.message, error.hint):
        assert text is not None
        assert text.ja != text.en
    found = f"{error.message} {error.hint}"
    assert not [word for word in _FROM_PEOPLE if word in found]
    return found


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may write everywhere, so whoever tests as root becomes nobody for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """What a disk that fails does to a file that grows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder everybody may look into: those of the tests are their owner's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_file_that_is_no_database_is_named_with_the_way_back(path: Path) -> None:
    path.write_bytes(b"not a database at all " * 500)
    store = opened(path)
    with pytest.raises(ConfigError) as caught:
        store.migrate()
    assert f"The database {path} is damaged" in said(caught.value)
    assert "docs/how-to/backing-up.md" in said(caught.value)
    store.close()


def test_a_database_that_broke_in_the_middle_is_named(store: Store, path: Path, now: dt.datetime) -> None:
    for number in range(200):
        put(store, now, str(number))
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is damaged"):
        put(store, now)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = opened(tmp_path / "not" / "there.sqlite3")
    with pytest.raises(ConfigError) as caught:
        store.migrate()
    assert f"{tmp_path}/not/there.sqlite3 cannot be reached" in said(caught.value)


def test_a_file_of_somebody_else_is_named(public_folder: Path) -> None:
    path = public_folder / "hub.sqlite3"
    store = opened(path)
    store.migrate()
    store.close()
    path.chmod(0)
    with somebody_else(), pytest.raises(ConfigError) as caught:
        opened(path).migrate()
    assert f"{path} cannot be reached" in said(caught.value)


def test_a_read_only_file_is_named(public_folder: Path, now: dt.datetime) -> None:
    path = public_folder / "hub.sqlite3"
    store = opened(path)
    store.migrate()
    with store.engine.connect() as connection:
        connection.connection.execute("PRAGMA journal_mode=DELETE")
    store.close()
    path.chmod(0o444)
    with somebody_else(), pytest.raises(ConfigError) as caught:
        put(opened(path), now)
    assert f"{path} cannot be written to" in said(caught.value)


def test_a_full_disk_undoes_the_block_and_the_next_one_works(store: Store, path: Path, now: dt.datetime) -> None:
    put(store, now, "kept")

    def limit(pages: int) -> None:
        with store.engine.connect() as connection:
            connection.execute(sa.text(f"PRAGMA max_page_count={pages}"))

    limit(1)
    with pytest.raises(ConfigError) as caught:
        put(store, now, "x" * 1_000_000)
    assert f"no room left for the database {path}" in said(caught.value)
    limit(1_000_000)
    with store.read() as session:
        position = Cursors(session).get("crm", "account")
        assert position is not None
        assert position.cursor == "kept"
    put(store, now, "x" * 1_000_000)


def test_a_disk_that_fails_is_named_and_the_block_undone(store: Store, path: Path, now: dt.datetime) -> None:
    put(store, now, "kept")
    with no_file_grows_beyond(4096), pytest.raises(ConfigError) as caught:
        put(store, now, "x" * 1_000_000)
    assert str(path) in said(caught.value)
    with store.read() as session:
        position = Cursors(session).get("crm", "account")
        assert position is not None
        assert position.cursor == "kept"


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        store = Store(f"postgresql://hub:hunter2@127.0.0.1:{unused.getsockname()[1]}/tsunagi")
        with pytest.raises(ConfigError, match="cannot be reached") as caught:
            store.migrate()
    assert "hub:***@127.0.0.1" in said(caught.value)
    assert "hunter2" not in said(caught.value)


def test_an_error_of_ours_passes_as_it_is(store: Store) -> None:
    with pytest.raises(sa.exc.OperationalError, match="no such table"), store.read() as session:
        session.execute(sa.text("SELECT * FROM missing"))


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_the_database_whatever_the_umask(path: Path, now: dt.datetime) -> None:
    before = os.umask(0)
    try:
        store = opened(path)
        store.migrate()
        put(store, now)
    finally:
        os.umask(before)
    assert {each.name: rights(each) for each in path.parent.glob("hub*")} == {
        "hub.sqlite3": 0o600,
        "hub.sqlite3-wal": 0o600,
        "hub.sqlite3-shm": 0o600,
    }
    store.close()


def test_a_database_others_could_read_is_closed_to_them(store: Store, path: Path, now: dt.datetime) -> None:
    put(store, now)
    store.close()
    path.chmod(0o664)
    put(store, now)
    assert rights(path) == 0o600
