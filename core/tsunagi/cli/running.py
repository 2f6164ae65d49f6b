"""One run of the command line: arguments in, an exit code out, and every error in words."""

import sys
import traceback
from collections.abc import Sequence

import typer

from tsunagi.cli.failures import ExitCode, Interrupted, misuse, report
from tsunagi.errors import TsunagiError
from tsunagi.text import Text
from tsunagi.translation import language_of_environment, nearest, set_language

PROGRAM = "tsunagi"


def run(arguments: Sequence[str]) -> int:
    """Run one command. Never raises for a command's failure; the message is on standard error."""
    _survive_narrow_encodings()
    given = _given(arguments, "--language")
    set_language(nearest(given) if given else language_of_environment())
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except TsunagiError as error:
        return report(error, as_json=as_json)
    except typer.TyperException as error:
        return report(misuse(error, PROGRAM), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return report(_stopped(), as_json=as_json)
    except BrokenPipeError:
        # The reader of our output closed the pipe.
        sys.stderr.close()
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - the last place where a fault of ours can be put in words
        return report(_fault(error, _given(arguments, "--log-level") == "DEBUG"), as_json=as_json)


def _run(arguments: Sequence[str]) -> int:
    # The language is set by now: help texts are translated when their modules are imported.
    from tsunagi.cli.application import root_command

    result = root_command().main(args=list(arguments), prog_name=PROGRAM, standalone_mode=False)
    code = result if isinstance(result, int) else ExitCode.OK
    if code == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return code


def _given(arguments: Sequence[str], option: str) -> str:
    """The value of a global option, which is needed before the command line is parsed."""
    for number, argument in enumerate(arguments):
        if argument == option:
            return next(iter(arguments[number + 1 :]), "")
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return ""


def _stopped() -> Interrupted:
    return Interrupted(
        Text(en="Stopped.", ja="中断しました。"),
        hint=Text(
            en="Nothing is left half done; run the command again to go on.",
            ja="途中のまま残る処理はありません。再開するにはもう一度実行してください。",
        ),
    )


def _fault(error: Exception, detailed: bool) -> TsunagiError:
    if detailed:
        traceback.print_exception(error, file=sys.stderr)
    what = f"{type(error).__name__}: {error}"
    return TsunagiError(
        Text(en=f"Something unexpected happened: {what}", ja=f"予期しないエラーが発生しました: {what}"),
        hint=Text(
            en="Run it again with 'tsunagi --log-level DEBUG ...' and report what it shows.",
            ja="「tsunagi --log-level DEBUG ...」で再実行し、表示された内容をお知らせください。",
        ),
    )


def _survive_narrow_encodings() -> None:
    """A terminal without Japanese shows a mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
