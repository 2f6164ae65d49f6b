"""The rule book of this installation, and how often each of its rules was evaluated."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tsunagi.app.context import Context
from tsunagi.logging import Log
from tsunagi.plugin_loading import PluginReport
from tsunagi.registry import Registry
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.book import RuleBook
from tsunagi.rules.matchers import Disagreement, choose
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.store.rule_runs import RuleRuns, StoredBook

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
