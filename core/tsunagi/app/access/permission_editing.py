"""Editing permissions: a file as text, or cells of the matrix, each with the changes it would bring before it is saved.

Cells are kept in one file of their own, `permissions/matrix.yaml`, which is rewritten each time: it permits and
forbids, by profile, what the other files do not give as wanted. All other files stay as people wrote them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tsunagi.app.access.auditing import noted
from tsunagi.app.access.matrix import known_profiles
from tsunagi.app.access.permissions import require, require_administrator
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.rule_files import (
    FileNameInvalid,
    NoSuchFile,
    RuleFiles,
    fingerprint,
    is_proper_name,
    read_rule_files,
    refuse_edited,
    usual_name,
    write_files,
)
from tsunagi.rules.permissions import same
from tsunagi.rules.permissions_book import PermissionBook
from tsunagi.rules.permissions_matrix import MatrixChange, actions_of, changes
from tsunagi.text import Text

EDIT = "permissions:edit"
MATRIX = "permissions/matrix.yaml"
_HEAD = """\
# Cells of the permission matrix. This file is rewritten when somebody changes the matrix; edit the others by hand.
# 権限表で変更した内容です。権限表の変更時に書き直されます。手で編集する場合は他のファイルを使ってください。
"""

# A cell of the matrix: a profile and an action ("ledger.invoice:view").
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PermissionDraft:
    """A permission file that need not be saved: mistakes, its own or those it would make of other files, or the cells
    of the matrix it would change.

    `text` is None where the file would go. `saved` names the text it was begun from ("" for a new file). `refused` are
    cells that cannot be as wanted, since another file forbids them or what they need, or there are no such cells.
    """

    file: str
    text: str | None
    saved: str
    problems: tuple[RuleFileError, ...]
    changes: Sequence[MatrixChange]
    refused: Sequence[Cell] = ()


class CellsRefused(ConfigError):
    """Cells of the permission matrix that cannot be as wanted."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        listed = ", ".join(f"{profile}: {action}" for profile, action in cells)
        super().__init__(
            Text(
                en=f"These cells cannot be as wanted; nothing was changed: {listed}",
                ja=f"次のセルは変更できないため、何も変更していません: {listed}",
            ),
            hint=Text(
                en="Another file forbids them or what they need, or there is no such profile or action.",
                ja="別のファイルがそれ自体や必要な操作を禁止しているか、該当するプロファイルや操作がありません。",
            ),
        )
        self.cells = cells


def files(context: Context, actor: Person | None) -> Mapping[str, str]:
    """The files in force, by name, with their texts. Administrators of the CRM only."""
    require_administrator(context, actor, EDIT)
    return _texts(context)


def names(context: Context, actor: Person | None) -> Sequence[str]:
    """The files there are, those that cannot be read too, in order. Administrators of the CRM only."""
    require_administrator(context, actor, EDIT)
    return _names(_files(context))


def open_file(context: Context, actor: Person | None, file: str) -> PermissionDraft:
    """A file as it is, with its mistakes. Raises PermissionDenied, NoSuchFile, RuleFileError where it is no text."""
    require_administrator(context, actor, EDIT)
    file, known = usual_name(file), _files(context)
    text = known.rules.get(file)
    if text is None:
        raise next((error for error in known.unreadable if error.path == file), NoSuchFile(file))
    return _draft(context, file, text, fingerprint(text))


def check(context: Context, actor: Person | None, file: str, text: str, *, saved: str = "") -> PermissionDraft:
    """What this text would change. Raises PermissionDenied, FileNameInvalid."""
    require_administrator(context, actor, EDIT)
    return _draft(context, _proper(file), text, saved)


def mistakes(context: Context, actor: Person | None, file: str, text: str) -> Sequence[RuleFileError]:
    """What is wrong with a text, while it is typed: the CRM is not asked. Raises PermissionDenied, ConfigError."""
    require(context, actor, "permissions:view")
    file = _proper(file)
    broken = context.permissions.with_text(file, text).broken
    return [error for each in broken if each.file == file for error in each.errors]


def save(context: Context, actor: Person | None, file: str, text: str, *, saved: str) -> PermissionDraft:
    """Write a file that has no mistakes and locks no administrator out.

    Raises PermissionDenied, RuleFileError for the first mistake, EditedMeanwhile, ConfigError.
    """
    draft = check(context, actor, file, text, saved=saved)
    save_checked(context, actor, draft)
    return draft


def save_checked(context: Context, actor: Person | None, draft: PermissionDraft) -> None:
    """Write what `check` or `check_cells` returned. Raises RuleFileError, EditedMeanwhile, ConfigError."""
    for problem in draft.problems:
        raise problem
    write_texts(context, actor, {draft.file: draft.text}, begun={draft.file: draft.saved})


def remove(context: Context, actor: Person | None, file: str, *, saved: str) -> PermissionDraft:
    """Take a file away. Raises PermissionDenied, NoSuchFile, EditedMeanwhile, ConfigError for the last one."""
    require_administrator(context, actor, EDIT)
    file, there = usual_name(file), _names(_files(context))
    if file not in there:
        raise NoSuchFile(file)
    if len(there) == 1:
        raise ConfigError(
            Text(
                en=f"'{file}' is the last permission file: without it, those the hub came with would hold.",
                ja=f"「{file}」は最後の権限ファイルです。削除するとハブ付属の権限が有効になります。",
            ),
            hint=Text(
                en="Write another file first, or change this one.",
                ja="先に別のファイルを作成するか、このファイルを変更してください。",
            ),
        )
    draft = _draft(context, file, None, saved)
    write_texts(context, actor, {file: None}, begun={file: saved}, removed=True)
    return draft


