"""The rule files of an installation, read without opening its database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tsunagi.app.automation.rule_book import rules_folder
from tsunagi.app.settings import Settings
from tsunagi.errors import RuleFileError
from tsunagi.plugin_loading import load_plugins
from tsunagi.rule_files import RuleFiles, read_rule_files
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import BrokenRule, RuleBook
from tsunagi.rules.cases import CaseReport, run_tables
from tsunagi.rules.matchers import choose
from tsunagi.rules.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RuleShelf:
    """The rules, their tables, and the folder both are in."""

    folder: Path
    files: RuleFiles
    book: RuleBook

    @classmethod
    def open(cls, settings: Settings) -> "RuleShelf":
        registry = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).registry
        folder = rules_folder(settings.rules_dir)
        files = read_rule_files(folder)
        vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
        book = RuleBook.load(files.rules, vocabulary, matcher=choose(settings.matcher), unreadable=files.unreadable)
        return cls(folder, files, book)

    def run_tables(self) -> CaseReport:
        return run_tables(self.files.tables, self.book)

    def table_problems(self) -> Sequence[RuleFileError]:
        """Mistakes in the tables themselves, whether or not their cases pass."""
        return self.run_tables().errors

    def facts_of(self, rule: Automation) -> dict[str, object]:
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

    def facts_of_broken(self, rule: BrokenRule) -> dict[str, object]:
        return {
            "rule": rule.id,
            "title": rule.title,
            "state": "broken",
            "file": self.folder / rule.file,
            "errors": [error.reason for error in rule.errors],
        }
