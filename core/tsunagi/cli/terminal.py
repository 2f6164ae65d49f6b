"""Asking the person at the terminal, where there is one."""

import sys

import typer

from tsunagi.cli.printing import err, plain
from tsunagi.translation import gettext as _


def at_terminal() -> bool:
    """Does a person sit there, who can be asked?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, default: str | None = None, hidden: bool = False) -> str:
    """Their answer, asked on standard error; an empty one is the default, asked again where there is none."""
    if hidden:
        secret: str = typer.prompt(question, default=default, show_default=False, hide_input=True, err=True)
        return secret.strip()
    while True:
        # Not the library's prompt, which writes a part of it to standard output.
        err().print(plain(f"{question}: "), end="")
        line = sys.stdin.readline()
        if not line:
            raise typer.Abort
        if line.strip() or default is not None:
            return line.strip() or default or ""


def agree(question: str) -> bool:
    """Do they say yes? Yes is what an empty answer means."""
    return ask(f"{question} [Y/n]", default="y").lower() in ("y", "yes")


def typed(word: str, *, yes: bool, talk: bool) -> str:
    """What they type to confirm, as `--yes` does for them; empty where nobody can be asked."""
    if yes:
        return word
    if talk and at_terminal():
        return ask(_("Type {service} to confirm").format(service=word), default="")
    return ""
