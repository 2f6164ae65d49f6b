"""`tsunagi settings`, `init` and `db`: what this installation runs with, its files and its tables."""

import os
from collections.abc import Iterator
from pathlib import Path
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


def init(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.settings import SETTINGS_FILE
    from tsunagi.rule_files import lay, lay_starter_rules
    from tsunagi.store.private_files import private_folder

    settings = Invocation.of(context).settings()
    private_folder(settings.home)
    laid = {settings.home / SETTINGS_FILE: lay(settings.home / SETTINGS_FILE, _settings_text(settings).encode())}
    laid |= lay_starter_rules(settings.rules_dir)
    laid |= dict.fromkeys(_schemas(settings), True)
    created, kept = ([path for path, new in laid.items() if new is wanted] for wanted in (True, False))
    if as_json:
        print_json({"home": settings.home, "rules": settings.rules_dir, "created": created, "kept": kept})
        return
    for path in created:
        out().print(plain(_("made {path}").format(path=path)))
    for path in kept:
        out().print(plain(_("kept {path} as it is").format(path=path)))
    out().print(_("Next: tsunagi connect crm"))


def _schemas(settings: "Settings") -> Iterator[Path]:
    """What editors check rule files by, as far as it has changed; nobody writes these by hand."""
    from tsunagi.app.automation.rule_editing import write_schemas
    from tsunagi.plugin_loading import load_plugins

    registry = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).registry
    return (settings.rules_dir / name for name in write_schemas(settings.rules_dir, registry))


def _settings_text(settings: "Settings") -> str:
    """Every setting with its meaning and default, commented out."""
    lines = [
        "# " + _("Settings of this installation. Remove the # in front of what you want to change."),
        "# " + _("Options of the command line and TSUNAGI_* variables win over this file."),
    ]
    for name, field in type(settings).model_fields.items():
        if name == "home":
            # This file is found through the home, so it cannot set where that is.
            continue
        lines += ["", f"# {_(field.description or name)}", f"#{name} = {_toml(field.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case _:
            return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


database = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@database.command(help=_("Bring the tables to the newest version; safe to repeat."))
def upgrade(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.store.database import Store
    from tsunagi.store.migrating import version
    from tsunagi.store.private_files import private_folder

    settings = Invocation.of(context).settings()
    private_folder(settings.home)
    store = Store(settings.store_url)
    try:
        before = version(store.engine)
        store.migrate()
        after = version(store.engine)
    finally:
        store.close()
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        out().print(_("The tables are at the newest version, {version}.").format(version=after))
    else:
        out().print(_("The tables went from version {before} to {after}.").format(before=before or "-", after=after))
