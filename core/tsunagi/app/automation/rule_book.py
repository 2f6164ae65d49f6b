"""The rule book of this installation, how often each rule was evaluated, and for whom rules act."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tsunagi.app.access.permissions import decide
from tsunagi.app.context import Context
from tsunagi.errors import RuleFileError
from tsunagi.logging import Log
from tsunagi.plugin_loading import PluginReport
from tsunagi.registry import Registry
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import RuleBook
from tsunagi.rules.facts import Facts
from tsunagi.rules.matchers import Disagreement, choose
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.store.people import People
from tsunagi.store.rule_runs import RuleRuns, StoredBook
from tsunagi.text import Text
from tsunagi.wording import joined, nearest

log = Log(__name__)


def rules_folder(folder: Path) -> Path:
    """The folder of the settings; the starter rules while nobody has made one."""
    return folder if folder.is_dir() else starter_rules()


def load_rule_book(folder: Path, registry: Registry, *, matcher: str, plugins: Sequence[PluginReport] = ()) -> RuleBook:
    """Read the automations; a broken rule is kept beside the others with what is wrong with it."""
    files = read_rule_files(rules_folder(folder))
    return RuleBook.load(
        files.rules,
        Vocabulary.of(registry.entities.values(), registry.actions.values()),
        matcher=choose(matcher, report=_report),
        unreadable=files.unreadable,
        plugins={plugin.name: plugin.version for plugin in plugins if plugin.state == "active"},
    )


def earlier_book(stored: StoredBook, registry: Registry) -> RuleBook:
    """The rules as they were, in the words of the plugins there are now."""
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    return RuleBook.load(stored.texts, vocabulary, plugins=stored.plugins)


def _report(difference: Disagreement) -> None:
    log.error("matchers_disagree", difference=repr(difference))


def rule_counts(context: Context) -> Mapping[str, Mapping[str, int]]:
    """{rule: {verdict: count}}; a rule that was never evaluated is absent."""
    with context.store.read() as session:
        return RuleRuns(session).count_verdicts()


def authorized(context: Context, book: RuleBook) -> RuleBook:
    """The rules without those that act for somebody who is not there, or may not do what they do."""
    mistakes: dict[str, RuleFileError] = {}
    for rule in book.automations.values():
        problem = _problem(context, rule)
        if problem is not None:
            place = rule.run_as_place or rule.place
            mistakes[rule.id] = RuleFileError(
                problem, path=place.file, line=place.line, column=place.column, field="run_as"
            )
    return book.without(mistakes)


def actors(context: Context, book: RuleBook) -> Sequence[object]:
    """Everybody some rule may act for, and the permissions: changes when the result of `authorized` may change."""
    if not any("run_as" in text for text in book.texts.values()):
        return ()
    with context.store.read() as session:
        return (*People(session).everybody(), *context.permissions.book.good.items())


def actor_problem(context: Context, email: str, permissions: Sequence[str], facts: Facts | None = None) -> Text | None:
    """Why a rule may not act for this person; None where it may, or (without facts) where it depends on them."""
    with context.store.read() as session:
        person = People(session).by_email(email)
        known = [] if person else [each.email for each in People(session).everybody()]
    if person is None:
        message = Text(en=f"The CRM has no user '{email}'.", ja=f"CRM に利用者「{email}」はいません。")
        return joined(message, nearest(email, known))
    decisions = (decide(context, person, permission, facts) for permission in permissions)
    refused = next(
        (decision for decision in decisions if not (decision.allowed if facts is not None else decision.possible)), None
    )
    return refused.reason if refused else None


def _problem(context: Context, rule: Automation) -> Text | None:
    if rule.run_as is None:
        return None
    permissions = [context.registry.actions[step.action].asks for step in rule.steps]
    return actor_problem(context, rule.run_as, permissions)
