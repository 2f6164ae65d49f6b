"""Answers on standard output, everything else on standard error; one JSON value for scripts, tables for people."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import category

import typer

from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tsunagi.domain.money import Money


# A column is its heading, with "right" for numbers and "whole" for names that must not be wrapped.
Column = str | tuple[str, Literal["right", "whole"]]


def out() -> "Console":
    return _console(stderr=False)


def err() -> "Console":
    return _console(stderr=True)


@cache
def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    # What services and people wrote is shown as it is, never read as markup.
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def say_aside(message: str, *, style: str = "") -> None:
    """Something for the person at the terminal that is not the answer."""
    err().print(plain(message), style=style or None, soft_wrap=True)


def print_json(value: object) -> None:
    """The one value a script reads: money as {"amount", "currency"} of texts, times in ISO 8601."""
    sys.stdout.write(json.dumps(_jsonable(value), ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def table(*columns: Column, title: str = "") -> "Table":
    """An empty table that fits 80 columns: long texts are folded, numbers and names in one piece are not."""
    from rich import box
    from rich.table import Table

    made = Table(
        box=box.SIMPLE_HEAD,
        title=title or None,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        heading, kind = column if isinstance(column, tuple) else (column, "")
        made.add_column(heading, justify="right" if kind == "right" else "left", no_wrap=bool(kind), overflow="fold")
    return made


def facts(pairs: Iterable[tuple[str, str]]) -> "Table":
    """Names and values below each other."""
    from rich.table import Table

    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(plain(name), plain(value))
    return made


def plain(text: str) -> str:
    """Text of a service as a terminal may show it: no control characters, which could command the terminal.

    Every kind of space stays, such as that of a Japanese name and that before "PM".
    """
    return "".join(sign if _harmless(sign) else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _harmless(sign: str) -> bool:
    return sign.isprintable() or sign == "\n" or category(sign) == "Zs"


_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


def show_times_in(zone: tzinfo | None) -> None:
    """The organisation's time zone, as on its pages; None where no organisation is known: then UTC, marked as such."""
    _zone.set(zone)


def moment(at: datetime | None) -> str:
    """Date and time of day as pages write them."""
    if at is None:
        return ""
    from tsunagi.app.views import formats

    zone = _zone.get()
    return formats.time(at, zone) if zone else f"{formats.time(at)} UTC"


def day(on: date | None) -> str:
    from tsunagi.app.views import formats

    return formats.date(on) if on else ""


def money(amount: "Money") -> str:
    """As people write it: ¥1,234, $1,054.00."""
    from tsunagi.app.views import formats

    return formats.money(amount)


def shown(value: object) -> str:
    """A field's value for people."""
    from tsunagi.domain.money import Money

    match value:
        case None:
            return ""
        case Money():
            return money(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case tuple():
            return ", ".join(shown(item) for item in value)
        case Mapping():
            return ", ".join(f"{name} {shown(item)}" for name, item in value.items())
        case _:
            return str(value)


def _jsonable(value: object) -> Any:
    from tsunagi.domain.money import Money
    from tsunagi.domain.records import RecordRef

    match value:
        # Money is never a float; a service's own setting, such as a time limit, may be.
        case None | bool() | int() | float() | str():
            return value
        case Money():
            return {"amount": _digits(value), "currency": value.currency}
        case Decimal() | RecordRef() | Path():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Text():
            return say(value)
        case Mapping():
            return {str(key): _jsonable(item) for key, item in value.items()}
        case Sequence():
            return [_jsonable(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return {field.name: _jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
        case _:
            raise TypeError(f"no JSON for {type(value).__name__} {value!r}")


def _digits(amount: "Money") -> str:
    """With all the digits its currency is paid in, 101400.00, and any further ones there are."""
    from tsunagi.domain.money import minor_digits

    digits = minor_digits(amount.currency)
    exponent = amount.amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent < digits:
        return str(amount.amount.quantize(Decimal(1).scaleb(-digits)))
    return f"{amount.amount:f}"


def at_terminal() -> bool:
    """Is this an interactive terminal?"""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, default: str | None = None, hidden: bool = False) -> str:
    """The answer, prompted on standard error; an empty one is the default, or prompted again without one."""
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
    """Whether they confirm; an empty answer means yes."""
    return ask(f"{question} [Y/n]", default="y").lower() in ("y", "yes")


def typed(word: str, *, yes: bool, interactive: bool) -> str:
    """What they type to confirm, as `--yes` does for them; empty without an interactive terminal."""
    if yes:
        return word
    if interactive and at_terminal():
        return ask(_("Type {service} to confirm").format(service=word), default="")
    return ""


def outcome_label(outcome: str) -> str:
    """What a permission comes to, in the reader's language."""
    known = {"permitted": _("permitted"), "denied": _("denied"), "depends": _("depends on the record")}
    return known.get(outcome, outcome)
