"""Durable work: the one module that knows DBOS.

A workflow is a function of plain, JSON-able arguments. What it does to the outside or to the store happens
in steps; a step that finished is never run again, a workflow that was cut short goes on at the next start.
A step may be cut short itself and run twice, so each must be safe to repeat.

Workflows and steps never raise: an error would be kept as their result for ever. They return what happened.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import sqlalchemy as sa
from filelock import FileLock, Timeout

from tsunagi.app.context import Context
from tsunagi.errors import ConfigError
from tsunagi.store.database import psycopg
from tsunagi.store.failures import explained
from tsunagi.store.migrating import one_at_a_time
from tsunagi.store.private_files import private_database
from tsunagi.text import Text

if TYPE_CHECKING:
    from dbos import EnqueueOptions, WorkflowHandle

P = ParamSpec("P")
R = TypeVar("R")

APPLICATION = "tsunagi"
# Raise only together with a release that drains running work first: a workflow resumes under the version it began with.
VERSION = "1"
QUEUE = "work"
# Seconds until work handed over is seen; each look costs an idle hub a few milliseconds.
_LOOK_EVERY = 2.0
# Seconds between its looks at what nothing here uses: work that is delayed or timed, and its own queue once that is
# empty. It would look every second, for half of what an idle hub costs.
_SELDOM = 30.0
# Seconds between looks for messages to workflows on SQLite. Nobody sends any, so a look costs nothing; but one who
# stops waits for the one that is due.
_LISTEN_EVERY = 0.1
# Seconds between looks whether the parts of a workflow have ended.
_LOOK_AT_PARTS = 0.05
# Seconds a step in hand has to come to its end.
_GRACE = 5
_SUBSEC_SINCE = (3, 42)
# What an earlier process left is put into a queue first, and begins from there.
_UNFINISHED = ["ENQUEUED", "PENDING"]

_context: Context | None = None
_stopping = threading.Event()
# The threads that are inside a workflow now.
_at_work: list[int] = []


# They are registered with DBOS once a worker starts, and imported then: most commands only look at what was done.
_workflows: list[Callable[[], Any]] = []


def workflow(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as durable work under a name that must never change."""

    def marked(work: Callable[P, R]) -> Callable[P, R]:
        @wraps(work)
        def noted(*args: P.args, **kwargs: P.kwargs) -> R:
            thread = threading.get_ident()
            _at_work.append(thread)
            try:
                return work(*args, **kwargs)
            finally:
                _at_work.remove(thread)

        @cache
        def durable() -> Callable[P, R]:
            from dbos import DBOS  # noqa: PLC0415

            return DBOS.workflow(name=name)(noted)

        _workflows.append(durable)
        return _once_needed(work, durable)

    return marked


def _once_needed(work: Callable[P, R], durable: Callable[[], Callable[P, R]]) -> Callable[P, R]:
    @wraps(work)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return durable()(*args, **kwargs)

    call.durable = durable  # type: ignore[attr-defined]
    return call


class Stopping(SystemExit):
    """The worker stops between two steps of a workflow, which goes on at the next start.

    No Exception: DBOS would keep one as the workflow's result for ever, and a thread that ends by it reports nothing.
    """


