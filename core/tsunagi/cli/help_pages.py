"""Help pages in plain text: in the reader's language, and folded by the width a terminal gives each sign."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unicodedata import east_asian_width

import typer

from tsunagi.translation import gettext as _

_WORD = re.compile(r"\s+|[!-~]+|.")
# Of a table's first column; a longer name stands on a line of its own.
_NAMES = 30


def use() -> None:
    """Every help page from now on is written this way."""
    # The library draws its own with another one, which takes longer to import than the command line itself.
    for kind in typer.Context.__mro__:
        if "formatter_class" in vars(kind):
            kind.formatter_class = HelpPage  # type: ignore[attr-defined]


# The library keeps the class it writes pages with to itself.
_Plain: Any = typer.Context.formatter_class


class HelpPage(_Plain):  # type: ignore[misc]
    """Japanese has no blanks to break at and takes two columns a sign, which the library does not know."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        start = _("Usage: {program}").format(program=prog) if prefix is None else f"{prefix}{prog}"
        self._write_folded(f"{start} {args}", hanging=4)

    def write_text(self, text: str) -> None:
        for paragraph in text.split("\n\n"):
            self._write_folded(" ".join(paragraph.split()))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = _NAMES, col_spacing: int = 2) -> None:
        column = min(max((_width(name) for name, _text in rows), default=0), col_max) + col_spacing
        for name, text in rows:
            lines = list(_folded(_said(text), self.width - column - self.current_indent))
            beside = lines.pop(0) if lines and _width(name) + col_spacing <= column else ""
            gap = " " * (column - _width(name)) if beside else ""
            self.write(f"{'':{self.current_indent}}{name}{gap}{beside}\n")
            for line in lines:
                self.write(f"{'':{self.current_indent + column}}{line}\n")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        headings = {"Options": _("Options"), "Arguments": _("Arguments"), "Commands": _("Commands")}
        with super().section(headings.get(name, name)):
            yield

    def _write_folded(self, text: str, *, hanging: int = 0) -> None:
        indent = self.current_indent
        for number, line in enumerate(_folded(text, self.width - indent - hanging)):
            self.write(f"{'':{indent + (hanging if number else 0)}}{line}\n")


def _said(text: str) -> str:
    """What the library says by itself beside an option, in the current language."""
    texts = {
        "Install completion for the current shell.": _("Install completion for this shell."),
        "Show completion for the current shell, to copy it or customize the installation.": _(
            "Show the completion script of this shell."
        ),
        "Show this message and exit.": _("Show this message and exit."),
    }
    said = texts.get(text.strip(), text)
    said = re.sub(r"\[default: (.*?)\]", lambda found: _("[default: {}]").format(found[1]), said)
    return said.replace("[required]", _("[required]"))


def _folded(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns, broken at blanks and between signs of full width."""
    line = ""
    for part in _WORD.findall(" ".join(text.split())):
        if line and _width(line + part.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part if line or not part.isspace() else ""
    if line.strip():
        yield line.rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
