"""The hub's database: one SQLite file, or PostgreSQL by URL."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.errors import ConfigError
from tsunagi.store import keyring
from tsunagi.store.failures import explained
from tsunagi.store.migrating import migrate
from tsunagi.store.private_files import private_database
from tsunagi.text import Text

# How long one process waits for another one's write on SQLite before it gives up.
_BUSY_MILLISECONDS = 30_000

# What keeps a reader's view of the database still, and the reader from writing.
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"tsunagi_access": "read"},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Transactions on the hub's database; safe to use from several threads and processes.

    `secret_keys` are Fernet keys, newest first. `synchronous` is how SQLite flushes a lasting commit: FULL
    survives a power cut, NORMAL only a killed process. Raises ConfigError where the URL or a key cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        secret_keys: Sequence[str] = (),
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
    ) -> None:
        self.engine = _engine(url, synchronous)
        keyring.attach(self.engine, keyring.KeyRing(secret_keys))
        self._readers = self.engine.execution_options(**_READING[self.engine.dialect.name])
        self._writers = self.engine.execution_options(tsunagi_access="write")
        self._quick_writers = self.engine.execution_options(tsunagi_access="write", tsunagi_lasting=False)
        # SQLite takes one writer at a time; threads queue here rather than poll the file.
        self._turn = threading.Lock() if self.engine.dialect.name == "sqlite" else None
        self._writing = threading.local()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """See one consistent state of the database; writing is refused. Raises ConfigError as `write` does."""
        with explained(self.engine.url, reading=True), Session(self._readers, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end, undone when the block raises.

        A write that is not `lasting` survives a killed process, but a power cut may undo it, with all that is not
        lasting after it: for what can be found out again, such as the receipt of a write that has a key.
        On SQLite all other writers wait meanwhile, so never call a service inside; on PostgreSQL those wait who
        write the same rows. Not to be nested within one thread.
        Raises ConfigError where the database is damaged, out of reach, out of room or not to be written to.
        """
        if getattr(self._writing, "now", False):
            raise RuntimeError("a write transaction is open in this thread already: pass its session on")
        self._writing.now = True
        try:
            writers = self._writers if lasting else self._quick_writers
            with (
                self._in_turn(),
                explained(self.engine.url),
                Session(writers, autoflush=False) as session,
                session.begin(),
            ):
                yield session
        finally:
            self._writing.now = False

    def migrate(self) -> None:
        """Bring the tables to the newest version; safe when several processes start at once."""
        with explained(self.engine.url):
            migrate(self.engine)

    def close(self) -> None:
        """Give back connections and files."""
        self.engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        with self._turn:
            yield


def _engine(url: str, synchronous: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise _unusable("?", "not a database URL") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed, synchronous)
    if backend == "postgresql":
        return sa.create_engine(psycopg(parsed), pool_size=8, max_overflow=32)
    raise _unusable(parsed.render_as_string(), "neither SQLite nor PostgreSQL")


def psycopg(url: sa.URL) -> sa.URL:
    """A PostgreSQL address with the driver we use."""
    return url.set(drivername="postgresql+psycopg")


def _sqlite(url: sa.URL, synchronous: str) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise _unusable(url.render_as_string(), "SQLite needs a file: each connection would see a memory of its own")
    if synchronous not in {"FULL", "NORMAL"}:
        raise ValueError(f"synchronous is FULL or NORMAL, got {synchronous!r}")
    engine = sa.create_engine(url, pool_size=8, max_overflow=32)
    private_database(engine)

    @sa.event.listens_for(engine, "connect")
    def tune(connection: Any, _: Any) -> None:
        # The driver would begin transactions implicitly, late and never IMMEDIATE; `begin` below does it.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        reading = options.get("tsunagi_access") == "read"
        flush = synchronous if options.get("tsunagi_lasting", True) else "NORMAL"
        driver = connection.connection.dbapi_connection
        assert driver is not None
        _set_once(driver, connection.info, "query_only", "ON" if reading else "OFF")
        if not reading:
            _set_once(driver, connection.info, "synchronous", flush)
        # A transaction that reads first and writes later could not be repeated when another writer came between.
        driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _set_once(driver: Any, known: dict[Any, Any], pragma: str, value: str) -> None:
    """Set what differs from the last time: `known` lives as long as the connection does."""
    if known.get(pragma) != value:
        driver.execute(f"PRAGMA {pragma}={value}")
        known[pragma] = value


def _unusable(url: str, why: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database URL {url} cannot be used: {why}.",
            ja=f"データベース URL {url} は使えません: {why}",
        ),
        hint=Text(
            en="Valid are sqlite:///path/to/file.sqlite3 and postgresql://user:password@host/name.",
            ja="使える形式: sqlite:///path/to/file.sqlite3 または postgresql://user:password@host/name",
        ),
    )
