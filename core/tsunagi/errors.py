"""Every error the hub raises on purpose.

TsunagiError                    a message for people in both languages; `.hint` says what to do
+-- ConfigError                 set-up is wrong; the CLI prints it without a traceback, exit code 2
|   +-- RuleFileError           path, line, column, field
|   +-- PluginError             plugin, distribution
|   +-- NotConnected            service: nothing is connected under that name
|   +-- ServiceOff              service: it is connected and switched off
|   +-- NotOffered              what was asked for is none of the choices there are
+-- ConnectorError              service, code, retry_after, retryable: something between us and a service
|   +-- AuthenticationFailed    credentials are wrong or revoked; a person must act
|   +-- AccessRefused           credentials are fine, but may not do this
|   +-- RateLimited             retryable, retry_after in seconds
|   |   +-- DayLimitReached     retry_after: when the service takes calls again
|   +-- ServiceUnavailable      retryable; the call certainly had no effect
|   +-- OutcomeUnknown          a write was sent and its answer lost: look it up, never just repeat
|   +-- BrokenAnswer            the service answered something that makes no sense
|   +-- RecordNotFound          ref
|   +-- StaleRecord             ref: it changed since we read it; plan again
|   +-- RecordRejected          problems: field -> the service's message
|       +-- ChangeNotKept       a change was taken, and the service's answer does not show it
+-- NotificationRejected        a callback that is forged, malformed or not ours
+-- SyncRefused                 the guard's refusal: an empty side, too many deletions
+-- PermissionDenied            who, what, on: the record, where it is about one
+-- RecordUnusable              ref, field, awaits: a record lacks what an action needs
+-- DocumentInvalid             problems: field -> why the value entered for a document is invalid
+-- RateInvalid                 currency: no exchange rate, or one with more digits than a side can hold
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from tsunagi.text import Text


class TsunagiError(Exception):
    """An error with a message for a person, and what to do next."""

    def __init__(self, message: Text, *, hint: Text | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.hint = hint


class ConfigError(TsunagiError):
    """The set-up is wrong and a person has to change it."""


class RuleFileError(ConfigError):
    """A YAML rule file contains a mistake.

    `line` and `column` count from 1; `field` is the path inside the document, such as `actions[0].action`.
    """

    def __init__(self, message: Text, *, path: str, line: int, column: int = 1, field: str = "") -> None:
        where = f"{path}:{line}:{column}: " + (f"{field}: " if field else "")
        super().__init__(Text(en=where + message.en, ja=where + message.ja))
        self.path = path
        self.line = line
        self.column = column
        self.field = field
        self.reason = message


class PluginError(ConfigError):
    """A plugin could not be loaded or broke its contract."""

    def __init__(self, message: Text, *, plugin: str, distribution: str = "") -> None:
        super().__init__(message)
        self.plugin = plugin
        self.distribution = distribution


class NotConnected(ConfigError):
    """Nothing is connected under this service name."""

    def __init__(self, service: str) -> None:
        super().__init__(
            Text(
                en=f"The service '{service}' is not connected.",
                ja=f"サービス「{service}」は接続されていません。",
            ),
            hint=Text(
                en=f"Connect it first: tsunagi connect {service}",
                ja=f"先に接続してください: tsunagi connect {service}",
            ),
        )
        self.service = service


class ServiceOff(ConfigError):
    """The service is connected, and was switched off by a person."""

    def __init__(self, service: str) -> None:
        super().__init__(
            Text(en=f"The service '{service}' is switched off.", ja=f"サービス「{service}」は無効になっています。"),
            hint=Text(
                en=f"Switch it on: tsunagi services enable {service}", ja=f"有効化: tsunagi services enable {service}"
            ),
        )
        self.service = service


class NotOffered(ConfigError):
    """What was asked for is none of the choices there are, which the message names."""


class ConnectorError(TsunagiError):
    """Something went wrong between the hub and a service.

    `retryable`: whether the same call may simply be made again; `retry_after` (seconds): when.
    `code` is the service's own code, kept for people who search for it.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: Text,
        *,
        service: str,
        code: str = "",
        retry_after: float | None = None,
        hint: Text | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.service = service
        self.code = code
        self.retry_after = retry_after


class AuthenticationFailed(ConnectorError):
    """The service does not accept our credentials."""


