"""`tsunagi rules`: the rules as they are written, their mistakes, their tables of cases, and what they decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tsunagi.cli.backfilling import backfill
from tsunagi.cli.editing import remove_rule, save_rule, show_rule, switch_rule
from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.cli.rule_findings import error_facts, finding_facts, found, located, sarif
from tsunagi.cli.rule_trials import backtest, simulate
from tsunagi.cli.rule_versions import history, new, rollback, schema, use
from tsunagi.errors import RuleFileError
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

if TYPE_CHECKING:
    from tsunagi.app.settings import Settings
    from tsunagi.rule_files import RuleFiles
    from tsunagi.rules.automations import Automation
    from tsunagi.rules.book import BrokenRule, RuleBook
    from tsunagi.rules.cases import CaseReport

Form = Literal["text", "json", "sarif"]

rules = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)
rules.command(help=_("Put a recipe in force (estimates, invoices or none), or show which one is."))(use)
rules.command("show", help=_("Print a rule file."))(show_rule)
rules.command("save", help=_("Write a rule file, which must be without a mistake."))(save_rule)
rules.command("switch", help=_("Switch a rule on or off in its file."))(switch_rule)
rules.command("remove", help=_("Take a rule file away, and the table of cases beside it."))(remove_rule)
rules.command(help=_("Begin a rule from a template, with its table of cases."))(new)
rules.command(help=_("Write the schemas by which editors check and complete rule files."))(schema)
rules.command(help=_("Show what the rules would do with one deal; nothing is written."))(simulate)
rules.command(help=_("Replay the stored history under changed rules, and show what would differ."))(backtest)
rules.command(help=_("Have the rules act on what was so before the first sync, such as deals won earlier."))(backfill)
rules.command(help=_("List the versions of the rules, or show what one changed."))(history)
rules.command(help=_("Put the rule files of an earlier version back."))(rollback)


@rules.command("list", help=_("List the automations, those that cannot be used too."))
def list_rules(context: typer.Context, as_json: Json = False) -> None:
    known = _installed(context)
    if as_json:
        print_json(
            [
                *map(known.facts_of, known.book.automations.values()),
                *map(known.facts_of_broken, known.book.broken),
            ]
        )
        return
    shown = table(_("Rule"), _("Title"), _("When"), _("State"), _("File"))
    for rule in known.book.automations.values():
        state = _("on") if rule.enabled else _("off")
        shown.add_row(rule.id, plain(say(rule.title)), rule.event, state, f"{rule.file}:{rule.line}")
    for broken in known.book.broken:
        shown.add_row(plain(broken.id or "-"), plain(broken.title), "", _("broken"), plain(broken.file), style="red")
    out().print(shown)
    _warn_of(known)


# Its name until it gained SARIF.
@rules.command("check", hidden=True)
@rules.command(help=_("Check every rule file and table; exit code 1 where one has a mistake."))
def lint(
    context: typer.Context,
    as_json: Json = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help=_("As --format sarif."))] = False,
    form: Annotated[
        Form, typer.Option("--format", help=_("Sentences, JSON, or SARIF 2.1.0 for code hosts and editors."))
    ] = "text",
    strict: Annotated[
        bool, typer.Option("--strict", help=_("Exit code 1 also where rules overlap, contradict or never hold."))
    ] = False,
) -> None:
    from tsunagi.rules.analysis import analyse

    known = _installed(context)
    problems = [*known.book.problems, *known.table_problems()]
    findings = analyse(known.book)
    if as_sarif or form == "sarif":
        places = {rule.id: rule.place for rule in known.book.automations.values()}
        print_json(sarif(known.folder, problems, findings, places, version("tsunagi")))
    elif as_json or form == "json":
        print_json(
            {
                "rules": len(known.book.automations),
                "errors": [error_facts(known.folder, each) for each in problems],
                "findings": [finding_facts(known.folder, each) for each in findings],
            }
        )
    else:
        for problem in problems:
            # Never wrapped: editors jump to file:line:column.
            out().print(located(known.folder, problem), soft_wrap=True)
        for finding in findings:
            out().print(found(known.folder, finding), soft_wrap=True)
        count = len(known.book.automations)
        say_aside(
            _("{folder}: rules that can be used: {rules}, mistakes: {errors}").format(
                rules=count, errors=len(problems), folder=known.folder
            )
        )
    if problems or (strict and any(finding.serious for finding in findings)):
        raise typer.Exit(ExitCode.FAILED)


@rules.command("test", help=_("Run every table of cases (*_test.yaml); exit code 1 where one fails or there is none."))
def run_tables(context: typer.Context, as_json: Json = False) -> None:
    known = _installed(context)
    report = known.run_tables()
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
                "errors": [error_facts(known.folder, each) for each in report.errors],
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
        say_aside(_("Cases that pass: {passed} of {count}").format(passed=passed, count=len(report.results)))
        seen = sum(each.held + each.failed for each in report.covered)
        say_aside(_("Outcomes of comparisons seen: {seen} of {count}").format(seen=seen, count=2 * len(report.covered)))
        _warn_of(known)
    if not report.passed:
        raise typer.Exit(ExitCode.FAILED)


@rules.command(help=_("Show the events of a record, what each rule decided and why, and what was written."))
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


def _installed(context: typer.Context) -> "InstalledRules":
    return InstalledRules.open(Invocation.of(context).settings())


def _warn_of(known: "InstalledRules") -> None:
    for problem in known.book.problems:
        say_aside(located(known.folder, problem), style="yellow")


@dataclass(frozen=True, slots=True)
class InstalledRules:
    """The rules, their tables, and the folder both are in."""

    folder: Path
    files: "RuleFiles"
    book: "RuleBook"

    @classmethod
    def open(cls, settings: "Settings") -> "InstalledRules":
        from tsunagi.app.automation.rule_book import rules_folder
        from tsunagi.plugin_loading import load_plugins
        from tsunagi.rule_files import read_rule_files
        from tsunagi.rules.book import RuleBook
        from tsunagi.rules.matchers import choose
        from tsunagi.rules.vocabulary import Vocabulary

        registry = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).registry
        folder = rules_folder(settings.rules_dir)
        files = read_rule_files(folder)
        vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
        book = RuleBook.load(files.rules, vocabulary, matcher=choose(settings.matcher), unreadable=files.unreadable)
        return cls(folder, files, book)

    def run_tables(self) -> "CaseReport":
        from tsunagi.rules.cases import run_tables

        return run_tables(self.files.tables, self.book)

    def table_problems(self) -> Sequence[RuleFileError]:
        """Mistakes in the tables themselves, whether or not their cases pass."""
        return self.run_tables().errors

    def facts_of(self, rule: "Automation") -> dict[str, object]:
        return {
            "rule": rule.id,
            "title": rule.title,
            "description": rule.description,
            "event": rule.event,
            "actions": [step.action for step in rule.steps],
            "state": "on" if rule.enabled else "off",
            "file": self.folder / rule.file,
            "line": rule.line,
            "errors": (),
        }

    def facts_of_broken(self, rule: "BrokenRule") -> dict[str, object]:
        return {
            "rule": rule.id,
            "title": rule.title,
            "state": "broken",
            "file": self.folder / rule.file,
            "errors": [error.reason for error in rule.errors],
        }
