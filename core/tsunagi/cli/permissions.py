"""`tsunagi permissions` and `tsunagi why-denied`: who may do what, and why not."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.editing import remove_permissions, save_permissions, set_cell, show_permissions
from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, outcome_label, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

if TYPE_CHECKING:
    from tsunagi.app.access.matrix import Matrix
    from tsunagi.errors import RuleFileError
    from tsunagi.hub import Hub
    from tsunagi.rules.permissions import Decision
    from tsunagi.rules.permissions_catalogue import Resource
    from tsunagi.rules.permissions_matrix import MatrixChange
    from tsunagi.rules.permissions_proof import PolicyProof, Proof

permissions = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

permissions.command("show", help=_("Print a permission file."))(show_permissions)
permissions.command("save", help=_("Write a permission file, which must be without a mistake."))(save_permissions)
permissions.command("remove", help=_("Take a permission file away."))(remove_permissions)
permissions.command("set", help=_("Permit or forbid a profile an action, in a file of its own."))(set_cell)

_SIGNS = {"permitted": "✓", "denied": "·", "depends": "?"}


@permissions.command("matrix", help=_("Show what each profile of the CRM may see and do."))
def show_matrix(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.access.matrix import profile_matrix

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = profile_matrix(hub.context, invocation.viewer(hub))
        if as_json:
            print_json(matrix_facts(found))
            return
        for shown in _tables(hub, found, [row.subject.profile for row in found.rows]):
            out().print(shown)
    say_aside(_("✓ permitted · denied ? depends on the record. Why: tsunagi why-denied"))


@permissions.command(help=_("Show what one user of the CRM may see and do."))
def effective(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="EMAIL", help=_("The user's e-mail address."))],
    as_json: Json = False,
) -> None:
    from tsunagi.app.access import matrix

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = matrix.effective(hub.context, invocation.viewer(hub), user)
        if as_json:
            print_json(matrix_facts(found))
            return
        for shown in _tables(hub, found, [row.subject.email for row in found.rows]):
            out().print(shown)


@permissions.command(help=_("Show which cells of the matrix another rules folder would change; 1 where any."))
def diff(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help=_("A rules folder with the permissions you think of."))],
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.matrix import differences

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        book, found = differences(hub.context, invocation.viewer(hub), folder)
        if as_json:
            print_json(
                {
                    "changes": [_change_facts(each) for each in found],
                    "errors": [_error_facts(folder, each) for each in book.problems],
                }
            )
        else:
            _print_changes(folder, found, book.problems)
    if found or book.problems:
        raise typer.Exit(ExitCode.FAILED)


@permissions.command(help=_("Check the permission files; exit code 1 where one has a mistake."))
def lint(context: typer.Context, as_json: Json = False) -> None:
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        book, folder = hub.context.permissions.book, hub.context.permissions.folder
    if as_json:
        print_json({"files": sorted(book.files), "errors": [_error_facts(folder, each) for each in book.problems]})
    else:
        for problem in book.problems:
            out().print(_located(folder, problem), soft_wrap=True)
        for broken in book.broken:
            said = (
                _("{file}: its last good version is in force")
                if broken.held
                else _("{file}: only administrators may do anything until it is fixed")
            )
            say_aside(said.format(file=broken.file), style="yellow")
        count = len(book.policies.all)
        say_aside(
            _("{folder}: policies in force: {policies}, mistakes: {errors}").format(
                policies=count, errors=len(book.problems), folder=folder
            )
        )
    if book.problems:
        raise typer.Exit(ExitCode.FAILED)


def why_denied(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="EMAIL", help=_("The user's e-mail address."))],
    action: Annotated[str, typer.Argument(help=_("Such as view, create, edit or email."))],
    resource: Annotated[
        str, typer.Argument(help=_("SERVICE.invoice or tab.SERVICE, or a document as service:kind:id."))
    ],
    as_json: Json = False,
) -> None:
    from tsunagi.app.views.denials import why_denied as why

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        proof = why(hub.context, invocation.viewer(hub), user, action, resource)
    if as_json:
        print_json(proof_facts(proof))
        return
    for line in proof.lines(language()):
        out().print(plain(line), soft_wrap=True)


def matrix_facts(found: "Matrix") -> dict[str, object]:
    return {
        "files": sorted(found.book.files),
        "broken": [{"file": each.file, "held": each.held} for each in found.book.broken],
        "rows": [
            {
                "profile": row.subject.profile,
                "user": row.subject.email or None,
                "administrator": row.subject.administrator,
                "actions": {each.action: each.outcome for each in _by_action(found, row.decisions)},
                "policies": {each.action: each.determining for each in _by_action(found, row.decisions)},
            }
            for row in found.rows
        ],
    }


def proof_facts(proof: "Proof") -> dict[str, object]:
    return {
        "user": proof.decision.person.email if proof.decision.person else None,
        "outcome": proof.decision.outcome,
        "reason": proof.decision.reason,
        "steps": [
            {
                "action": step.decision.action,
                "outcome": step.decision.outcome,
                "policies": [_policy_facts(each) for each in step.policies],
            }
            for step in proof.steps
        ],
        "nearest": proof.nearest,
    }


def _policy_facts(each: "PolicyProof") -> dict[str, object]:
    from tsunagi.rules.trace import condition_json

    return {
        "policy": each.policy.id,
        "effect": each.policy.effect,
        "result": each.result,
        "who": each.who,
        "place": str(each.policy.place),
        "conditions": [condition_json(condition) for condition in each.conditions],
    }


def _by_action(found: "Matrix", decisions: "Sequence[Decision]") -> "list[Decision]":
    """With the requested action, not the viewing it failed for."""
    from dataclasses import replace

    names = [action for resource in found.resources for action in resource.actions]
    return [replace(each, action=name) for name, each in zip(names, decisions, strict=True)]


def _tables(hub: "Hub", found: "Matrix", heads: Sequence[str]) -> Iterator[Any]:
    """One table for each group of resources; a column for each profile or person, a row for each action."""
    from tsunagi.app.views.explanations import verb_label

    titles = {
        "documents": _("Documents"),
        "tabs": _("Tabs"),
        "receivables": _("Receivables and payables"),
        "records": _("Records of the CRM, changed by rules that act for a person"),
        "hub": _("The hub itself"),
    }
    for group, title in titles.items():
        shown = table(_("What"), _("Action"), *[plain(head) for head in heads], title=title)
        for position, resource, verb in _lines(found):
            if resource.group == group:
                signs = [_SIGNS[row.decisions[position].outcome] for row in found.rows]
                shown.add_row(plain(_label(hub, resource)), verb_label(verb), *signs)
        if shown.row_count:
            yield shown


def _lines(found: "Matrix") -> "Iterator[tuple[int, Resource, str]]":
    verbs = [(resource, verb) for resource in found.resources for verb in resource.verbs]
    return ((position, resource, verb) for position, (resource, verb) in enumerate(verbs))


def _label(hub: "Hub", resource: "Resource") -> str:
    service = hub.registry.connectors.get(resource.service)
    name = say(service.label) if service else resource.service
    if resource.group == "tabs":
        return name
    return f"{name} {say(resource.label)}" if resource.service else say(resource.label)


def _print_changes(folder: Path, found: "Sequence[MatrixChange]", problems: "Sequence[RuleFileError]") -> None:
    for problem in problems:
        out().print(_located(folder, problem), soft_wrap=True)
    if not found:
        say_aside(_("The matrix stays as it is."))
        return
    shown = table(_("Profile"), _("Action"), _("Now"), _("Then"))
    for each in found:
        shown.add_row(
            plain(each.subject.profile),
            each.action,
            outcome_label(each.before.outcome),
            outcome_label(each.after.outcome),
        )
    out().print(shown)


def _change_facts(change: "MatrixChange") -> dict[str, object]:
    return {
        "profile": change.subject.profile,
        "action": change.action,
        "before": change.before.outcome,
        "after": change.after.outcome,
        "policies": change.after.determining or change.before.determining,
    }


def _located(folder: Path, error: "RuleFileError") -> str:
    """file:line:column, so that editors find the place."""
    field = f"{error.field}: " if error.field else ""
    return plain(f"{folder / error.path}:{error.line}:{error.column}: {field}{say(error.reason)}")


def _error_facts(folder: Path, error: "RuleFileError") -> dict[str, object]:
    return {
        "file": folder / error.path,
        "line": error.line,
        "column": error.column,
        "field": error.field,
        "message": error.reason,
    }
