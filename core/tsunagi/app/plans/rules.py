"""The plan of changed rules: which come, go and change, and what they would have done with the history."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from tsunagi.app.automation import rule_editing, trials
from tsunagi.app.context import Context
from tsunagi.app.plans.files import Texts, changed_files, difference, in_force, require_names, wanted_of
from tsunagi.app.plans.saved import new_plan, require_for, save
from tsunagi.domain.directory import Person
from tsunagi.rules.analysis import analyse
from tsunagi.rules.backtest import Asked, Difference, sums
from tsunagi.rules.book import RuleBook
from tsunagi.rules.matchers import choose
from tsunagi.store.saved_plans import PlanEntry, SavedPlan
from tsunagi.yaml_marks import parse

# So long a history is replayed where nobody says since when.
_HISTORY = timedelta(days=90)


def plan_rules(
    context: Context,
    actor: Person | None,
    given: Texts,
    *,
    complete: bool = False,
    since: datetime | None = None,
    again: str = "",
) -> SavedPlan:
    """Plan rule files by name, in place of those with the same rules, or where `complete` of all of them.

    Raises PermissionDenied, ConfigError, and RuleFileError for the first mistake of a file that would change.
    """
    require_for(context, actor, "rules")
    require_names(given, "rules")
    before = in_force(context, "rules")
    after = given if complete else _in_place(context, before, given)
    files = changed_files(before, after)
    book = RuleBook.load(_rules(after), context.rules.vocabulary, matcher=choose("native"))
    for problem in book.problems:
        if files.get(problem.path) is not None:
            raise problem
    since = since or context.now() - _HISTORY
    replayed = trials.backtest_book(context, book, since=since)
    differences = list(replayed.backtest.differences())
    shown = {"difference": difference(before, files), "backtest": _summary(replayed, differences, since)}
    entries = [*_rule_entries(context.rules, book), *_findings(context.rules, book), *map(_entry, differences)]
    plan = new_plan(context, actor, "rules", wanted_of(before, files, again or "tsunagi plan rules"), shown)
    with context.store.write() as session:
        save(context, session, actor, plan, entries)
    return plan


def apply_rules(context: Context, actor: Person | None, plan: SavedPlan) -> None:
    """Write the plan's files; the version before is kept. Raises ConfigError."""
    rule_editing.write_rules(context, actor, context.permissions.rules_dir, plan.wanted["files"], plan=plan.id)


def _rules(texts: Texts) -> dict[str, str]:
    """Without the tables of cases."""
    return {name: text for name, text in texts.items() if not PurePosixPath(name).stem.endswith("_test")}


def _in_place(context: Context, before: Texts, given: Texts) -> dict[str, str]:
    """A file takes the place of the one with the rule of its name."""
    after = dict(before)
    for name, text in given.items():
        data = parse(name, text).data
        rule = data.get("automation") if isinstance(data, dict) else None
        known = context.rules.automations.get(rule) if isinstance(rule, str) else None
        after[known.file if known else name] = text
    return after


def _rule_entries(now: RuleBook, then: RuleBook) -> Iterator[PlanEntry]:
    for name in sorted({*now.automations, *then.automations}):
        old, new = now.automations.get(name), then.automations.get(name)
        if old is None or new is None:
            yield PlanEntry(subject=name, action="rule_added" if old is None else "rule_removed")
        elif now.texts.get(old.file) != then.texts.get(new.file):
            switched = {"enabled": {"old": old.enabled, "new": new.enabled}} if old.enabled != new.enabled else {}
            yield PlanEntry(subject=name, action="rule_changed", changes=switched)


def _findings(now: RuleBook, then: RuleBook) -> Iterator[PlanEntry]:
    """What the analysis finds in the rules as they would be, and not in those in force."""
    known = {finding.message for finding in analyse(now)}
    for finding in analyse(then):
        if finding.message not in known:
            yield PlanEntry(subject=", ".join(finding.rules), action="consequence", reason=finding.message)


def _summary(replayed: trials.Replayed, differences: list[Difference], since: datetime) -> Mapping[str, Any]:
    return {
        "since": since.isoformat(),
        "events": replayed.backtest.events,
        "records": replayed.backtest.records,
        "differ": len({each.ref for each in differences}),
        "undecided": replayed.backtest.undecided,
        "assumed": replayed.assumed,
        "actions": [
            {
                "action": each.action,
                "difference": each.kind,
                "count": each.count,
                "money": {currency: str(amount) for currency, amount in sorted(each.money.items())},
            }
            for each in sums(differences)
        ],
    }


def _entry(each: Difference) -> PlanEntry:
    rules = {"old": _rule(each.before), "new": _rule(each.after)}
    changes: dict[str, Any] = {"rule": rules}
    if each.amount is not None:
        changes["amount"] = {
            "old": each.before.amount if each.before else None,
            "new": each.after.amount if each.after else None,
        }
    return PlanEntry(left=each.ref, subject=each.action, action=each.kind, changes=changes)


def _rule(asked: Asked | None) -> str | None:
    return asked.rule if asked else None
