"""The hooks called while the hub runs, each plugin isolated from the others."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from types import NoneType
from typing import Any

import pluggy

from tsunagi.domain.actions import Action
from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.connector import ConnectorType
from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Event, Notification
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.money import Money
from tsunagi.domain.panels import Panel
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import NotificationRejected, PluginError
from tsunagi.logging import Log
from tsunagi.plugin_calls import PluginTimeout, Waits, call
from tsunagi.text import Text

_DECLARED: Mapping[str, type] = {
    "register_connectors": ConnectorType,
    "register_entity_types": EntityType,
    "register_sync_pairs": SyncPair,
    "register_actions": Action,
    "register_panels": Panel,
}
# No float: amounts are exact.
_VALUES = (bool, int, str, Decimal, date, Money, RecordRef, tuple, Mapping, NoneType)


class WrongAnswer(PluginError):
    """A hook returned something its contract does not have. `expected` is written as an annotation."""

    def __init__(self, plugin: str, hook: str, answer: object, expected: str) -> None:
        got = _shape(answer)
        super().__init__(
            Text(
                en=f"The plugin '{plugin}' returned {got} from {hook}; expected is {expected}",
                ja=f"プラグイン「{plugin}」の {hook} が {got} を返しました。正しい型: {expected}",
            ),
            plugin=plugin,
        )


def declared(plugin: str, hook: str, answer: object) -> Sequence[Any]:
    """What a `register_*` hook returned. Raises WrongAnswer."""
    kind = _DECLARED[hook]
    if not _is_sequence_of(kind, answer):
        raise WrongAnswer(plugin, hook, answer, f"Sequence[{kind.__name__}]")
    return answer  # type: ignore[return-value]


def check_prepared(plugin: str, answer: object, record: Record) -> None:
    """Raises WrongAnswer."""
    if isinstance(answer, Record) and answer.ref == record.ref and _is_whole(answer):
        return
    expected = f"Record(ref={record.ref}, fields: Mapping[str, Value], version: str) | None"
    raise WrongAnswer(plugin, "prepare_record", answer, expected)


def check_resolution(plugin: str, answer: object) -> None:
    """Raises WrongAnswer."""
    if not (isinstance(answer, Resolution) and isinstance(answer.value, _VALUES)):
        raise WrongAnswer(plugin, "resolve_conflict", answer, "Resolution(value: Value, by: str) | None")


def check_notifications(plugin: str, answer: object) -> None:
    """Raises WrongAnswer."""
    if not (_is_sequence_of(Notification, answer) and all(map(_is_readable, answer))):  # type: ignore[call-overload]
        raise WrongAnswer(plugin, "parse_notification", answer, "Sequence[Notification] | None")


def check_nothing(plugin: str, answer: object) -> None:
    """Raises WrongAnswer: an `async def` returns a coroutine, and nobody would ever run it."""
    raise WrongAnswer(plugin, "on_event", answer, "None")


Check = Callable[[str, Any], None]


def _is_sequence_of(kind: type, answer: object) -> bool:
    return isinstance(answer, list | tuple) and all(isinstance(item, kind) for item in answer)


def _is_whole(record: Record) -> bool:
    fields: object = record.fields
    if not (isinstance(fields, Mapping) and isinstance(record.version, str)):
        return False
    return all(isinstance(name, str) and isinstance(value, _VALUES) for name, value in fields.items())


def _is_readable(notification: Notification) -> bool:
    words = (notification.service, notification.entity, notification.channel, notification.secret)
    ids: object = notification.ids
    return isinstance(ids, list | tuple) and all(isinstance(each, str) for each in (*words, *ids))


def _shape(answer: object) -> str:
    """Its type and, of a list or a record, the types within; never a value, which may be a secret."""
    name = type(answer).__name__
    match answer:
        case list() | tuple():
            return f"{name}[{', '.join(sorted({type(item).__name__ for item in answer}))}]"
        case Record(ref=ref, fields=Mapping() as fields):
            wrong = sorted(str(key) for key, value in fields.items() if not isinstance(value, _VALUES))
            return f"Record(ref={ref})" + (f" ({', '.join(wrong)})" if wrong else "")
        case _:
            return name


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
        check = partial(check_prepared, record=record)
        return self._first("prepare_record", check, about=str(record.ref), record=record) or record

    def resolve_conflict(self, conflict: Conflict, policy: ConflictPolicy) -> Resolution | None:
        about = f"{conflict.pair} {conflict.field}"
        check = check_resolution
        answer: Resolution | None = self._first(
            "resolve_conflict", check, about=about, conflict=conflict, policy=policy
        )
        return answer

    def parse_notification(
        self, service: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[Notification] | None:
        """Raises NotificationRejected where a plugin does: a forged callback must not look like an unknown one."""
        check = check_notifications
        answer: Sequence[Notification] | None = self._first(
            "parse_notification", check, about=service, service=service, headers=headers, body=body
        )
        return answer

    def on_event(self, event: Event) -> None:
        for _ in self._answers("on_event", check_nothing, event.id, {"event": event}):
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
