"""`tsunagi settings`: what this installation runs with, and where each setting comes from."""

import os
from typing import TYPE_CHECKING, Any

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.settings import Settings

settings = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

_MASK = "********"
_ADDRESSES = frozenset({"database_url", "jobs_url"})


@settings.command(help=_("Show every setting and where it comes from; secrets are masked."))
def show(context: typer.Context, as_json: Json = False) -> None:
    invocation = Invocation.of(context)
    found = invocation.settings()
    rows = {
        name: {"value": _masked(name, getattr(found, name)), "source": _source(name, found, invocation.flags())}
        for name in type(found).model_fields
    }
    if as_json:
        print_json(rows)
        return
    shown = table(_("Setting"), _("Value"), _("From"))
    for name, row in rows.items():
        shown.add_row(name, plain(_readable(row["value"])), _sources()[row["source"]])
    out().print(shown)


def _source(name: str, found: "Settings", flags: dict[str, object]) -> str:
    if name in flags:
        return "flag"
    if f"TSUNAGI_{name.upper()}" in os.environ:
        return "environment"
    return "file" if name in found.model_fields_set else "default"


def _sources() -> dict[str, str]:
    return {
        "flag": _("option"),
        "environment": _("environment"),
        "file": _("settings file"),
        "default": _("default"),
    }


def _masked(name: str, value: object) -> Any:
    """A value without what nobody may read over a shoulder."""
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else ""
    if isinstance(value, list):
        return [_masked(name, item) for item in value]
    if name in _ADDRESSES and value:
        return _without_password(str(value))
    return value


def _without_password(address: str) -> str:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(address).render_as_string(hide_password=True)
    except ArgumentError:
        # What cannot be read as an address may hold a password anywhere.
        return _MASK


def _readable(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
