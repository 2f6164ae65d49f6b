"""A command line that cannot be meant, in the reader's language."""

import re

import typer

from tsunagi.errors import ConfigError
from tsunagi.text import Text

# What the library says, in English only.
_SAID = (
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
    said = error.format_message()
    return ConfigError(
        Text(en=said, ja=_in_japanese(said)), hint=Text(en=f"See: {path} --help", ja=f"使い方: {path} --help")
    )


def _in_japanese(said: str) -> str:
    for pattern, japanese in _SAID:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return japanese.format(*(group or "" for group in found.groups()))
    return said
