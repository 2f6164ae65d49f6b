"""Plans of changed files: which files come, go and change, and that they are still what was planned against.

A plan keeps the texts themselves: what is applied is what was shown, whatever becomes of the files it was made from.
"""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path, PurePosixPath
from typing import Any

from tsunagi.app.automation.rule_book import rules_folder
from tsunagi.app.context import Context
from tsunagi.errors import ConfigError
from tsunagi.rule_files import Kind, fingerprint, read_rule_files
from tsunagi.store.saved_plans import SavedPlan
from tsunagi.text import Text

Texts = Mapping[str, str]
FOLDERS: Mapping[str, Kind] = {"rules": "automations", "permissions": "permissions", "sync_settings": "sync"}
# Lines of a difference that are kept to be shown.
_LINES = 2000


class PlanOvertaken(ConfigError):
    """The files in force have changed since a plan was made; nothing was changed."""

    def __init__(self, moved: list[str], again: str) -> None:
        names = ", ".join(moved)
        super().__init__(
            Text(
                en=f"Changed since the plan was made: {names}. Nothing was applied.",
                ja=f"計画の作成後に変更されました: {names}。何も適用していません。",
            ),
            hint=Text(en=f"Plan again: {again}", ja=f"計画をやり直してください: {again}"),
        )
        self.moved = moved


def in_force(context: Context, kind: str) -> dict[str, str]:
    """The texts a plan of this kind is made against, by file, tables of cases included."""
    if kind == "rules":
        found = read_rule_files(rules_folder(context.permissions.rules_dir))
        return {**found.rules, **found.tables}
    if kind == "permissions":
        return dict(read_rule_files(context.permissions.folder, "permissions").rules)
    return dict(read_rule_files(context.pair_settings.in_use, "sync").rules)


def read_texts(path: Path, kind: str) -> dict[str, str]:
    """Of a rules folder its files of this kind, of a file its text. Raises ConfigError where it cannot be read."""
    name = FOLDERS[kind]
    if path.is_dir():
        found = read_rule_files(path, name)
        for unreadable in found.unreadable:
            raise unreadable
        return {**found.rules, **found.tables}
    try:
        return {f"{name}/{path.name}": path.read_text(encoding="utf-8-sig")}
    except (OSError, UnicodeDecodeError) as error:
        said = Text(en=f"'{path}' cannot be read: {error}.", ja=f"「{path}」を読めません: {error}。")
        raise ConfigError(said) from error


def require_names(given: Texts, kind: str) -> None:
    """Raises ConfigError for a name that no file of this kind can have: plans write nowhere else."""
    for name in given:
        path = PurePosixPath(name)
        parts = path.parts
        right = (
            len(parts) >= 2
            and parts[0] == FOLDERS[kind]
            and path.suffix in {".yaml", ".yml"}
            and all(part.isprintable() and not part.startswith(".") and "\\" not in part for part in parts)
        )
        if not right:
            raise ConfigError(
                Text(en=f"'{name}' cannot be the name of such a file.", ja=f"「{name}」はファイルの名前にできません。"),
                hint=Text(
                    en=f"Name it like {FOLDERS[kind]}/sales.yaml.",
                    ja=f"{FOLDERS[kind]}/sales.yaml のように指定してください。",
                ),
            )


def changed_files(before: Texts, after: Texts) -> dict[str, str | None]:
    """What is written: new texts by file, None for a file that goes."""
    written: dict[str, str | None] = {name: text for name, text in after.items() if before.get(name) != text}
    return {**written, **{name: None for name in before if name not in after}}


def wanted_of(before: Texts, files: Mapping[str, str | None], again: str) -> dict[str, Any]:
    """What a plan of files keeps: the texts to write, and the fingerprints of those in force."""
    return {
        "files": dict(files),
        "before": {name: fingerprint(text) for name, text in before.items()},
        "again": again,
    }


def difference(before: Texts, files: Mapping[str, str | None]) -> list[str]:
    """The lines in which the files differ, as diff writes them."""
    lines: list[str] = []
    for name, text in sorted(files.items()):
        old, new = before.get(name, ""), text or ""
        names = (name if name in before else "-", "-" if text is None else name)
        lines += unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return lines[:_LINES]


def require_unmoved(context: Context, plan: SavedPlan) -> bool:
    """Whether the plan's texts are still to be written; False where they all are in force already, as after an
    interruption. Raises PlanOvertaken where a file is another than the one planned against."""
    now = in_force(context, plan.kind)
    files: Mapping[str, str | None] = plan.wanted["files"]
    if all(now.get(name) == text for name, text in files.items()):
        return False
    seen = {name: fingerprint(text) for name, text in now.items()}
    before: Mapping[str, str] = plan.wanted["before"]
    moved = sorted(name for name in {*seen, *before} if seen.get(name) != before.get(name))
    if moved:
        raise PlanOvertaken(moved, plan.wanted["again"])
    return True
