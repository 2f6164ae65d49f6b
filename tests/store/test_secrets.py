"""Secrets: never in clear text in a file, readable with the right key only; locks heeded by every process."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tsunagi import ConfigError, NotConnected, Organization, Subscription
from tsunagi.store import (
    Connection,
    Connections,
    ConnectionSecrets,
    ProcessLocks,
    Store,
    Subscriptions,
    new_secret_key,
    process_lock,
    reseal,
)

TOKEN = "1000.very-secret-refresh-token"
BOOKS = Connection("books", Organization("10", "株式会社つなぎ", "JPY", "Asia/Tokyo"), {"rate": Decimal("0.1")})
MINUTE = dt.timedelta(minutes=1)

COUNTS_UNDER_LOCK = """
import sys
from pathlib import Path
from tsunagi.store import Store, process_lock
store, file = Store(sys.argv[1], synchronous="NORMAL"), Path(sys.argv[2])
for _ in range(20):
    with process_lock(store, "counter"):
        file.write_text(str(int(file.read_text()) + 1))
"""


def connect(store: Store, now: dt.datetime) -> ConnectionSecrets:
    with store.write() as session:
        Connections(session).save(BOOKS, now)
    secrets = ConnectionSecrets(store, "books")
    secrets.save({"refresh_token": TOKEN})
    return secrets


def test_a_connection_keeps_its_secrets_when_it_is_saved_again(store: Store, now: dt.datetime) -> None:
    secrets = connect(store, now)
    with store.write() as session:
        Connections(session).save(BOOKS, now)
        assert Connections(session).get("books") == BOOKS
        assert Connections(session).all() == [BOOKS]
    assert secrets.load() == {"refresh_token": TOKEN}
    with store.write() as session:
        Connections(session).remove("books")
        with pytest.raises(NotConnected):
            Connections(session).get("books")
    with pytest.raises(NotConnected):
        secrets.load()
    with pytest.raises(NotConnected):
        secrets.save({})


def test_no_file_holds_a_secret_in_clear_text(store: Store, path: Path, now: dt.datetime) -> None:
    connect(store, now)
    with store.write() as session:
        subscription = Subscription("1", "https://hub.example/callbacks", "channel-secret", ("deal",), now)
        Subscriptions(session).save("crm", subscription)
    files = [file.read_bytes() for file in path.parent.iterdir()]
    assert any(BOOKS.organization.name.encode() in content for content in files)
    assert not any(secret in content for content in files for secret in (TOKEN.encode(), b"channel-secret"))


def test_keys_are_rotated(store: Store, url: str, secret_key: str, now: dt.datetime) -> None:
    connect(store, now)
    with store.write() as session:
        Subscriptions(session).save("crm", Subscription("1", "https://hub.example", "channel-secret", ("deal",), now))
    fresh = new_secret_key()
    both = Store(url, secret_keys=[fresh, secret_key])
    assert ConnectionSecrets(both, "books").load() == {"refresh_token": TOKEN}
    reseal(both)
    only_fresh = Store(url, secret_keys=[fresh])
    assert ConnectionSecrets(only_fresh, "books").load() == {"refresh_token": TOKEN}
    with only_fresh.read() as session:
        found = Subscriptions(session).get("1")
        assert found is not None
        assert found.subscription.secret == "channel-secret"
    with pytest.raises(ConfigError, match="sealed with a key that is not configured"):
        ConnectionSecrets(store, "books").load()
    for opened in (both, only_fresh):
        opened.close()


def test_connections_can_be_listed_without_any_key(store: Store, url: str, now: dt.datetime) -> None:
    connect(store, now)
    keyless = Store(url)
    with keyless.read() as session:
        assert Connections(session).all() == [BOOKS]
    with pytest.raises(ConfigError, match="secret_keys is empty"):
        ConnectionSecrets(keyless, "books").load()
    keyless.close()


def test_a_key_that_is_none_is_named_by_its_place(url: str) -> None:
    with pytest.raises(ConfigError, match="key number 2 is not a Fernet key"):
        Store(url, secret_keys=[new_secret_key(), "hunter2"])


def test_subscriptions_are_kept_by_channel(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        subscriptions = Subscriptions(session)
        for channel, hours in (("1", 5), ("2", 1), ("3", 50)):
            expires = now + dt.timedelta(hours=hours)
            subscriptions.save("crm", Subscription(channel, "https://hub.example", "s", ("deal", "account"), expires))
        found = subscriptions.of_service("crm")
        assert sorted(item.subscription.channel for item in found) == ["1", "2", "3"]
        assert found[0].subscription.entities == ("deal", "account")
        subscriptions.remove(["1", "2"])
        assert [item.subscription.channel for item in subscriptions.of_service("crm")] == ["3"]
        assert subscriptions.get("1") is None


def test_a_lock_has_one_holder_until_its_time_is_up(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        locks = ProcessLocks(session)
        assert locks.take("refresh", "a", now, MINUTE)
        assert not locks.take("refresh", "b", now, MINUTE)
        assert locks.take("refresh", "a", now, MINUTE)
        assert locks.take("other", "b", now, MINUTE)
        assert locks.take("refresh", "b", now + MINUTE, MINUTE)
        assert not locks.give_back("refresh", "a")
        assert not locks.take("refresh", "c", now + MINUTE, MINUTE)
        assert locks.give_back("refresh", "b")
        assert locks.take("refresh", "c", now + MINUTE, MINUTE)


def test_the_lock_of_a_holder_that_was_killed_is_waited_for_and_taken(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        ProcessLocks(session).take("books:refresh", "killed", now, MINUTE)
    clock = [now]

    def sleep(seconds: float) -> None:
        clock[0] += dt.timedelta(seconds=seconds)

    with ConnectionSecrets(store, "books", now=lambda: clock[0], sleep=sleep).locked("refresh"):
        assert now + MINUTE <= clock[0] < now + 2 * MINUTE
        with store.write() as session:
            assert not ProcessLocks(session).take("books:refresh", "another", clock[0], MINUTE)
    with store.write() as session:
        assert ProcessLocks(session).take("books:refresh", "another", clock[0], MINUTE)


def test_a_lock_is_given_back_after_an_error(store: Store) -> None:
    with pytest.raises(LookupError), process_lock(store, "x"):
        raise LookupError
    with process_lock(store, "x"):
        pass


def test_two_processes_never_hold_a_lock_together(store: Store, url: str, tmp_path: Path) -> None:
    file = tmp_path / "counter"
    file.write_text("0")
    command = [sys.executable, "-c", COUNTS_UNDER_LOCK, url, str(file)]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert file.read_text() == "40"
