"""What every hub and every sandbox of the tests begins with, made once a process and copied from then on.

A new installation migrates its two databases at its first opening, which takes longer than what most tests do then.
The copies are what that leaves behind: a hub that finds one opens it as it does at each later start. Migrating itself
is tested in tests/store. The same holds for a sandbox and the company it prepares in a new file.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path

import httpcore2

from tsunagi.store import Store
from zoho_sandbox.application import open_sandbox
from zoho_sandbox.settings import SandboxSettings

HUB, JOBS, SANDBOX = "tsunagi.sqlite3", "jobs.sqlite3", "sandbox.db"


def lay_down(home: Path) -> Path:
    """The databases of a new installation in this folder, unless it has some; returns the folder."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (HUB, JOBS):
        if not (home / name).exists():
            shutil.copy(_databases() / name, home)
    return home


def lay_down_store(file: Path) -> None:
    """The hub's own database alone, as this file."""
    shutil.copy(_databases() / HUB, file)


def empty_sandbox(file: Path) -> Path:
    """The data of a sandbox that was started once with nothing in it, unless the file is there; returns the file."""
    if not file.exists():
        shutil.copyfile(_sandbox(), file)
    return file


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="ready-made-"))


@cache
def _sandbox() -> Path:
    file = _folder() / SANDBOX
    open_sandbox(SandboxSettings(data=file, seed_data="empty")).close()
    return file


@cache
def _databases() -> Path:
    from dbos import run_dbos_database_migrations

    folder = _folder()
    store = Store(f"sqlite:///{folder / HUB}")
    store.migrate()
    store.close()
    run_dbos_database_migrations(f"sqlite:///{folder / JOBS}")
    (folder / JOBS).chmod(0o600)
    return folder


def forget() -> None:
    """Remove what was made, at the end of the process."""
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder())
    for made in (_folder, _sandbox, _databases):
        made.cache_clear()


def read_authorities_once() -> None:
    """No server of the tests speaks TLS: the certificates every new client would read are read once a process."""
    httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
