"""Asking the person at the terminal, where there is one."""

import sys

import typer


def at_terminal() -> bool:
    """Does a person sit there, who can be asked?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, default: str | None = None, hidden: bool = False) -> str:
    """Their answer, asked on standard error; an empty one is the default."""
    answer: str = typer.prompt(question, default=default, show_default=bool(default), hide_input=hidden, err=True)
    return answer.strip()
