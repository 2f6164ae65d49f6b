"""One call into a plugin: what it raises is its own failure, what it prints is logged, and its time is limited."""

import logging
import sys
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TextIO, TypeVar, cast

from tsunagi.errors import PluginError
from tsunagi.text import Text

T = TypeVar("T")

# Long enough to import a large library on a busy machine, short enough to wait for once.
SECONDS = 30.0

# The standard library's: it writes to standard error also where nobody has set up a log yet.
_printed = logging.getLogger("tsunagi.plugin")


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
        try:
            return ends.get(timeout=seconds)
        except Empty:
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
    _take_charge_of_output()
    waits = waits or Waits()
    # Before the call begins, so that giving up misses none.
    ends: SimpleQueue[_End[T] | None] = waits.opened()
    work = copy_context()
    Thread(target=work.run, args=(_run, plugin, function, ends), name=f"plugin {plugin}", daemon=True).start()
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


def _run(plugin: str, function: Callable[[], T], ends: "SimpleQueue[_End[T] | None]") -> None:
    voice = _Voice(plugin)
    _speaking.set(voice)
    try:
        end = _End(function())
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, and none of it may end the hub
        end = _End(error=error)
    voice.finish()
    ends.put(end)


def _as_failure(plugin: str, error: BaseException) -> Exception:
    if isinstance(error, Exception):
        return error
    what = f"{type(error).__name__}: {error}"
    return PluginError(
        Text(en=f"The plugin '{plugin}' raised {what}", ja=f"プラグイン「{plugin}」で発生: {what}"), plugin=plugin
    )


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
        # Whoever writes past `write` (to `buffer`, to `fileno()`) within a plugin writes to standard error.
        return getattr(self._target if _speaking.get() is None else sys.stderr, name)


def _take_charge_of_output() -> None:
    """Anew where somebody has replaced it meanwhile."""
    if sys.stdout is not None and not isinstance(sys.stdout, _HubsOutput):
        sys.stdout = cast("TextIO", _HubsOutput(sys.stdout))
