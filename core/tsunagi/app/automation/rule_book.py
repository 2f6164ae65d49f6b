"""The rule book of this installation."""

from pathlib import Path

from tsunagi.logging import Log
from tsunagi.registry import Registry
from tsunagi.rule_files import read_rule_files, starter_rules
from tsunagi.rules.book import RuleBook
from tsunagi.rules.matchers import Disagreement, choose
from tsunagi.rules.vocabulary import Vocabulary

log = Log(__name__)


def rules_folder(folder: Path) -> Path:
    """The folder of the settings; the starter rules while nobody has made one."""
    return folder if folder.is_dir() else starter_rules()


def load_rule_book(folder: Path, registry: Registry, *, matcher: str) -> RuleBook:
    """Read the automations; a broken rule is kept beside the others with what is wrong with it."""
    files = read_rule_files(rules_folder(folder))
    book = RuleBook.load(
        files.rules,
        Vocabulary.of(registry.entities.values(), registry.actions.values()),
        matcher=choose(matcher, report=_report),
        unreadable=files.unreadable,
    )
    for problem in book.problems:
        log.warning("rule_left_out", reason=str(problem))
    return book


def _report(difference: Disagreement) -> None:
    log.error("matchers_disagree", difference=repr(difference))