def step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as one checkpointed part of a workflow; none begins once the worker is stopping."""

    def marked(work: Callable[P, R]) -> Callable[P, R]:
        @wraps(work)
        def unless_stopping(*args: P.args, **kwargs: P.kwargs) -> R:
            if _stopping.is_set():
                raise Stopping
            return work(*args, **kwargs)

        @cache
        def durable() -> Callable[P, R]:
            from dbos import DBOS  # noqa: PLC0415

            return DBOS.step(name=name)(unless_stopping)

        return _once_needed(work, durable)

    return marked


@step("sleep")
def sleep(seconds: float) -> None:
    """Wait inside a workflow; one that is cut short waits again."""
    if _stopping.wait(seconds):
        raise Stopping


def side_by_side(work: Callable[..., R], calls: Sequence[tuple[Any, ...]]) -> list[R]:
    """Run a workflow once for each tuple of arguments, all at the same time; returns what each returned, in order.

    Inside a workflow, whose parts they are: each is durable by itself, and one that is cut short goes on by itself.
    """
    from dbos import DBOS  # noqa: PLC0415

    if DBOS.workflow_id is None:
        plain: Callable[..., R] = work.__wrapped__  # type: ignore[attr-defined]
        return [plain(*each) for each in calls]
    begun = [DBOS.start_workflow(work.durable(), *each) for each in calls]  # type: ignore[attr-defined]
    for each in begun:
        while not _has_ended(each):
            if _stopping.wait(_LOOK_AT_PARTS):
                raise Stopping
    return [each.get_result() for each in begun]


def _has_ended(part: "WorkflowHandle[Any]") -> bool:
    future = getattr(part, "future", None)
    if future is not None:
        return bool(future.done())
    # One that an earlier process began. Asked below DBOS, which would record each look as a step.
    from dbos._dbos import _get_dbos_instance  # noqa: PLC0415

    status = _get_dbos_instance()._sys_db.get_workflow_status(part.workflow_id)
    return status is not None and status["status"] not in _UNFINISHED


def workflow_id() -> str:
    from dbos import DBOS  # noqa: PLC0415

    current = DBOS.workflow_id
    assert current is not None, "only inside a workflow"
    return current


def current_context() -> Context:
    """What the workflows of this process reach; `Jobs.start` sets it. DBOS keeps one registry of them a process."""
    if _context is None:
        raise ConfigError(Text(en="No worker runs in this process.", ja="このプロセスではワーカーが動いていません。"))
    return _context


def under_way() -> set[str]:
    """The ids of workflows that have begun and not ended; a resumed batch goes by the id it first had."""
    from dbos import DBOS  # noqa: PLC0415

    found = DBOS.list_workflows(status=_UNFINISHED, load_input=False, load_output=False)
    return {status.workflow_id.partition("~")[0] for status in found}


class Jobs:
    """The worker of one installation.

    Only one process works at a time on the embedded database: `start` takes a lock file and raises
    AlreadyRunning when another process holds it. Others hand work over with `submit`.
    """

    def __init__(self, url: str, *, lock_file: Path) -> None:
        self._url = url
        # The worker may be stopped by another thread than the one that started it.
        self._lock = FileLock(lock_file, thread_local=False)
        self._engine: sa.Engine | None = None

    @property
    def running(self) -> bool:
        return self._engine is not None

    def worked_elsewhere(self) -> bool:
        """Does another process work on this installation now?"""
        if self.running:
            return False
        try:
            with self._lock.acquire(blocking=False):
                return False
        except Timeout:
            return True

    def start(self, context: Context) -> None:
        """Become the worker, and pick up what an earlier one left unfinished."""
        global _context  # noqa: PLW0603 - see current_context
        from dbos import DBOS, DBOSPortableJSONSerializer, _workflow_commands  # noqa: PLC0415

        _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = _SELDOM
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise AlreadyRunning from None
        engine = _engine(self._url)
        _context = context
        for durable in _workflows:
            durable()
        try:
            # Another machine may work on the same PostgreSQL: one makes the tables, the other waits.
            with explained(engine.url), one_at_a_time(engine):
                DBOS(
                    config={
                        "name": APPLICATION,
                        "system_database_url": self._url,
                        "system_database_engine": engine,
                        "application_version": VERSION,
                        "executor_id": "local",
                        "log_level": "ERROR",
                        "notification_listener_polling_interval_sec": _LISTEN_EVERY,
                        "serializer": DBOSPortableJSONSerializer(),
                    }
                )
                DBOS.launch()
        except BaseException:
            # Not started: the lock is free for the next try.
            DBOS.destroy()
            engine.dispose()
            _context = None
            self._lock.release()
            raise
        self._engine = engine
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=_LOOK_EVERY)

    def run(self, work: Callable[P, R], work_id: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a workflow here and wait for it. The same id gives the same result and does nothing twice."""
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415

        durable: Callable[P, R] = work.durable()  # type: ignore[attr-defined]
        with SetWorkflowID(work_id):
            return DBOS.start_workflow(durable, *args, **kwargs).get_result()

    def settle(self) -> None:
        """Wait for what an earlier process left unfinished and this one has picked up."""
        from dbos import DBOS  # noqa: PLC0415

        for status in DBOS.list_workflows(status=_UNFINISHED, load_input=False, load_output=False):
            DBOS.retrieve_workflow(status.workflow_id).get_result()

    def rest(self) -> None:
        """Look seldom at the engine's own queue, where it puts what earlier processes left, once nothing is left."""
        from dbos._dbos import _get_dbos_instance  # noqa: PLC0415

        if self.running and not under_way():
            _get_dbos_instance()._registry.get_internal_queue()._polling_interval_sec = _SELDOM

    def submit(self, work_name: str, work_id: str, *args: Any) -> None:
        """Hand a workflow to the process that works."""
        from dbos import DBOSClient, DBOSPortableJSONSerializer  # noqa: PLC0415

        engine = _engine(self._url)
        client = DBOSClient(
            system_database_url=self._url,
            system_database_engine=engine,
            serializer=DBOSPortableJSONSerializer(),
            # The caller waits for the answer: an error now is better than silence.
            retry_connection_errors=False,
        )
        try:
            options: EnqueueOptions = {
                "queue_name": QUEUE,
                "workflow_name": work_name,
                "workflow_id": work_id,
                "app_version": VERSION,
            }
            client.enqueue(options, *args)
        finally:
            client.destroy()
            engine.dispose()

    def stop(self) -> None:
        """Finish the steps in hand and begin no other: what is under way goes on at the next start."""
        global _context
        if not self.running:
            return
        from dbos import DBOS  # noqa: PLC0415

        _stopping.set()
        # Given any time at all, DBOS sleeps for a second before it looks whether somebody still works.
        DBOS.destroy(workflow_completion_timeout_sec=_GRACE if _at_work else 0)
        _stopping.clear()
        assert self._engine is not None
        self._engine.dispose()
        self._engine, _context = None, None
        self._lock.release()


class AlreadyRunning(ConfigError):
    """Another process works on this installation."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                en="Another process already works on this installation.",
                ja="別のプロセスがこの環境で動作中です。",
            )
        )


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    engine = sa.create_engine(psycopg(parsed) if parsed.get_backend_name() == "postgresql" else parsed)
    if engine.dialect.name == "sqlite":
        private_database(engine)

        @sa.event.listens_for(engine, "connect")
        def tune(connection: Any, _: Any) -> None:
            connection.isolation_level = "IMMEDIATE"
            connection.execute("PRAGMA journal_mode=WAL")
            # A power cut may undo the last checkpoints: their steps are made again, and each is safe to repeat.
            # What must last, the intents, is in the hub's own database.
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA busy_timeout=30000")
            connection.execute("PRAGMA foreign_keys=ON")
            if sqlite3.sqlite_version_info < _SUBSEC_SINCE:
                connection.create_function("unixepoch", -1, _unixepoch)

    return engine


def _unixepoch(*words: str) -> float:
    """A function DBOS needs from SQLite on newer Pythons, for an SQLite without fractions of a second."""
    return time.time() if "subsec" in words else float(int(time.time()))
