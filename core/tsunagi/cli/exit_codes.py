"""How a command ended, for scripts."""

from enum import IntEnum

from tsunagi.errors import (
    AuthenticationFailed,
    ConfigError,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
    ServiceOff,
    ServiceUnavailable,
    TsunagiError,
)
from tsunagi.text import Text


class ExitCode(IntEnum):
    """What each code means; the root help lists them."""

    OK = 0
    FAILED = 1
    CONFIGURATION = 2
    NOT_CONNECTED = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130

    @property
    def meaning(self) -> Text:
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: Text(en="done", ja="完了"),
    ExitCode.FAILED: Text(
        en="the work, or a part of it, failed or was refused, or somebody has to act",
        ja="処理の全部または一部が失敗または拒否、あるいは対応が必要",
    ),
    ExitCode.CONFIGURATION: Text(en="set-up or usage is wrong", ja="設定または使い方の誤り"),
    ExitCode.NOT_CONNECTED: Text(
        en="a service is not connected, or does not accept the credentials", ja="サービスが未接続、または認証エラー"
    ),
    ExitCode.UNAVAILABLE: Text(en="a service cannot be reached now", ja="サービスを利用できない"),
    ExitCode.INTERRUPTED: Text(en="stopped by Ctrl-C", ja="Ctrl-C による中断"),
}


class Interrupted(TsunagiError):
    """A person pressed Ctrl-C; the hint says how to go on."""


def exit_code_of(error: TsunagiError) -> ExitCode:
    """The code for an error that ended a command."""
    match error:
        case Interrupted():
            return ExitCode.INTERRUPTED
        case NotConnected() | ServiceOff() | AuthenticationFailed():
            return ExitCode.NOT_CONNECTED
        case ConfigError():
            return ExitCode.CONFIGURATION
        case RateLimited() | ServiceUnavailable() | OutcomeUnknown():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.FAILED
