"""`tsunagi rules`: the rules as they are written, whether they hold water, and what they said."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

if TYPE_CHECKING:
    from tsunagi.cli.rule_shelf import RuleShelf
    from tsunagi.errors import RuleFileError

rules = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@rules.command("list", help=_("List the automations, those that cannot be used too."))
def list_rules(context: typer.Context, as_json: Json = False) -> None:
    shelf = _shelf(context)
    if as_json:
        print_json(
            [*map(shelf.facts_of, shelf.book.automations.values()), *map(shelf.facts_of_broken, shelf.book.broken)]
        )
        return
    shown = table(_("Rule"), _("Title"), _("When"), _("State"), _("File"))
    for rule in shelf.book.automations.values():
        state = _("on") if rule.enabled else _("off")
        shown.add_row(rule.id, plain(say(rule.title)), rule.event, state, f"{rule.file}:{rule.line}")
    for broken in shelf.book.broken:
        shown.add_row(plain(broken.id or "-"), plain(broken.title), "", _("broken"), plain(broken.file), style="red")
    out().print(shown)
    _warn_of(shelf)


# Its name until it gained SARIF.
@rules.command("check", hidden=True)
@rules.command(help=_("Check every rule file and table; exit code 1 where one has a mistake."))
def lint(
    context: typer.Context,
    as_json: Json = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help=_("Print the mistakes as SARIF 2.1.0."))] = False,
) -> None:
    from tsunagi.cli.sarif import sarif

    shelf = _shelf(context)
    problems = [*shelf.book.problems, *shelf.table_problems()]
    if as_sarif:
        print_json(sarif(shelf.folder, problems, version("tsunagi")))
    elif as_json:
        print_json(
            {"rules": len(shelf.book.automations), "errors": [_error_facts(shelf.folder, each) for each in problems]}
        )
    else:
        for problem in problems:
            # Never wrapped: editors jump to file:line:column.
            out().print(_located(shelf.folder, problem), soft_wrap=True)
        count = len(shelf.book.automations)
        say_aside(
            _("{rules} rules can be used, {errors} mistakes in {folder}").format(
                rules=count, errors=len(problems), folder=shelf.folder
            )
        )
    if problems:
        raise typer.Exit(ExitCode.FAILED)


@rules.command("test", help=_("Run every table of cases (*_test.yaml); exit code 1 where one fails or there is none."))
def run_tables(context: typer.Context, as_json: Json = False) -> None:
    shelf = _shelf(context)
    report = shelf.run_tables()
    if as_json:
        print_json(
            {
                "passed": report.passed,
                "cases": [
                    {
                        "case": result.case,
                        "place": str(result.place),
                        "passed": result.passed,
                        "differences": result.differences,
                    }
                    for result in report.results
                ],
                "errors": [_error_facts(shelf.folder, each) for each in report.errors],
                "untested": report.untested,
                "coverage": [
                    {
                        "rule": each.rule,
                        "comparison": each.label,
                        "place": str(each.place),
                        "held": each.held,
                        "failed": each.failed,
                    }
                    for each in report.covered
                ],
            }
        )
    else:
        for line in report.lines(language()):
            out().print(plain(line), soft_wrap=True)
        passed = sum(result.passed for result in report.results)
        say_aside(_("{passed} of {count} cases pass").format(passed=passed, count=len(report.results)))
        seen = sum(each.held + each.failed for each in report.covered)
        say_aside(_("{seen} of {count} outcomes of comparisons seen").format(seen=seen, count=2 * len(report.covered)))
        _warn_of(shelf)
    if not report.passed:
        raise typer.Exit(ExitCode.FAILED)


@rules.command(help=_("Tell what happened to a record, what each rule made of it and why, and what was written."))
def explain(
    context: typer.Context,
    asked: Annotated[
        str,
        typer.Argument(
            metavar="EVENT_OR_RECORD",
            help=_("The ID of an event, or a record such as crm:deal:123."),
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=200, help=_("How many events at most, the latest first."))] = 10,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.explanations import lines, report_facts, reports_of

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = reports_of(hub, asked, limit=limit, viewer=invocation.viewer(hub))
        if as_json:
            print_json([report_facts(report) for report in found])
            return
        for report in found:
            for line in lines(hub, report):
                out().print(plain(line), soft_wrap=True)


def _shelf(context: typer.Context) -> "RuleShelf":
    from tsunagi.cli.rule_shelf import RuleShelf

    return RuleShelf.open(Invocation.of(context).settings())


def _warn_of(shelf: "RuleShelf") -> None:
    for problem in shelf.book.problems:
        say_aside(_located(shelf.folder, problem), style="yellow")


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
