"""What a plugin prints while it is called: standard output carries the hub's answers, often JSON, so it is logged."""

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO, cast

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
        # Whoever writes past `write` (to `buffer`, to `fileno()`) within a plugin writes to standard error.
        return getattr(self._target if _speaking.get() is None else sys.stderr, name)


def take_charge_of_output() -> None:
    """Anew where somebody has replaced it meanwhile."""
    if sys.stdout is not None and not isinstance(sys.stdout, _HubsOutput):
        sys.stdout = cast("TextIO", _HubsOutput(sys.stdout))
