"""The demo's progress, on standard error while it runs."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from tsunagi import Text, Value
from tsunagi.embedding import Hub, SyncRun, say, sync_run

_LOOK_EVERY = 0.1


class Progress:
    """Bars on a terminal, the finished lines elsewhere; use it as a context manager around the walk."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bars = Bars(*columns, console=console)

    def __enter__(self) -> "Progress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @contextmanager
    def step(self, label: Text) -> Iterator[None]:
        """Something that takes a moment and cannot be counted."""
        task = self._bars.add_task(say(label), total=None)
        yield
        self._finish(task)

    @contextmanager
    def counting(self, label: Text, total: int) -> Iterator[Callable[[int], None]]:
        """Gives the function to call with how many of `total` are done."""
        task = self._bars.add_task(say(label), total=total)

        def report(done: int) -> None:
            self._bars.update(task, completed=done)

        yield report
        self._finish(task)

    @contextmanager
    def following(self, hub: Hub, run: str) -> Iterator[None]:
        """One bar for each part of a sync that is carried out while the block runs."""
        ended = threading.Event()
        follower = threading.Thread(target=self._follow, args=(hub, run, ended), daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()

    def _follow(self, hub: Hub, run: str, ended: threading.Event) -> None:
        tasks: dict[str, TaskID] = {}
        last = False
        while not last:
            last = ended.wait(_LOOK_EVERY)
            for name, (done, total) in _parts(sync_run(hub.context, run)).items():
                if name not in tasks:
                    tasks[name] = self._bars.add_task(name, total=None)
                self._bars.update(tasks[name], completed=done, total=total)
        for task in tasks.values():
            self._finish(task)

    def _finish(self, task: TaskID) -> None:
        done = next(each.completed for each in self._bars.tasks if each.id == task)
        total = next(each.total for each in self._bars.tasks if each.id == task)
        self._bars.update(task, completed=max(done, total or 0, 1), total=max(done, total or 0, 1))


def _parts(run: SyncRun) -> dict[str, tuple[int, int | None]]:
    """How many records are done and, where it is known, how many there are: by what is done with them."""
    parts: dict[str, tuple[int, int | None]] = {}
    read = 0
    for name, counts in run.counts.items():
        assert isinstance(counts, Mapping)
        if "read" in counts:
            read += _count(counts, "read")
            parts[say(_READING)] = (read, None)
        elif total := _count(counts, *_PLANNED):
            parts[f"{say(_WRITING)} {name}"] = (_count(counts, *_MADE), total)
    return parts


def _count(counts: Mapping[str, Value], *names: str) -> int:
    return sum(int(str(counts.get(name, 0))) for name in names)


_READING = Text("Reading records", "レコードの読み込み")
_WRITING = Text("Syncing", "同期")
_PLANNED = ("create", "update", "delete")
_MADE = ("done", "failed", "abandoned")
