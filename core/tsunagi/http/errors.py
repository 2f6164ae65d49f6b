"""What the faces refuse, and which HTTP status each of the hub's errors answers with."""

from collections.abc import Sequence
from http import HTTPStatus

from tsunagi.app.access.permission_editing import CellsRefused
from tsunagi.app.documents.submitting import KeyInvalid
from tsunagi.app.sync.notifications import NotificationForged
from tsunagi.errors import (
    ConfigError,
    ConnectorError,
    DocumentInvalid,
    NotificationRejected,
    NotOffered,
    PermissionDenied,
    PluginError,
    RateInvalid,
    RecordNotFound,
    RecordRejected,
    RecordUnusable,
    RuleFileError,
    StaleRecord,
    SyncRefused,
    TsunagiError,
)
from tsunagi.rule_files import FileNameInvalid, NoSuchFile
from tsunagi.text import Text
from tsunagi.yaml_editing import ValueRefused


class NotHere(TsunagiError):
    """There is nothing at this address."""


class NotSignedIn(TsunagiError):
    """The caller has not signed in, or sent no valid token."""


class InvalidInput(TsunagiError):
    """What was sent is invalid."""


class NotFromHere(TsunagiError):
    """A form or call that another site made a browser send."""


class TooManyTries(TsunagiError):
    """Too many wrong tokens; `retry_after` is in seconds."""

    def __init__(self, message: Text, *, hint: Text, retry_after: float) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PreconditionFailed(TsunagiError):
    """What is to be changed is not as the caller read it; `etag` is what it has now, "" where it is not there."""

    def __init__(self, message: Text, *, hint: Text | None, etag: str) -> None:
        super().__init__(message, hint=hint)
        self.etag = etag


class PreconditionRequired(TsunagiError):
    """A change that does not say what it was begun from."""

    def __init__(self) -> None:
        super().__init__(
            Text(en="Say which version is to be changed.", ja="どの版を変更するか指定してください。"),
            hint=Text(
                en="Send the ETag it was read with as If-Match; for something new 'If-None-Match: *'.",
                ja="読み込み時の ETag を If-Match で、新規作成では「If-None-Match: *」を送信してください。",
            ),
        )


class FileRefused(InvalidInput):
    """A rule, permission or settings file that has mistakes; each with its file, line and column."""

    def __init__(self, mistakes: Sequence[RuleFileError]) -> None:
        super().__init__(mistakes[0].message, hint=mistakes[0].hint)
        self.mistakes = mistakes


class KeyInUse(TsunagiError):
    """An idempotency key of another call, or of one that has no answer."""


class TooLarge(TsunagiError):
    """The body is larger than the hub accepts."""


_STATUSES: tuple[tuple[type[TsunagiError], HTTPStatus], ...] = (
    (NotHere, HTTPStatus.NOT_FOUND),
    (NotSignedIn, HTTPStatus.UNAUTHORIZED),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFromHere, HTTPStatus.FORBIDDEN),
    (TooManyTries, HTTPStatus.TOO_MANY_REQUESTS),
    (PreconditionFailed, HTTPStatus.PRECONDITION_FAILED),
    (PreconditionRequired, HTTPStatus.PRECONDITION_REQUIRED),
    (KeyInUse, HTTPStatus.CONFLICT),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (NotificationForged, HTTPStatus.FORBIDDEN),
    (NotificationRejected, HTTPStatus.BAD_REQUEST),
    (PermissionDenied, HTTPStatus.FORBIDDEN),
    (RecordNotFound, HTTPStatus.NOT_FOUND),
    (DocumentInvalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (KeyInvalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (StaleRecord, HTTPStatus.CONFLICT),
    (RecordRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RateInvalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RecordUnusable, HTTPStatus.UNPROCESSABLE_ENTITY),
    # The request was fine, the installation is not in a state to do it.
    (SyncRefused, HTTPStatus.CONFLICT),
    (NotOffered, HTTPStatus.UNPROCESSABLE_ENTITY),
    # A service that gets this status sends its callback again.
    (PluginError, HTTPStatus.SERVICE_UNAVAILABLE),
    (NoSuchFile, HTTPStatus.NOT_FOUND),
    (FileNameInvalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ValueRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (CellsRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConfigError, HTTPStatus.CONFLICT),
    (ConnectorError, HTTPStatus.BAD_GATEWAY),
)


def status_of(error: TsunagiError) -> HTTPStatus:
    return status_of_kind(type(error))


def status_of_kind(error: type[TsunagiError]) -> HTTPStatus:
    """The status errors of this class answer with."""
    return next((status for kind, status in _STATUSES if issubclass(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def of_status(status: int) -> TsunagiError:
    """An error in words for a status the web framework chose."""
    return TsunagiError(*_words(status)[:1], hint=_words(status)[1])


def _words(status: int) -> tuple[Text, Text | None]:
    if status in _MESSAGES:
        return _MESSAGES[status]
    if 400 <= status < 500:
        return Text(en=HTTPStatus(status).phrase, ja="リクエストを受け付けられません。"), None
    return _MESSAGES[500]


_MESSAGES: dict[int, tuple[Text, Text | None]] = {
    400: (Text(en="The request makes no sense.", ja="リクエストを理解できません。"), None),
    404: (
        Text(en="There is nothing at this address.", ja="このアドレスには何もありません。"),
        Text(
            en="It may have been removed, or the address was mistyped.",
            ja="削除されたか、アドレスが間違っている可能性があります。",
        ),
    ),
    405: (Text(en="This cannot be done here.", ja="この操作はここではできません。"), None),
    413: (Text(en="That is more than is accepted here.", ja="サイズが大きすぎます。"), None),
    500: (
        Text(en="Something went wrong in the hub.", ja="ハブの内部で問題が発生しました。"),
        Text(
            en="It was written to the log. Try again; if it stays, tell the operator of this hub.",
            ja="ログに記録しました。もう一度お試しください。解決しない場合は管理者にお知らせください。",
        ),
    ),
}
