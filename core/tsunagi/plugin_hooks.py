"""The hooks called while the hub runs, each plugin isolated from the others."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pluggy

from tsunagi import plugin_answers
from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.events import Event
from tsunagi.domain.notifications import Notification
from tsunagi.domain.records import Record
from tsunagi.errors import NotificationRejected
from tsunagi.logging import Log
from tsunagi.plugin_answers import Check
from tsunagi.plugin_calls import PluginTimeout, Waits, call

log = Log(__name__)

# A hook that did not answer in time is not called for this long, in seconds: waiting for it at every record would
# keep a sync from ending.
PAUSE = 600.0


class Hooks:
    """Asks plugins; what fails, takes longer than `seconds` or answers wrongly is named and left behind."""

    def __init__(
        self, manager: pluggy.PluginManager, seconds: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._manager = manager
        self._seconds = seconds
        self._monotonic = monotonic
        self._paused: dict[tuple[str, str], float] = {}
        self._waits = Waits()

    def prepare_record(self, record: Record) -> Record:
        check = partial(plugin_answers.check_prepared, record=record)
        return self._first("prepare_record", check, about=str(record.ref), record=record) or record

    def resolve_conflict(self, conflict: Conflict, policy: ConflictPolicy) -> Resolution | None:
        about = f"{conflict.pair} {conflict.field}"
        check = plugin_answers.check_resolution
        answer: Resolution | None = self._first(
            "resolve_conflict", check, about=about, conflict=conflict, policy=policy
        )
        return answer

    def parse_notification(
        self, service: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[Notification] | None:
        """Raises NotificationRejected where a plugin does: a forged callback must not look like an unknown one."""
        check = plugin_answers.check_notifications
        answer: Sequence[Notification] | None = self._first(
            "parse_notification", check, about=service, service=service, headers=headers, body=body
        )
        return answer

    def on_event(self, event: Event) -> None:
        for _ in self._answers("on_event", plugin_answers.check_nothing, event.id, {"event": event}):
            pass

    def give_up(self) -> None:
        """Wait no longer for what is being asked, as if its time were over: the hub is closing."""
        self._waits.give_up()

    def _first(self, hook: str, check: Check, *, about: str, **arguments: object) -> Any:
        return next(self._answers(hook, check, about, arguments), None)

    def _answers(self, hook: str, check: Check, about: str, arguments: Mapping[str, object]) -> Iterator[Any]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        # Latest registered first, as pluggy itself calls them.
        for impl in reversed(caller.get_hookimpls()):
            if self._is_paused(impl.plugin_name, hook):
                continue
            asked = partial(impl.function, **{name: arguments[name] for name in impl.argnames})
            answer = self._answer(impl.plugin_name, hook, check, about, asked)
            if answer is not None:
                yield answer

    def _answer(self, plugin: str, hook: str, check: Check, about: str, asked: Callable[[], Any]) -> Any:
        """None where it has none, whether it says so or fails."""
        try:
            answer = call(plugin, asked, self._seconds, self._waits)
            if answer is not None:
                check(plugin, answer)
        except NotificationRejected:
            if hook == "parse_notification":
                raise
            self._tell(plugin, hook, about, "NotificationRejected")
        except PluginTimeout as error:
            self._paused[plugin, hook] = self._monotonic() + PAUSE
            self._tell(plugin, hook, about, f"{error} It is not called again for {PAUSE:g} s.")
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is named and left behind
            self._tell(plugin, hook, about, f"{type(error).__name__}: {error}")
        else:
            return answer
        return None

    def _is_paused(self, plugin: str, hook: str) -> bool:
        return self._paused.get((plugin, hook), 0.0) > self._monotonic()

    def _tell(self, plugin: str, hook: str, about: str, reason: str) -> None:
        log.error("plugin_hook_failed", plugin=plugin, hook=hook, about=about, error=reason)
