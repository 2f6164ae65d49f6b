"""`tsunagi init`: the files of a new installation, none of them ever overwritten."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.settings import Settings


def init(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.settings import SETTINGS_FILE
    from tsunagi.rule_files import starter_rules
    from tsunagi.store.private_files import private_folder

    settings = Invocation.of(context).settings()
    private_folder(settings.home)
    laid = {settings.home / SETTINGS_FILE: _lay(settings.home / SETTINGS_FILE, _settings_text(settings).encode())}
    for source in _starter_files(starter_rules()):
        target = settings.rules_dir / source.relative_to(starter_rules())
        laid[target] = _lay(target, source.read_bytes())
    created, kept = ([path for path, new in laid.items() if new is wanted] for wanted in (True, False))
    if as_json:
        print_json({"home": settings.home, "rules": settings.rules_dir, "created": created, "kept": kept})
        return
    for path in created:
        out().print(plain(_("made {path}").format(path=path)))
    for path in kept:
        out().print(plain(_("kept {path} as it is").format(path=path)))
    out().print(_("Next: tsunagi connect crm"))


def _lay(path: Path, content: bytes) -> bool:
    """False where there is something already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _starter_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path


def _settings_text(settings: "Settings") -> str:
    """Every setting with its meaning and default, commented out."""
    lines = [
        "# " + _("Settings of this installation. Remove the # in front of what you want to change."),
        "# " + _("Options of the command line and TSUNAGI_* variables win over this file."),
    ]
    for name, field in type(settings).model_fields.items():
        if name == "home":
            # This file is found through the home, so it cannot say where that is.
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
