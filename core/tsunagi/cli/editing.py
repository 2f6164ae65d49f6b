"""Rule and permission files shown, saved and taken away; rules switched, cells of the permission matrix set."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, outcome_label, plain, print_json, say_aside
from tsunagi.cli.rule_findings import error_facts, located
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.access.permission_editing import PermissionDraft
    from tsunagi.app.automation.rule_editing import Draft
    from tsunagi.errors import RuleFileError

RuleFile = Annotated[
    str, typer.Argument(metavar="FILE", help=_("Its name in the rules folder, such as automations/large_deals.yaml."))
]
PermissionFile = Annotated[
    str, typer.Argument(metavar="FILE", help=_("Its name in the rules folder, such as permissions/sales.yaml."))
]
Source = Annotated[Path, typer.Argument(metavar="[PATH]", help=_("The file with its text; default: standard input."))]
New = Annotated[bool, typer.Option("--new", help=_("Only where there is no such file yet."))]
Begun = Annotated[
    str,
    typer.Option(
        "--saved", metavar="SAVED", help=_("Only while the file is still the one that `show --json` named so.")
    ),
]
_INPUT = Path("-")


def show_rule(context: typer.Context, file: RuleFile, as_json: Json = False) -> None:
    from tsunagi.app.access.permissions import require
    from tsunagi.app.automation import rule_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        require(hub.context, invocation.viewer(hub), rule_editing.EDIT)
        folder = hub.settings.rules_dir
        draft = rule_editing.open_rule(hub.context, folder, file)
        table = rule_editing.table_of(folder, file)[1]
    rule = draft.rule
    more = {"rule": rule.id if rule else None, "enabled": rule.enabled if rule else None, "table": table}
    _show(folder, draft, as_json, more)


def save_rule(
    context: typer.Context,
    file: RuleFile,
    source: Source = _INPUT,
    table: Annotated[
        Path | None, typer.Option(help=_("The file with the table of cases beside it; default: it stays."))
    ] = None,
    new: New = False,
    begun: Begun = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation import rule_editing

    invocation = Invocation.of(context)
    text, cases = _text(source), _text(table) if table else None
    with invocation.hub() as hub:
        folder = hub.settings.rules_dir
        saved = _saved(begun, new, lambda: rule_editing.open_rule(hub.context, folder, file))
        draft = rule_editing.check_draft(hub.context, folder, file, text, saved=saved)
        _refuse(folder, draft.problems, as_json)
        stored = rule_editing.table_of(folder, file)[1]
        rule_editing.save_draft(
            hub.context,
            invocation.actor(hub),
            folder,
            file,
            text,
            saved=saved,
            table=cases,
            saved_table=_fingerprint(stored),
        )
    _say_written(folder, file, text, as_json)


def remove_rule(context: typer.Context, file: RuleFile, as_json: Json = False) -> None:
    from tsunagi.app.automation import rule_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        folder = hub.settings.rules_dir
        saved = rule_editing.open_rule(hub.context, folder, file).saved
        names = rule_editing.remove_rule(hub.context, invocation.actor(hub), folder, file, saved=saved)
    _say_removed(folder, names, as_json)


def switch_rule(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help=_("As 'tsunagi rules list' names it."))],
    state: Annotated[Literal["on", "off"], typer.Argument(metavar="on|off", help=_("What it is to be."))],
    as_json: Json = False,
) -> None:
    from tsunagi.app.automation import rule_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        folder = hub.settings.rules_dir
        rule_editing.switch_rule(hub.context, invocation.actor(hub), folder, rule, on=state == "on")
    if as_json:
        print_json({"rule": rule, "state": state})
        return
    said = _("The rule '{rule}' is on.") if state == "on" else _("The rule '{rule}' is off.")
    out().print(plain(said.format(rule=rule)))


def show_permissions(context: typer.Context, file: PermissionFile, as_json: Json = False) -> None:
    from tsunagi.app.access import permission_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        draft = permission_editing.open_file(hub.context, invocation.actor(hub), file)
        folder = hub.context.permissions.folder
    _show(folder, draft, as_json, {})


def save_permissions(
    context: typer.Context,
    file: PermissionFile,
    source: Source = _INPUT,
    new: New = False,
    begun: Begun = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.access import permission_editing

    invocation = Invocation.of(context)
    text = _text(source)
    with invocation.hub() as hub:
        actor, folder = invocation.actor(hub), hub.settings.rules_dir
        saved = _saved(begun, new, lambda: permission_editing.open_file(hub.context, actor, file))
        draft = permission_editing.check(hub.context, actor, file, text, saved=saved)
        _refuse(folder, draft.problems, as_json)
        permission_editing.save_checked(hub.context, actor, draft)
    _say_written(folder, file, text, as_json, draft)


def remove_permissions(context: typer.Context, file: PermissionFile, as_json: Json = False) -> None:
    from tsunagi.app.access import permission_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        saved = permission_editing.open_file(hub.context, actor, file).saved
        permission_editing.remove(hub.context, actor, file, saved=saved)
        folder = hub.settings.rules_dir
    _say_removed(folder, [file], as_json)


def set_cell(
    context: typer.Context,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help=_("A profile of the CRM."))],
    action: Annotated[str, typer.Argument(metavar="ACTION", help=_("Such as SERVICE.invoice:email."))],
    effect: Annotated[
        Literal["permit", "forbid"], typer.Argument(metavar="permit|forbid", help=_("What it is to be."))
    ],
    as_json: Json = False,
) -> None:
    from tsunagi.app.access import permission_editing

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor, folder = invocation.actor(hub), hub.settings.rules_dir
        draft = permission_editing.check_cells(hub.context, actor, {(profile, action): effect == "permit"})
        if draft.refused:
            raise permission_editing.CellsRefused(draft.refused)
        _refuse(folder, draft.problems, as_json)
        permission_editing.save_checked(hub.context, actor, draft)
    _say_written(folder, draft.file, draft.text or "", as_json, draft)


def _text(path: Path) -> str:
    """What a file or standard input holds. Raises ConfigError."""
    try:
        data = sys.stdin.buffer.read() if path == _INPUT else path.read_bytes()
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise ConfigError(
            Text(en=f"'{path}' cannot be read: {said}.", ja=f"「{path}」を読み取れません: {said}。")
        ) from error


def _fingerprint(text: str) -> str:
    from tsunagi.rule_files import fingerprint

    return fingerprint(text) if text else ""


def _saved(begun: str, new: bool, opened: Callable[[], "Draft | PermissionDraft"]) -> str:
    """The text that is written over: the one named, none for a new file, else the one there is."""
    from tsunagi.rule_files import NoSuchFile

    if begun or new:
        return begun
    try:
        return opened().saved
    except NoSuchFile:
        return ""


def _show(folder: Path, draft: "Draft | PermissionDraft", as_json: bool, more: Mapping[str, object]) -> None:
    if as_json:
        errors = [error_facts(folder, each) for each in draft.problems]
        print_json({"file": draft.file, "text": draft.text, "saved": draft.saved, **more, "errors": errors})
        return
    # As it is: it may be meant for `save` again.
    typer.echo(draft.text or "", nl=False)


def _refuse(folder: Path, problems: "Sequence[RuleFileError]", as_json: bool) -> None:
    if not problems:
        return
    if as_json:
        print_json({"written": False, "errors": [error_facts(folder, each) for each in problems]})
    else:
        for problem in problems:
            out().print(located(folder, problem), soft_wrap=True)
        say_aside(_("Nothing was written."))
    raise typer.Exit(ExitCode.FAILED)


def _say_written(folder: Path, file: str, text: str, as_json: bool, draft: "PermissionDraft | None" = None) -> None:
    changes = draft.changes if draft else ()
    if as_json:
        cells = [
            {"profile": each.subject.profile, "action": each.action, "after": each.after.outcome} for each in changes
        ]
        more = {"changes": cells} if draft else {}
        print_json({"written": True, "file": folder / file, "saved": _fingerprint(text), **more})
        return
    out().print(plain(_("wrote {path}").format(path=folder / file)), soft_wrap=True)
    for each in changes:
        states = f"{outcome_label(each.before.outcome)} → {outcome_label(each.after.outcome)}"
        out().print(plain(f"{each.subject.profile}: {each.action}: {states}"))


def _say_removed(folder: Path, names: Sequence[str], as_json: bool) -> None:
    if as_json:
        print_json([folder / name for name in names])
        return
    for name in names:
        out().print(plain(_("took away {path}").format(path=folder / name)), soft_wrap=True)
