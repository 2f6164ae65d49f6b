"""How a command ended: errors in words (what happened, what to do, where it came from) and the exit codes."""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

import typer

from tsunagi.cli.printing import err, plain, print_json
from tsunagi.errors import (
    AuthenticationFailed,
    ConfigError,
    ConnectorError,
    DocumentInvalid,
    NotConnected,
    OutcomeUnknown,
    PluginError,
    RateLimited,
    RecordRejected,
    RuleFileError,
    ServiceOff,
    ServiceUnavailable,
    TsunagiError,
)
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say


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
    """A person pressed Ctrl-C; the hint explains how to continue."""


def exit_code_of(error: TsunagiError) -> ExitCode:
    """The code for an error that ended a command."""
    match error:
        case Interrupted():
            return ExitCode.INTERRUPTED
        case NotConnected() | ServiceOff() | AuthenticationFailed():
            return ExitCode.NOT_CONNECTED
        case ConfigError() | DocumentInvalid():
            return ExitCode.CONFIGURATION
        case RateLimited() | ServiceUnavailable() | OutcomeUnknown():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.FAILED


def report(
    error: TsunagiError,
    *,
    as_json: bool = False,
    code: ExitCode | None = None,
    more: Mapping[str, object] | None = None,
) -> int:
    """Print to standard error for people, and to standard output for scripts; returns the exit code.

    `code` and `more` (facts for the script) are for errors that a command knows better.
    """
    code = exit_code_of(error) if code is None else code
    console = err()
    interrupted = isinstance(error, Interrupted)
    message = say(error.message) if interrupted else _("Error: {message}").format(message=say(error.message))
    console.print(plain(message), style=None if interrupted else "red", soft_wrap=True)
    for line in _details(error):
        console.print(f"  {plain(line)}", soft_wrap=True)
    if error.hint:
        console.print(plain(say(error.hint)), style="yellow", soft_wrap=True)
    if as_json:
        print_json({"error": {**error_facts(error), "exit_code": int(code), **(more or {})}})
    return code


def _details(error: TsunagiError) -> Iterator[str]:
    if isinstance(error, RecordRejected):
        yield from (f"{field}: {message}" for field, message in error.problems.items())
    if isinstance(error, DocumentInvalid):
        yield from (f"{field}: {say(text)}" for field, text in error.problems.items())
    if isinstance(error, ConnectorError):
        yield _("service: {service}").format(service=error.service) + (f" ({error.code})" if error.code else "")
    if isinstance(error, PluginError):
        yield _("plugin: {plugin}").format(plugin=error.plugin)


def error_facts(error: TsunagiError) -> dict[str, object]:
    facts: dict[str, object] = {
        "type": type(error).__name__,
        "message": say(error.message),
        "hint": say(error.hint) if error.hint else "",
    }
    if isinstance(error, RuleFileError):
        facts |= {"file": error.path, "line": error.line, "column": error.column, "field": error.field}
    if isinstance(error, ConnectorError):
        facts |= {"service": error.service, "code": error.code, "retryable": error.retryable}
    if isinstance(error, DocumentInvalid):
        facts |= {"errors": {field: say(text) for field, text in error.problems.items()}}
    if isinstance(error, PluginError):
        facts |= {"plugin": error.plugin}
    return facts


# The library's message, in English only.
_MESSAGES = (
    (r"No such option: (\S+)(?: Did you mean (.+)\?)?", "オプション {} はありません。"),
    (r"No such option '?([^' ]+)'?\.?.*", "オプション {} はありません。"),
    (r"Missing argument '(.+?)'.*", "引数 {} を指定してください。"),
    (r"Missing option '(.+?)'.*", "オプション {} を指定してください。"),
    (r"Missing command\.", "コマンドを指定してください。"),
    (r"Option '(.+?)' requires an argument\.", "オプション {} には値が必要です。"),
    (r"Option '(.+?)' does not take a value\.", "オプション {} に値は指定できません。"),
    (r"Got unexpected extra argument\S* \((.+)\)", "余分な引数があります: {}"),
    (r"Invalid value for (.+?): (.*)", "{} の値が正しくありません: {}"),
)


def misuse(error: typer.TyperException, program: str) -> ConfigError:
    """The error to report; its hint names the help page."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else program
    message = error.format_message()
    return ConfigError(
        Text(en=message, ja=_in_japanese(message)), hint=Text(en=f"See: {path} --help", ja=f"使い方: {path} --help")
    )


def _in_japanese(message: str) -> str:
    for pattern, japanese in _MESSAGES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return japanese.format(*(group or "" for group in found.groups()))
    return message
