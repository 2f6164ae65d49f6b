"""What is wrong with a database, in words that help a person to fix it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tsunagi.errors import ConfigError
from tsunagi.text import Text

# By the first words of what SQLite calls an error; the longer names only add where it noticed.
_SQLITE = {
    "SQLITE_NOTADB": "damaged",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read_only",
    "SQLITE_CANTOPEN": "unreachable",
    "SQLITE_PERM": "unreachable",
    "SQLITE_AUTH": "unreachable",
    "SQLITE_IOERR": "failing",
    "SQLITE_BUSY": "busy",
}
# By the first characters of PostgreSQL's SQLSTATE; one that could not connect has none.
_POSTGRESQL = {
    "08": "unreachable",
    "28": "unreachable",
    "3D": "unreachable",
    "57P": "unreachable",
    "53100": "full",
    "53300": "busy",
    "25006": "read_only",
    "XX001": "damaged",
    "XX002": "damaged",
    "58": "failing",
}
# A reader that writes is refused by these: a mistake of ours, nothing is wrong with the database.
_WRITTEN_BY_READER = {"SQLITE_READONLY", "25006"}


@contextmanager
def explained(url: sa.URL, *, reading: bool = False) -> Iterator[None]:
    """Within the block, a database that fails raises ConfigError: what is wrong, where, and what to do.

    Errors of ours pass as they are, such as a row that clashes, or a write where the block is `reading`.
    """
    try:
        yield
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        kind = _kind_on_sqlite(cause) if isinstance(cause, sqlite3.Error) else _kind_on_postgresql(error, cause)
        if kind is None or (reading and _code(cause) in _WRITTEN_BY_READER):
            raise
        raise _ADVICE[kind](place_of(url), _words(cause)) from error


def _kind_on_sqlite(cause: sqlite3.Error) -> str | None:
    return next((kind for known, kind in _SQLITE.items() if _code(cause).startswith(known)), None)


def _kind_on_postgresql(error: Exception, cause: BaseException | None) -> str | None:
    state = _code(cause)
    # No state at all: there was no connection, or it broke.
    if not state and isinstance(error, sa.exc.OperationalError):
        return "unreachable"
    return next((kind for known, kind in _POSTGRESQL.items() if state.startswith(known)), None)


def _code(cause: BaseException | None) -> str:
    """The database's own name or number for what is wrong."""
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""


def place_of(url: sa.URL) -> str:
    """The file, or the address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _words(cause: BaseException | None) -> str:
    """The database's message, without the statement and its values: those may be confidential."""
    return str(cause).strip().partition("\n")[0]


def _damaged(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database {place} is damaged ({words}).",
            ja=f"データベース {place} が壊れています（{words}）。",
        ),
        hint=Text(
            en="Stop the hub, keep the file aside and restore the last backup: see docs/how-to/backing-up.md.",
            ja="ハブを停止し、ファイルを別の場所に移してから、バックアップを復元してください"
            "（docs/how-to/backing-up.md）。",
        ),
    )


def _full(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"There is no room left for the database {place} ({words}). What was being saved was undone.",
            ja=f"データベース {place} の空き容量がありません（{words}）。保存中の変更は取り消されました。",
        ),
        hint=Text(
            en="Free space on that disk, then run the command again: it goes on where it stopped.",
            ja="ディスクの空き容量を増やしてから、もう一度実行してください。中断したところから再開します。",
        ),
    )


def _read_only(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database {place} cannot be written to ({words}).",
            ja=f"データベース {place} に書き込めません（{words}）。",
        ),
        hint=Text(
            en="The user the hub runs as must own the file and its folder, on a disk that is not mounted read-only.",
            ja="ハブを実行するユーザーがファイルとフォルダーの所有者で、"
            "ディスクが読み取り専用でないことを確認してください。",
        ),
    )


def _unreachable(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database {place} cannot be reached ({words}).",
            ja=f"データベース {place} に接続できません（{words}）。",
        ),
        hint=Text(
            en="Check database_url and jobs_url (tsunagi settings show): the folder must exist and be accessible, "
            "a server must be running and let this user in.",
            ja="database_url と jobs_url を確認してください（tsunagi settings show）。"
            "フォルダーが存在しアクセスできること、サーバーが動作していてこのユーザーが接続できることが必要です。",
        ),
    )


def _failing(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The disk of the database {place} fails ({words}). What was being saved was undone.",
            ja=f"データベース {place} のディスクでエラーが起きました（{words}）。保存中の変更は取り消されました。",
        ),
        hint=Text(
            en="Check the disk and the space left on it; where the error stays, restore the last backup on another "
            "disk: see docs/how-to/backing-up.md.",
            ja="ディスクとその空き容量を確認してください。解消しない場合は、別のディスクにバックアップを復元してください"
            "（docs/how-to/backing-up.md）。",
        ),
    )


def _busy(place: str, words: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The database {place} is kept busy by somebody else ({words}).",
            ja=f"データベース {place} はほかの処理が使用中です（{words}）。",
        ),
        hint=Text(
            en="Try again in a moment; if it stays so, see which other process has the database open.",
            ja="少し待ってからやり直してください。続く場合は、データベースを開いている別のプロセスを確認してください。",
        ),
    )


_ADVICE: dict[str, Callable[[str, str], ConfigError]] = {
    "damaged": _damaged,
    "full": _full,
    "read_only": _read_only,
    "unreachable": _unreachable,
    "failing": _failing,
    "busy": _busy,
}
