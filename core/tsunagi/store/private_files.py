"""Folders and files for their owner only: what the hub keeps is its company's own."""

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tsunagi.errors import ConfigError
from tsunagi.text import Text

# Held while a file is made, so that no connection of another thread has opened it before it is closed here.
_MAKING = threading.Lock()
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; one that is there already is left as it is.

    Raises ConfigError where it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable_file(path, error) from error


def private_database(engine: sa.Engine) -> None:
    """Whenever this engine opens an SQLite file, close it, and what SQLite puts beside it, to all but its owner."""

    @sa.event.listens_for(engine, "do_connect")
    def keep_private(_dialect: Any, _record: Any, arguments: Any, _named: Any) -> None:
        path = Path(arguments[0])
        _make_private(path)
        # The files beside it are made with the same rights, unless an earlier release made them.
        for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            _close_to_others(each)


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, which would create it with the umask.

    One that is there is never opened here: when a process closes a file, the system drops every lock the process has
    on it, those of its SQLite connections too, and another process would take the write-ahead log away beneath them.
    """
    # Where it cannot be created, SQLite reports why in a moment.
    with _MAKING, suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def unusable_file(path: Path, error: OSError) -> ConfigError:
    """Reports which file or folder cannot be used, and why."""
    place, why = error.filename or path, error.strerror or error
    return ConfigError(
        Text(en=f"{place} cannot be used: {why}.", ja=f"{place} を使用できません: {why}"),
        hint=Text(
            en="Check home (tsunagi settings show): the user the hub runs as must be able to write there, "
            "and the disk must have room.",
            ja="home を確認してください（tsunagi settings show）。ハブを実行するユーザーが書き込めること、"
            "ディスクに空きがあることが必要です。",
        ),
    )


def _close_to_others(path: Path) -> None:
    # Another's file is theirs to close; one that is not there needs no closing.
    with suppress(FileNotFoundError, PermissionError):
        mode = path.stat().st_mode
        if mode & _OTHERS:
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
