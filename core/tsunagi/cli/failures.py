"""Errors in words: what happened, what to do, and where it came from."""

from collections.abc import Iterator, Mapping

from tsunagi.cli.exit_codes import ExitCode, Interrupted, exit_code_of
from tsunagi.cli.printing import err, plain, print_json
from tsunagi.errors import ConnectorError, PluginError, RecordRejected, RuleFileError, TsunagiError
from tsunagi.translation import gettext as _
from tsunagi.translation import say


def report(
    error: TsunagiError,
    *,
    as_json: bool = False,
    code: ExitCode | None = None,
    more: Mapping[str, object] | None = None,
) -> int:
    """Tell a person on standard error, a script on standard output too; returns the exit code.

    `code` and `more` (facts for the script) are for errors that a command knows better.
    """
    code = exit_code_of(error) if code is None else code
    console = err()
    wished = isinstance(error, Interrupted)
    message = say(error.message) if wished else _("Error: {message}").format(message=say(error.message))
    console.print(plain(message), style=None if wished else "red", soft_wrap=True)
    for line in _details(error):
        console.print(f"  {plain(line)}", soft_wrap=True)
    if error.hint:
        console.print(plain(say(error.hint)), style="yellow", soft_wrap=True)
    if as_json:
        print_json({"error": {**error_facts(error), "exit_code": int(code), **(more or {})}})
    return code


def _details(error: TsunagiError) -> Iterator[str]:
    if isinstance(error, RecordRejected):
        yield from (f"{field}: {said}" for field, said in error.problems.items())
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
    if isinstance(error, PluginError):
        facts |= {"plugin": error.plugin}
    return facts
