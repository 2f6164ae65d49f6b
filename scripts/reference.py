"""The pages of docs/reference, written from the code: commands, settings, the words of rules, reasons, API routes.

`sh scripts/reference` writes them; tests/meta/test_reference.py compares them with what the code says now.
"""

import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from reference_rules import rules
from reference_tables import code, codes, default, fields, kind, page, permission, summary, table

import tsunagi
from tsunagi.app.access.faces import COMMANDS, ROUTES
from tsunagi.app.open_items.reasons import CATALOGUE
from tsunagi.app.settings import Settings, load_settings
from tsunagi.app.sync.saved_units import LEFT_OUT
from tsunagi.cli.application import root_command
from tsunagi.cli.failures import ExitCode
from tsunagi.domain.connector import SettingLabel
from tsunagi.errors import TsunagiError
from tsunagi.http.application import create_application
from tsunagi.http.auth import route_name
from tsunagi.http.errors import status_of_kind
from tsunagi.hub import Hub
from tsunagi.plugin_loading import load_plugins
from tsunagi.registry import Registry
from tsunagi.text import Text
from tsunagi.translation import set_language

FOLDER = Path(__file__).parents[1] / "docs" / "reference"


def pages() -> Mapping[str, str]:
    """Every page by its file name."""
    registry = load_plugins().registry
    return {
        "command-line.md": _command_line(),
        "settings.md": _settings(registry),
        "rules.md": rules(registry),
        "reasons.md": _reasons(),
        "api.md": _api(),
    }


def main(folder: Path) -> None:
    """Write every page into a folder. What the code says in two languages is said in English."""
    set_language("en")
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


# The command line


def _command_line() -> str:
    root = root_command()
    context = root.make_context("tsunagi", [], resilient_parsing=True)
    about = (
        "Every command of `tsunagi`, its options and the permission it requires ([permissions](../permissions.md)). "
        "`tsunagi COMMAND --help` prints the same in English or Japanese. With "
        "`--json` a command prints one JSON value."
    )
    codes = table(("exit code", "meaning"), ((code(int(each)), each.meaning.en) for each in ExitCode))
    options = "## Options of every command\n\nThey come before the command: `tsunagi --home FOLDER status`.\n\n"
    parts = [options + _parameters(root, context), "## Exit codes\n\n" + codes]
    for name in root.list_commands(context):
        parts += _command(root.get_command(context, name), (name,), root.help_of(context, name), context)
    return page("Command line", about, parts)


def _command(command: Any, words: tuple[str, ...], purpose: str, context: Any) -> Iterator[str]:
    parts = [f"{'#' * (len(words) + 1)} tsunagi {' '.join(words)}", purpose]
    inner = getattr(command, "commands", {})
    # A group that does something by itself does what its command `run` says.
    run = inner.get("run")
    shown = run or command
    key = " ".join((*words, "run") if run else words)
    if key in COMMANDS:
        parts.append(f"Permission: {permission(COMMANDS[key])}")
    if shown.params and not (inner and run is None):
        parts.append(_parameters(shown, context))
    yield "\n\n".join(parts)
    for name, each in inner.items():
        if each is not run:
            yield from _command(each, (*words, name), str(each.help or ""), context)


def _parameters(command: Any, context: Any) -> str:
    """Arguments and options in the words of the help page."""
    hidden = {"install_completion", "show_completion", "help"}
    records = [each.get_help_record(context) for each in command.params if each.name not in hidden]
    return table(("argument or option", "meaning"), ((code(name), text) for name, text in records))


# Settings


def _settings(registry: Registry) -> str:
    about = (
        "A setting is taken from a flag, else from the environment (`TSUNAGI_` and its name in capitals), else from "
        "`tsunagi.toml` in the home folder, else its default. `tsunagi settings show` prints the values in force and "
        "where each comes from."
    )
    hub = table(
        ("setting", "type", "default", "meaning"),
        ((code(name), kind(field), default(field), field.description or "") for name, field in fields(Settings)),
    )
    parts = ["## Settings of the installation\n\n" + hub]
    by_model: dict[type[BaseModel], list[str]] = {}
    for each in registry.connectors.values():
        by_model.setdefault(each.settings, []).append(each.service)
    for model, services in by_model.items():
        parts.append(f"## Settings of a connection: {', '.join(services)}\n\n" + _CONNECTION + "\n\n" + _entered(model))
    return page("Settings", about, parts)