class AccessRefused(ConnectorError):
    """The credentials work, but not for this: a missing scope, role or edition."""


class RateLimited(ConnectorError):
    """The service asked us to slow down; the call had no effect."""

    retryable = True


class DayLimitReached(RateLimited):
    """The organisation has no calls left today; `retry_after` is when there are more. The call had no effect."""


class ServiceUnavailable(ConnectorError):
    """The service could not be reached or could not answer; the call had no effect."""

    retryable = True


class OutcomeUnknown(ConnectorError):
    """A write was sent and no answer came back: it may or may not have taken effect."""


class BrokenAnswer(ConnectorError):
    """The service's answer does not have the shape it documents."""


class _RecordError(ConnectorError):
    """A ConnectorError about one record. `ref` is `service.entity:id`, empty while only the client has seen it."""

    def __init__(
        self,
        message: Text,
        *,
        service: str,
        ref: str = "",
        code: str = "",
        retry_after: float | None = None,
        hint: Text | None = None,
    ) -> None:
        super().__init__(message, service=service, code=code, retry_after=retry_after, hint=hint)
        self.ref = ref


class RecordNotFound(_RecordError):
    """No record has this id (any more)."""


class StaleRecord(_RecordError):
    """The record has changed since the version we read; plan again from its new state."""


_Connector = TypeVar("_Connector")
_R = TypeVar("_R")
_P = ParamSpec("_P")
_T = TypeVar("_T")


def names_record(
    method: Callable[Concatenate[_Connector, _R, _P], _T],
) -> Callable[Concatenate[_Connector, _R, _P], _T]:
    """Decorates a connector's method whose first argument is a record reference: errors about it get their `ref`.

    The HTTP client that raises RecordNotFound or StaleRecord knows an address, not the record.
    """

    @wraps(method)
    def named(self: _Connector, ref: _R, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, ref, *args, **kwargs)
        except _RecordError as error:
            error.ref = error.ref or str(ref)
            raise

    return named


class RecordRejected(ConnectorError):
    """The service refused a record; `problems` maps each field to the service's message about it."""

    def __init__(
        self,
        message: Text,
        *,
        service: str,
        code: str = "",
        problems: Mapping[str, str] | None = None,
        hint: Text | None = None,
    ) -> None:
        super().__init__(message, service=service, code=code, hint=hint)
        self.problems = dict(problems or {})


class ChangeNotKept(RecordRejected):
    """The service took a change and its answer does not show it; `problems` maps each field to its actual value."""


class NotificationRejected(TsunagiError):
    """A callback that is forged, malformed or meant for somebody else."""


class SyncRefused(TsunagiError):
    """The guard found a plan too dangerous to carry out."""


class PermissionDenied(TsunagiError):
    """No policy permits this.

    who   the person's e-mail address; empty for a caller nobody could identify
    what  the action that was refused, such as "hub:view"
    on    the record it was refused on; empty where the action is not about one
    """

    def __init__(self, message: Text, *, who: str, what: str, on: str = "", hint: Text | None = None) -> None:
        super().__init__(message, hint=hint)
        self.who = who
        self.what = what
        self.on = on


class RecordUnusable(TsunagiError):
    """A record lacks what an action needs; names the record and the field.

    `awaits` are the records that have to be kept in step first (a deal's account, its products), as service:entity:id.
    """

    def __init__(
        self, message: Text, *, ref: str, field: str, hint: Text | None = None, awaits: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.ref = ref
        self.field = field
        self.awaits = tuple(awaits)


class DocumentInvalid(TsunagiError):
    """The values entered for a document are invalid; `problems` is why, by field."""

    def __init__(self, problems: Mapping[str, Text], *, hint: Text | None = None) -> None:
        super().__init__(
            Text(
                en="; ".join(f"{field}: {text.en}" for field, text in problems.items()),
                ja="; ".join(f"{field}: {text.ja}" for field, text in problems.items()),
            ),
            hint=hint,
        )
        self.problems = dict(problems)


class RateInvalid(TsunagiError):
    """No exchange rate, or one with more digits than can be kept; names the currency."""

    def __init__(self, message: Text, *, currency: str, hint: Text | None = None) -> None:
        super().__init__(message, hint=hint)
        self.currency = currency
