"""How far the demo is, told on standard error while it runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from tsunagi import Text
from tsunagi.embedding import Hub, say, sync_run

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
        """Gives the function that is told how many of `total` are done."""
        task = self._bars.add_task(say(label), total=total)

        def tell(done: int) -> None:
            self._bars.update(task, completed=done)

        yield tell
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
        while True:
            last = ended.wait(_LOOK_EVERY)
            self._show(hub, run, tasks)
            if last:
                break
        for task in tasks.values():
            self._finish(task)

    def _show(self, hub: Hub, run: str, tasks: dict[str, TaskID]) -> None:
        now = sync_run(hub, run).progress
        phase, name = str(now.get("phase", "")), str(now.get("name", ""))
        if not name:
            return
        key = f"{phase} {name}"
        if key not in tasks:
            # Reading tells no total beforehand; a part that has begun ends the one before it.
            for task in tasks.values():
                self._finish(task)
            tasks[key] = self._bars.add_task(f"{say(_PHASES.get(phase, Text.same(phase)))} {name}", total=None)
        done, of = int(str(now.get("done", 0))), int(str(now.get("of", 0)))
        self._bars.update(tasks[key], completed=done, total=of or None)

    def _finish(self, task: TaskID) -> None:
        done = next(each.completed for each in self._bars.tasks if each.id == task)
        total = next(each.total for each in self._bars.tasks if each.id == task)
        self._bars.update(task, completed=max(done, total or 0, 1), total=max(done, total or 0, 1))


_PHASES = {
    "read": Text("Reading", "読み込み"),
    "write": Text("Syncing", "同期"),
}