_CONNECTION = (
    "Given to `tsunagi connect SERVICE` as `--set NAME=VALUE`, or in the environment as `TSUNAGI_SERVICE_NAME`. "
    "Secrets are prompted for and stored encrypted."
)


def _entered(model: type[BaseModel]) -> str:
    rows = []
    for name, field in fields(model):
        label = next((each for each in field.metadata if isinstance(each, SettingLabel)), None)
        meaning = ". ".join(text.en for text in (label.label, label.help) if text) if label else ""
        rows.append((code(name), kind(field), "required" if field.is_required() else default(field), meaning))
    return table(("setting", "type", "default", "meaning"), rows)


# Errors and reasons


def _reasons() -> str:
    about = (
        "The codes by which the hub names what went wrong. They do not change between versions; texts may. The API and "
        "`--json` give the code, its parameters and the text in the reader's language."
    )
    standing = table(
        ("code", "text", "what to do", "resolved by"),
        ((code(each.code), each.text.en, _en(each.remedy), _RESOLVERS[each.resolver]) for each in CATALOGUE.values()),
    )
    left_out = table(("code", "meaning"), ((code(name), text.en) for name, text in LEFT_OUT.items()))
    errors = table(("type", "HTTP status", "meaning"), _errors())
    problems = (
        "Errors are `application/problem+json` (RFC 9457). The type is `urn:tsunagi:problem:` and a name of this "
        "table; `title` is the message and `hint` the remedy."
    )
    return page(
        "Reasons and errors",
        about,
        [
            "## The standing list\n\nWords in braces are parameters.\n\n" + standing,
            "## Entries that applying a saved plan leaves out\n\n" + left_out,
            f"## Errors of the API\n\n{problems}\n\n{errors}",
        ],
    )


_RESOLVERS = {"person": "a person", "itself": "the hub itself"}


def _en(text: Text | None) -> str:
    return text.en if text else ""


# What only a terminal, an author's tests or the making of tables meet.
_ELSEWHERE = ("tsunagi.cli", "tsunagi.testing", "tsunagi.store.migrations")


def _errors() -> Iterator[tuple[str, str, str]]:
    """Those that an answer of the API can carry; a class is known once its module was imported."""
    for module in pkgutil.walk_packages(tsunagi.__path__, "tsunagi."):
        if not module.name.startswith(_ELSEWHERE):
            importlib.import_module(module.name)
    for each in sorted(_descendants(TsunagiError), key=lambda error: error.__name__):
        ours = each.__module__.startswith("tsunagi.") and not each.__module__.startswith(_ELSEWHERE)
        if ours and not each.__name__.startswith("_"):
            yield code(each.__name__), str(int(status_of_kind(each))), summary(each)


def _descendants(kind: type[TsunagiError]) -> Iterator[type[TsunagiError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


# The API


def _api() -> str:
    about = (
        "Every route of the API and the permission it requires ([permissions](../permissions.md)). The complete "
        "description of parameters, bodies and answers is the OpenAPI 3.1 document at `/api/openapi.json`. Calls "
        "carry a token as `Authorization: Bearer TOKEN`. Money is `{amount, currency}` with the amount as text; lists "
        "are read a page at a time: repeat the call with `after` set to the `next` of the page before."
    )
    with tempfile.TemporaryDirectory() as home, Hub(load_settings(home=Path(home))) as hub:
        application = create_application(hub)
        asked: dict[tuple[str, str], str] = {}
        for route in iter_route_contexts(application.routes):
            if endpoint := getattr(route, "endpoint", None):
                path = route.path.replace(":path}", "}")
                asked |= {(method, path): ROUTES[route_name(endpoint)] for method in route.methods or ()}
        schema = application.openapi()
    parts = []
    for tag in schema["tags"]:
        rows = list(_routes(schema, tag["name"], lambda method, path: permission(asked[method, path])))
        if rows:
            heads = ("route", "what it does", "parameters", "permission")
            parts.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}.\n\n" + table(heads, rows))
    return page("API", about, parts)


def _routes(schema: Any, tag: str, permission: Callable[[str, str], str]) -> Iterator[Sequence[str]]:
    for path, methods in schema["paths"].items():
        for method, each in methods.items():
            if tag in each.get("tags", ()):
                given = [one["name"] for one in each.get("parameters", ()) if one["in"] == "query"]
                name = f"`{method.upper()} {path}`"
                yield name, each.get("summary", ""), codes(given), permission(method.upper(), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
