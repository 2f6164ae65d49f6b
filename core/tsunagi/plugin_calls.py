"""One call into a plugin: what it raises is its own failure, what it prints is logged, and its time is limited."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TextIO, TypeVar, cast

from tsunagi.errors import PluginError
from tsunagi.text import Text

T = TypeVar("T")

# Long enough to import a large library on a busy machine, short enough to wait for once.
SECONDS = 30.0
# A signal that another thread of the process took is noticed at the next look.
_LOOK_EVERY = 0.5


class PluginTimeout(PluginError):
    """A plugin did not answer in time. The call goes on in the background, and nobody waits for it."""

    def __init__(self, plugin: str, seconds: float) -> None:
        super().__init__(
            Text(
                en=f"The plugin '{plugin}' did not answer within {seconds:.3g} s.",
                ja=f"プラグイン「{plugin}」が {seconds:.3g} 秒以内に応答しませんでした。",
            ),
            plugin=plugin,
        )


class Waits:
    """The calls that are waited for, so that a hub that closes can stop waiting."""

    def __init__(self) -> None:
        self._ends: set[SimpleQueue[Any]] = set()

    def opened(self) -> "SimpleQueue[Any]":
        """Where an end will come: of a call, or None when the waiting is given up."""
        ends: SimpleQueue[Any] = SimpleQueue()
        self._ends.add(ends)
        return ends

    def wait(self, ends: "SimpleQueue[_End[T] | None]", seconds: float) -> "_End[T] | None":
        """None after `seconds`, or as soon as the waiting is given up."""
        until = time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                with suppress(Empty):
                    return ends.get(timeout=min(left, _LOOK_EVERY))
            return None
        finally:
            self._ends.discard(ends)

    def give_up(self) -> None:
        for ends in tuple(self._ends):
            ends.put(None)


def call(plugin: str, function: Callable[[], T], seconds: float = SECONDS, waits: Waits | None = None) -> T:
    """What the function returns.

    Raises whatever Exception it raises; PluginError for what would end a program, such as SystemExit; PluginTimeout
    after `seconds`, or when `waits` gives up. It runs in a thread that keeps no process from ending. Signals reach the
    main thread only: a KeyboardInterrupt that comes out of here is a person's.
    """
    take_charge_of_output()
    waits = waits or Waits()
    # Before the call begins, so that giving up misses none.
    ends: SimpleQueue[_End[T] | None] = waits.opened()
    _helper().make(partial(copy_context().run, _made, plugin, function), ends)
    began = time.monotonic()
    end = waits.wait(ends, seconds)
    if end is None:
        raise PluginTimeout(plugin, min(seconds, time.monotonic() - began))
    if end.error is None:
        return cast("T", end.value)
    raise _as_failure(plugin, end.error)


@dataclass(frozen=True, slots=True)
class _End(Generic[T]):
    value: T | None = None
    error: BaseException | None = None


class _Helper:
    """A thread that makes calls one after the other: a new one for each record would cost more than most hooks."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], _End[Any]], SimpleQueue[Any]]] = SimpleQueue()
        Thread(target=self._work, name="plugin", daemon=True).start()

    def make(self, work: "Callable[[], _End[Any]]", ends: "SimpleQueue[Any]") -> None:
        self._calls.put((work, ends))

    def _work(self) -> None:
        while True:
            work, ends = self._calls.get()
            end = work()
            _idle.append(self)
            ends.put(end)
            # What a plugin returned or raised is nothing to hold until the next call.
            del work, ends, end


_idle: list[_Helper] = []
# A forked process has this list and none of its threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)


def _helper() -> _Helper:
    """One that is idle; those in which a plugin hangs are not."""
    try:
        return _idle.pop()
    except IndexError:
        return _Helper()


def _made(plugin: str, function: Callable[[], T]) -> "_End[T]":
    with speaking(plugin):
        try:
            return _End(function())
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, and none of it may end the hub
            return _End(error=error)


def _as_failure(plugin: str, error: BaseException) -> Exception:
    if isinstance(error, Exception):
        return error
    what = f"{type(error).__name__}: {error}"
    return PluginError(
        Text(en=f"The plugin '{plugin}' raised {what}", ja=f"プラグイン「{plugin}」で発生: {what}"), plugin=plugin
    )


# The standard library's: it writes to standard error also where nobody has set up a log yet.
_printed = logging.getLogger("tsunagi.plugin")


@contextmanager
def speaking(plugin: str) -> Iterator[None]:
    """What is printed in this context, in the block, is the plugin's."""
    voice = _Voice(plugin)
    before = _speaking.set(voice)
    try:
        yield
    finally:
        _speaking.reset(before)
        voice.finish()


class _Voice:
    """Logs what one call prints, line by line."""

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self._rest = ""

    def say(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            _printed.warning("plugin '%s' printed: %s", self._plugin, line, extra={"plugin": self._plugin})

    def finish(self) -> None:
        if self._rest:
            self.say("\n")


_speaking: ContextVar[_Voice | None] = ContextVar("speaking", default=None)


class _HubsOutput:
    """Standard output as it was, except within a call into a plugin: it carries the hub's answers, often JSON."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, text: str) -> int:
        voice = _speaking.get()
        if voice is None:
            return self._target.write(text)
        voice.say(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        # Writing past `write` (to `buffer`, to `fileno()`) within a plugin goes to standard error.
        return getattr(self._target if _speaking.get() is None else sys.stderr, name)


def take_charge_of_output() -> None:
    """Install it again if it was replaced meanwhile."""
    if sys.stdout is not None and not isinstance(sys.stdout, _HubsOutput):
        sys.stdout = cast("TextIO", _HubsOutput(sys.stdout))
