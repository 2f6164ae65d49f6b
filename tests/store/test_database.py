"""Transactions: all or nothing, also when the process is killed; readers never wait for writers."""

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi import ConfigError
from tsunagi.store import Cursors, Store

KILLED_BEFORE_COMMIT = """
import datetime as dt, os, sys
from tsunagi.store import Cursors, Store
store = Store(sys.argv[1])
with store.write() as session:
    Cursors(session).put("crm", "kept", "1", dt.datetime.now(dt.UTC), complete=True)
with store.write() as session:
    Cursors(session).put("crm", "lost", "1", dt.datetime.now(dt.UTC), complete=True)
    os.kill(os.getpid(), 9)
"""


def put(store: Store, entity: str, now: dt.datetime) -> None:
    with store.write() as session:
        Cursors(session).put("crm", entity, "1", now, complete=True)


def kept_in(session: Session) -> list[str]:
    return sorted(entity for _, entity in Cursors(session).complete())


def entities(store: Store) -> list[str]:
    with store.read() as session:
        return kept_in(session)


def test_what_was_not_committed_when_the_process_was_killed_is_gone(store: Store, url: str) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED_BEFORE_COMMIT, url], check=False, timeout=60)
    assert ended.returncode == -9
    assert entities(store) == ["kept"]


def test_an_error_undoes_the_whole_block(store: Store, now: dt.datetime) -> None:
    def fail() -> None:
        with store.write() as session:
            Cursors(session).put("crm", "lost", "1", now, complete=True)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    put(store, "kept", now)
    assert entities(store) == ["kept"]


def test_a_reader_sees_one_state_while_others_write(store: Store, now: dt.datetime) -> None:
    put(store, "first", now)
    with store.read() as session:
        assert kept_in(session) == ["first"]
        put(store, "second", now)
        assert kept_in(session) == ["first"]
    assert entities(store) == ["first", "second"]


def test_a_reader_cannot_write(store: Store, now: dt.datetime) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), store.read() as session:
        Cursors(session).put("crm", "account", "1", now, complete=True)
    put(store, "account", now)
    assert entities(store) == ["account"]


def test_a_write_inside_a_write_is_told_apart_from_waiting_for_ever(store: Store) -> None:
    with store.write(), pytest.raises(RuntimeError, match="open in this thread"), store.write():
        pass


def test_many_threads_write_and_none_is_lost(store: Store, now: dt.datetime) -> None:
    def work(thread: int) -> None:
        for turn in range(20):
            with store.write() as session:
                counter = Cursors(session).get("crm", "counter")
                seen = int(counter.cursor) if counter else 0
                Cursors(session).put("crm", "counter", str(seen + 1), now, complete=True)
                Cursors(session).put("crm", f"{thread}-{turn}", "1", now, complete=True)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entities(store)) == 8 * 20 + 1
    with store.read() as session:
        counter = Cursors(session).get("crm", "counter")
        assert counter is not None
        assert counter.cursor == "160"


_FULL, _NORMAL = 2, 1


@pytest.mark.parametrize(
    ("setting", "lasting", "flushes"),
    [("FULL", True, _FULL), ("FULL", False, _NORMAL), ("NORMAL", True, _NORMAL), ("NORMAL", False, _NORMAL)],
)
def test_sqlite_is_set_up_to_keep_what_it_promises(tmp_path: Path, setting: str, lasting: bool, flushes: int) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.sqlite3'}", synchronous=setting)  # type: ignore[arg-type]
    # One connection serves both kinds of write in turn: neither may leave its way of flushing to the other.
    with store.write(lasting=not lasting):
        pass
    with store.write(lasting=lasting) as session:
        found = {
            name: session.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": flushes, "foreign_keys": 1, "busy_timeout": 30_000}
    store.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("hub.sqlite3", "not a database URL"),
        ("mysql://localhost/hub", "neither SQLite nor PostgreSQL"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_an_unusable_url_says_what_would_do(url: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        Store(url)
    assert "sqlite:///path/to/file.sqlite3" in str(caught.value.hint)


def test_a_password_in_the_url_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        Store("mysql://hub:hunter2@localhost/hub")
    assert "hunter2" not in str(caught.value)


def test_another_process_that_goes_leaves_the_log_to_those_that_stay(tmp_path: Path) -> None:
    """Where a process loses its locks on the file, the last other one to close it takes the log away."""
    path = tmp_path / "shared.sqlite3"
    first = Store(f"sqlite:///{path}")
    first.migrate()
    with first.read() as held:
        held.execute(sa.text("SELECT 1"))
        with Store(f"sqlite:///{path}").read() as second:
            second.execute(sa.text("SELECT 1"))
        other = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM event'); c.close()"
        subprocess.run([sys.executable, "-c", other, str(path)], check=True)
        assert Path(f"{path}-wal").exists()
    first.close()