def check_cells(context: Context, actor: Person | None, wanted: Mapping[Cell, bool]) -> PermissionDraft:
    """What wanting these cells permitted (or not) would change. Cells that are not given stay as they are."""
    require_administrator(context, actor, EDIT)
    book = context.permissions.book
    for broken in book.broken:
        if broken.file == MATRIX:
            raise broken.errors[0]
    before = book.policies
    rest = context.permissions.with_text(MATRIX, None).policies
    subjects = {each.profile: each for each in known_profiles(context, before)}
    spelt = {same(profile): profile for profile in subjects}
    wanted = {(spelt.get(same(profile), profile), action): want for (profile, action), want in wanted.items()}
    actions = {*actions_of(before)}
    unknown = {cell for cell in wanted if cell[0] not in subjects or cell[1] not in actions}
    cells = _cells_of(_texts(context).get(MATRIX)) | dict(wanted)
    cells = {cell: want for cell, want in cells.items() if cell[0] in subjects and cell not in unknown}
    needed = {
        (profile, action): want
        for (profile, action), want in cells.items()
        if rest.decide(subjects[profile], action).allowed is not want
    }
    present = _texts(context).get(MATRIX)
    draft = _draft(context, MATRIX, _written(needed), fingerprint(present) if present else "")
    after = context.permissions.with_text(MATRIX, draft.text).policies
    refused = [
        (profile, action)
        for (profile, action), want in sorted(wanted.items())
        if (profile, action) in unknown or after.decide(subjects[profile], action).allowed is not want
    ]
    return PermissionDraft(draft.file, draft.text, draft.saved, draft.problems, draft.changes, refused)


def save_cells(context: Context, actor: Person | None, wanted: Mapping[Cell, bool]) -> PermissionDraft:
    """Raises PermissionDenied, RuleFileError where it would lock administrators out, ConfigError."""
    draft = check_cells(context, actor, wanted)
    save_checked(context, actor, draft)
    return draft


def _draft(context: Context, file: str, text: str | None, saved: str) -> PermissionDraft:
    then: PermissionBook = context.permissions.with_text(file, text)
    known = {broken.file for broken in context.permissions.book.broken} - {file}
    problems = tuple(error for broken in then.broken if broken.file not in known for error in broken.errors)
    before = context.permissions.book.policies
    found = () if problems else changes(before, then.policies, known_profiles(context, before, then.policies))
    return PermissionDraft(file, text, saved, problems, found)


def write_texts(
    context: Context,
    actor: Person | None,
    texts: Mapping[str, str | None],
    *,
    begun: Mapping[str, str] | None = None,
    **details: object,
) -> None:
    """Files that were checked, by name; None takes one away. Raises ConfigError.

    `begun` are the texts they were begun from, by fingerprint ("" for a new file): raises EditedMeanwhile. The
    starter file was in force so far where the folder has none of its own: it goes with the first change.
    """
    own = context.permissions.rules_dir
    starter = {} if context.permissions.folder == own else dict(_texts(context))
    with noted(context, actor, EDIT, ", ".join(texts), **details):
        # Within the transaction: of two who save at once, the second one is told.
        refuse_edited(_files(context), begun or {})
        write_files(own, {**starter, **texts})
    context.permissions.look_again()


def _files(context: Context) -> RuleFiles:
    return read_rule_files(context.permissions.folder, "permissions")


def _names(files: RuleFiles) -> Sequence[str]:
    return sorted({*files.rules, *(error.path for error in files.unreadable)})


def _texts(context: Context) -> Mapping[str, str]:
    return _files(context).rules


def _written(cells: Mapping[Cell, bool]) -> str | None:
    """One policy for each profile, effect and verb; nothing where no cell needs one."""
    if not cells:
        return None
    groups: dict[tuple[str, bool, str], list[str]] = {}
    for (profile, action), want in sorted(cells.items()):
        resource, verb = action.rsplit(":", 1)
        groups.setdefault((profile, want, verb), []).append(resource)
    policies = [
        {
            "policy": f"matrix_{number}",
            "effect": "permit" if want else "forbid",
            "who": {"profiles": [profile]},
            "actions": [verb],
            "on": resources,
        }
        for number, ((profile, want, verb), resources) in enumerate(groups.items(), 1)
    ]
    content = {
        "version": 1,
        "permissions": "matrix",
        "title": {"en": "Cells of the matrix", "ja": "権限表の変更"},
        "policies": policies,
    }
    return _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)


def _cells_of(text: str | None) -> dict[Cell, bool]:
    """What the matrix file holds. Raises RuleFileError where it has another form than ours, which would be lost."""
    policies = _policies(text)
    try:
        cells = _cells(policies)
    except (AttributeError, KeyError, TypeError):
        cells = {}
    if _policies(_written(cells)) != policies:
        raise RuleFileError(
            Text(
                en="This file was edited by hand, which a change of the matrix would undo: give it another name.",
                ja="このファイルは手で編集されており、権限表で変更すると失われます。別の名前に変えてください。",
            ),
            path=MATRIX,
            line=1,
        )
    return cells


def _policies(text: str | None) -> list[Any]:
    data = yaml.safe_load(text) if text else None
    return list(data.get("policies") or ()) if isinstance(data, dict) else []


def _cells(policies: Sequence[Any]) -> dict[Cell, bool]:
    return {
        (profile, f"{resource}:{verb}"): each["effect"] == "permit"
        for each in policies
        for profile in each["who"]["profiles"]
        for verb in each["actions"]
        for resource in each["on"]
    }


def _proper(file: str) -> str:
    name = usual_name(file)
    if name.count("/") != 1 or not is_proper_name(name, "permissions"):
        raise FileNameInvalid(file, Text(en="a permission file", ja="権限ファイル"), "permissions/sales.yaml")
    return name
