"""The hooks called while the hub runs, each plugin isolated from the others."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import pluggy

from tsunagi import plugin_answers
from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.events import Event, Notification
from tsunagi.domain.records import Record
from tsunagi.errors import NotificationRejected, PluginError
from tsunagi.logging import Log
from tsunagi.plugin_answers import Check
from tsunagi.plugin_calls import PluginTimeout, Waits, call
from tsunagi.text import Text

log = Log(__name__)

# A hook that did not answer in time is not called for this long, in seconds: waiting for it at every record would
# keep a sync from ending.
PAUSE = 600.0
# What a plugin raises is kept this far, in characters.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class HookFailure:
    """How a plugin's hook failed: `times` since it last answered well about `about`, what it failed at last."""

    plugin: str
    hook: str
    about: str
    reason: str
    times: int = 1

    @property
    def of(self) -> tuple[str, str]:
        return self.plugin, self.hook


class HookFailures:
    """Hooks that fail; a hook that then succeeds with what it failed at counts as recovered.

    `changed` has what is new since it was last taken: a failure, or None for a hook that recovered.
    """

    def __init__(self) -> None:
        self._failing: dict[tuple[str, str], HookFailure] = {}
        self._changed: dict[tuple[str, str], HookFailure | None] = {}
        self._lock = Lock()
        self.remembered = False

    def remember(self, kept: Sequence[HookFailure]) -> None:
        """What failed before this process began, and has not recovered as far as is known."""
        with self._lock:
            self._failing = {each.of: each for each in kept} | self._failing
            self.remembered = True

    def failed(self, plugin: str, hook: str, about: str, reason: str) -> None:
        with self._lock:
            before = self._failing.get((plugin, hook))
            failure = HookFailure(plugin, hook, about, reason, before.times + 1 if before else 1)
            self._failing[plugin, hook] = self._changed[plugin, hook] = failure

    def answered(self, plugin: str, hook: str, about: str) -> None:
        failing = self._failing.get((plugin, hook))
        if failing is None or failing.about != about:
            return
        with self._lock:
            del self._failing[plugin, hook]
            self._changed[plugin, hook] = None

    def settle(self, plugin: str, hook: str) -> None:
        """A person marks it as recovered."""
        with self._lock:
            self._failing.pop((plugin, hook), None)
            self._changed.pop((plugin, hook), None)

    def fails(self, hook: str, about: str) -> HookFailure | None:
        """The failure of any plugin's hook about this."""
        return next((each for each in self._failing.values() if (each.hook, each.about) == (hook, about)), None)

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    def take_changes(self) -> dict[tuple[str, str], HookFailure | None]:
        if not self._changed:
            return {}
        with self._lock:
            changed, self._changed = self._changed, {}
        return changed


class Hooks:
    """Calls plugins; one that fails, exceeds `seconds` or returns a wrong type is reported and skipped."""

    def __init__(
        self, manager: pluggy.PluginManager, seconds: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._manager = manager
        self._seconds = seconds
        self._monotonic = monotonic
        self._paused: dict[tuple[str, str], float] = {}
        self._waits = Waits()
        self.failures = HookFailures()

    @property
    def plugins(self) -> frozenset[str]:
        """The names of the plugins that are called."""
        return frozenset(name for name, _ in self._manager.list_name_plugin())

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
        """Raises NotificationRejected where a plugin does: a forged callback must not look like an unknown one.

        Raises PluginError where none has an answer because a plugin failed.
        """
        check = plugin_answers.check_notifications
        answer: Sequence[Notification] | None = self._first(
            "parse_notification", check, about=service, service=service, headers=headers, body=body
        )
        failure = self.failures.fails("parse_notification", service) if answer is None else None
        if failure is not None:
            raise _unread(failure)
        return answer

    def on_event(self, event: Event) -> None:
        for _ in self._answers("on_event", plugin_answers.check_nothing, event.id, {"event": event}):
            pass

    def give_up(self) -> None:
        """Stop waiting for the hooks being called, as if they had timed out: the hub is closing."""
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
        """None where it has none or fails."""
        try:
            answer = call(plugin, asked, self._seconds, self._waits)
            if answer is not None:
                check(plugin, answer)
        except NotificationRejected:
            if hook == "parse_notification":
                raise
            self._report(plugin, hook, about, "NotificationRejected")
        except PluginTimeout as error:
            self._paused[plugin, hook] = self._monotonic() + PAUSE
            self._report(plugin, hook, about, f"{error} It is not called again for {PAUSE:g} s.")
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is named and left behind
            self._report(plugin, hook, about, f"{type(error).__name__}: {error}")
        else:
            self.failures.answered(plugin, hook, about)
            return answer
        return None

    def _is_paused(self, plugin: str, hook: str) -> bool:
        return self._paused.get((plugin, hook), 0.0) > self._monotonic()

    def _report(self, plugin: str, hook: str, about: str, reason: str) -> None:
        log.error("plugin_hook_failed", plugin=plugin, hook=hook, about=about, error=reason)
        self.failures.failed(plugin, hook, about, reason[:_LONGEST])


def _unread(failure: HookFailure) -> PluginError:
    return PluginError(
        Text(
            en=f"The plugin '{failure.plugin}' could not read the callback.",
            ja=f"プラグイン「{failure.plugin}」が通知を読み取れませんでした。",
        ),
        plugin=failure.plugin,
    )
