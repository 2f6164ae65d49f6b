"""What each hook may return, checked before the hub uses it: a wrong answer is the plugin's failure, by name."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any

from tsunagi.domain.actions import Action
from tsunagi.domain.conflicts import Resolution
from tsunagi.domain.connector import ConnectorType
from tsunagi.domain.documents import Panel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Notification
from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import PluginError
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
    if isinstance(answer, Record) and answer.ref == record.ref and _is_complete(answer):
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


def _is_complete(record: Record) -> bool:
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
