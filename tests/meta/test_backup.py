"""Backing up and restoring as docs/how-to/backing-up.md says, by the very commands shown there."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from tsunagi.store import Store

DOC = Path(__file__).parents[2] / "docs" / "how-to" / "backing-up.md"


def commands(section: str) -> str:
    text = DOC.read_text(encoding="utf-8").partition(f"## {section}\n")[2]
    return text.partition("```sh\n")[2].partition("```")[0]


def run(script: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # A language may be set where the tests run, a home of an installation not.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TSUNAGI_")}
    subprocess.run(["sh", "-euc", script], cwd=folder, check=True, env={**environment, "PATH": path}, timeout=60)


def kept(home: Path) -> list[str]:
    names: list[str] = []
    for file in ("tsunagi.sqlite3", "jobs.sqlite3"):
        store = Store(f"sqlite:///{home / file}")
        with store.read() as session:
            names += session.connection().exec_driver_sql("SELECT name FROM process_lock").scalars().all()
        store.close()
    return names


def write(home: Path, file: str, name: str) -> Store:
    store = Store(f"sqlite:///{home / file}")
    store.migrate()
    with store.write() as session:
        session.connection().exec_driver_sql(
            f"INSERT INTO process_lock VALUES ('{name}', 'somebody', '2026-11-24 09:00:00.000000')"
        )
    return store


def test_a_damaged_database_comes_back_as_it_was_backed_up(tmp_path: Path) -> None:
    home = tmp_path / ".tsunagi"
    home.mkdir()
    # Both are open, as while the hub runs: what was saved last is not in the main file yet.
    running = [write(home, "tsunagi.sqlite3", "of the hub"), write(home, "jobs.sqlite3", "of the jobs")]
    run(commands("Back up"), tmp_path)
    for store in running:
        store.close()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "backup").iterdir()} == {0o600}
    for path in home.glob("*.sqlite3"):
        path.write_bytes(b"damaged" * 1000)
    run(commands("Restore"), tmp_path)
    assert kept(home) == ["of the hub", "of the jobs"]
    assert {path.name for path in (tmp_path / "aside").iterdir()} >= {"tsunagi.sqlite3", "jobs.sqlite3"}
