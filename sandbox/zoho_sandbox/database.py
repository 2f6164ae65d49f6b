"""The one SQLite file in which a sandbox keeps everything."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Parameters = Sequence[Any] | Mapping[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sandbox_state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sandbox_counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class Database:
    """A single connection; rows are `sqlite3.Row`. Opening an existing file keeps what it holds."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The file may be opened by one thread (set-up) and served by another; never by both at once.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self.create(_SCHEMA)

    def create(self, schema: str) -> None:
        """Run a product's `CREATE … IF NOT EXISTS` script."""
        self._connection.executescript(schema)

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> sqlite3.Cursor:
        return self._connection.executemany(sql, rows)

    def query(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    def insert(self, table: str, columns: Mapping[str, Any]) -> None:
        """Insert one row; table and column names are the program's own, never input."""
        names = ", ".join(columns)
        marks = ", ".join(f":{name}" for name in columns)
        self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", columns)  # noqa: S608

    def update(self, table: str, columns: Mapping[str, Any], key: str, value: str) -> None:
        """Set columns of the row whose `key` column is `value`."""
        settings = ", ".join(f"{name} = :{name}" for name in columns)
        self.execute(f"UPDATE {table} SET {settings} WHERE {key} = :{key}", {**columns, key: value})  # noqa: S608

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit on leaving, roll back when the block raises; an inner block joins the outer one."""
        if self._depth:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        else:
            self._connection.execute("COMMIT")
        finally:
            self._depth = 0

    def count_up(self, name: str, start: int, by: int = 1) -> int:
        """Advance the persisted counter `name` by `by` and return its new value."""
        return int(
            self.value(
                "INSERT INTO sandbox_counter VALUES (:name, :start + :by)"
                " ON CONFLICT (name) DO UPDATE SET value = value + :by RETURNING value",
                {"name": name, "start": start, "by": by},
            )
        )

    def load_state(self, name: str) -> str | None:
        """A small named text the sandbox itself remembers."""
        stored: str | None = self.value("SELECT value FROM sandbox_state WHERE name = ?", (name,))
        return stored

    def save_state(self, name: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO sandbox_state VALUES (?, ?)", (name, value))

    def close(self) -> None:
        self._connection.close()
