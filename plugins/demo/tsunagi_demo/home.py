"""The demo's folder: what it keeps there, how far it is, and how it is taken away again.

The folder is the hub's home too, so that every other command works on it with `--home`.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from tsunagi import ConfigError, Text
from tsunagi_demo.outcome import Outcome

DecimalMark = Literal[".", ","]
DateOrder = Literal["day-first", "month-first"]
Step = Literal["clearing", "begun", "prepared", "synced", "billed", "finished"]

_STATE, _LOCK = "demo.json", "demo.lock"
_DATABASES = ("tsunagi.sqlite3", "jobs.sqlite3")
_WORKER_LOCK = "worker.lock"
_HUB_FILES = ("secret.key", _WORKER_LOCK)
_RULES, _SETTINGS = "rules", "tsunagi.toml"
_COMPANY, _LOADING = "company", "loading-*"
_COMPANY_DATABASE = "sandbox.sqlite3"
_COMPANY_FILES = ("replay-plan.csv", "not-used.csv", "load.json", "sandbox.log")
_BESIDE = ("", "-wal", "-shm", "-journal")
_ANOTHER_HOME = Text(
    en="Choose another folder with --home.",
    ja="--home で別のフォルダーを指定してください。",
)


class DemoOptions(BaseModel):
    """What a run is about; a home that was begun for another options is of no use to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 1
    data: Path | None = None
    mapping: Path | None = None
    base_currency: str | None = None
    encoding: str | None = None
    decimal_mark: DecimalMark | None = None
    date_order: DateOrder | None = None

    def answers(self) -> list[str]:
        """The options of `zoho-sandbox load` for what the files leave open."""
        given = {name: getattr(self, name) for name in ("base_currency", "encoding", "decimal_mark", "date_order")}
        return [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None]


class State(BaseModel):
    """How far a demo is. `sent` counts the rows of the replay plan that the CRM has taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: DemoOptions
    step: Step = "begun"
    sandbox_port: int = 0
    hub_port: int = 0
    shown: tuple[str, ...] = ()
    sent: int = 0
    outcome: Outcome | None = None


class Home:
    """The folder of one demo; made by `claimed`, which keeps other demos out of it."""

    def __init__(self, path: Path, state: State, *, resumed: bool) -> None:
        self.path = path
        self.state = state
        self.resumed = resumed

    @property
    def company(self) -> Path:
        """The folder of the sandbox's data, complete as soon as its database is there."""
        return self.path / _COMPANY

    @property
    def database(self) -> Path:
        return self.company / _COMPANY_DATABASE

    @property
    def rules(self) -> Path:
        """The folder of the rules, permissions and sync settings; gone when the demo begins anew."""
        return self.path / _RULES

    @property
    def log(self) -> Path:
        return self.company / "sandbox.log"

    def new_company(self, token: str) -> Path:
        """An empty folder in which a company is prepared, to be moved into `company` once it is complete."""
        folder = self.path / _LOADING.replace("*", token)
        folder.mkdir()
        return folder

    def save(self, **changes: object) -> None:
        self.state = self.state.model_copy(update=changes)
        _write(self.path, self.state)


@contextmanager
def claimed(path: Path, options: DemoOptions, *, keep: bool | None) -> Iterator[Home]:
    """The home for this options while the block runs.

    An unfinished demo is resumed, a finished one is cleared away and started again; `keep` True never clears,
    False always does. Raises ConfigError for a folder that holds something else, or that another demo uses.
    """
    path.mkdir(parents=True, exist_ok=True)
    with _alone(path / _LOCK, path):
        home = _opened(path, options, keep)
        _tell_others(home)
        yield home


def _tell_others(home: Home) -> None:
    """Commands with `--home` find the demo's rules by its settings file."""
    folder = json.dumps(str(home.rules.resolve()), ensure_ascii=False)
    (home.path / _SETTINGS).write_text(f"rules_dir = {folder}\n", encoding="utf-8")


def _opened(path: Path, options: DemoOptions, keep: bool | None) -> Home:
    state = _read(path)
    if state is None:
        _refuse_foreign(path)
        return _begun(path, options)
    if keep and state.options != options and state.step != "clearing":
        raise _other_options(path, state.options)
    unfinished = state.step in ("begun", "prepared", "synced", "billed")
    if keep is not False and state.options == options and (unfinished or (keep and state.step == "finished")):
        return Home(path, state, resumed=unfinished)
    with _alone(path / _WORKER_LOCK, path):
        _clear(path, state)
    return _begun(path, options)


def _begun(path: Path, options: DemoOptions) -> Home:
    home = Home(path, State(options=options), resumed=False)
    # Before anything else is made: what a folder with this file holds is the demo's.
    home.save()
    return home


def _clear(path: Path, state: State) -> None:
    """Delete what the demo made, and nothing else."""
    _write(path, state.model_copy(update={"step": "clearing"}))
    for name in (*_with_companions(_DATABASES), *_HUB_FILES):
        (path / name).unlink(missing_ok=True)
    if (path / _RULES).is_dir():
        shutil.rmtree(path / _RULES)
    for folder in (path / _COMPANY, *path.glob(_LOADING)):
        _clear_company(folder)


def _clear_company(folder: Path) -> None:
    unfinished = f"{_COMPANY_DATABASE}.loading"
    for name in (*_with_companions((_COMPANY_DATABASE, unfinished)), *_COMPANY_FILES):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _with_companions(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name + suffix for name in names for suffix in _BESIDE)


def _read(path: Path) -> State | None:
    try:
        return State.model_validate_json((path / _STATE).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ConfigError(
            Text(
                en=f"{path / _STATE} is not what this version of the demo writes: {error.errors()[0]['msg']}",
                ja=f"{path / _STATE} はこの版のデモの形式ではありません: {error.errors()[0]['msg']}",
            ),
            hint=_ANOTHER_HOME,
        ) from error


def _write(path: Path, state: State) -> None:
    # Killed between the two lines, the process leaves the old state intact.
    new = path / f"{_STATE}.new"
    new.write_text(state.model_dump_json(indent=2), encoding="utf-8")
    os.replace(new, path / _STATE)


@contextmanager
def _alone(lock_file: Path, path: Path) -> Iterator[None]:
    lock = FileLock(lock_file, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise ConfigError(
            Text(
                en=f"Another process works on {path}.",
                ja=f"別のプロセスが {path} を使用中です。",
            ),
            hint=_ANOTHER_HOME,
        ) from None
    try:
        yield
    finally:
        lock.release()


def _refuse_foreign(path: Path) -> None:
    found = [name for name in (*_DATABASES, *_HUB_FILES, _COMPANY, _RULES, _SETTINGS) if (path / name).exists()]
    if found:
        raise ConfigError(
            Text(
                en=f"{path} holds something that is not a demo's: {', '.join(found)}. Nothing was touched.",
                ja=f"{path} にはデモのものではないファイルがあります: {', '.join(found)}。変更していません。",
            ),
            hint=_ANOTHER_HOME,
        )


def _other_options(path: Path, found: DemoOptions) -> ConfigError:
    about = f"--data {found.data}" if found.data else f"--seed {found.seed}"
    return ConfigError(
        Text(
            en=f"{path} holds a demo with {about}, and is to be kept.",
            ja=f"{path} には {about} のデモがあり、残す指定です。",
        ),
        hint=Text(
            en="Give the same options, another --home, or --fresh to begin anew.",
            ja="同じオプションを指定するか、別の --home か、最初からやり直す --fresh を指定してください。",
        ),
    )
