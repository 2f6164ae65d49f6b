"""Rule files that people write: a new one from a template, and drafts, checked as the hub would read them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tsunagi.app.access.auditing import noted
from tsunagi.app.access.permissions import require
from tsunagi.app.automation.recipes import RecipeChange, use_recipe
from tsunagi.app.automation.rule_source import RuleSource
from tsunagi.app.automation.rule_versions import keep_rules
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.registry import Registry
from tsunagi.rule_files import (
    FileNameInvalid,
    NoSuchFile,
    RuleFiles,
    fingerprint,
    is_proper_name,
    read_rule_files,
    refuse_edited,
    starter_rules,
    usual_name,
    write_files,
)
from tsunagi.rules.authoring import FOLDER, editor_schemas, new_rule
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import CaseReport, run_tables
from tsunagi.rules.matchers import choose
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text
from tsunagi.yaml_editing import with_values

EDIT = "rules:edit"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a rule file that need not be saved. `rule` is None while there are `problems`.

    These are its own, and those it would make of other files. `book` are the rules as they would be with it; `saved`
    names the text it was begun from ("" for a new file).
    """

    file: str
    text: str
    saved: str
    problems: tuple[RuleFileError, ...]
    rule: Automation | None
    book: RuleBook


def rule_files(rules_dir: Path) -> Sequence[str]:
    """The names of the rule files there are, those that cannot be read too, in order."""
    files = _files(rules_dir)
    return sorted({*files.rules, *(error.path for error in files.unreadable)})


def open_rule(context: Context, rules_dir: Path, file: str) -> Draft:
    """A rule file as it is, with its mistakes. Raises NoSuchFile, RuleFileError for one that is no text."""
    file, files = usual_name(file), _files(rules_dir)
    text = files.rules.get(file)
    if text is None:
        raise next((error for error in files.unreadable if error.path == file), NoSuchFile(file))
    return check_draft(context, rules_dir, file, text, saved=fingerprint(text))


def check_draft(context: Context, rules_dir: Path, file: str, text: str, *, saved: str = "") -> Draft:
    """What the hub would make of this text. Raises FileNameInvalid."""
    file = _proper(file)
    book = _book(context, {**_texts(rules_dir), file: text})
    known = {broken.file for broken in context.rules.broken} - {file}
    problems = tuple(error for broken in book.broken if broken.file not in known for error in broken.errors)
    rule = next((rule for rule in book.automations.values() if rule.file == file), None)
    return Draft(file, text, saved, problems, None if problems else rule, book)


def table_of(rules_dir: Path, file: str) -> tuple[str, str]:
    """The table of cases beside a rule file: its name, and its text ("" where there is none yet)."""
    path = PurePosixPath(_proper(file))
    name = str(path.with_name(f"{path.stem}_test{path.suffix}"))
    return name, _files(rules_dir).tables.get(name, "")


def run_cases(context: Context, rules_dir: Path, file: str, text: str, book: RuleBook | None = None) -> CaseReport:
    """Run a table that need not be saved against the rules in the files, or those of a draft."""
    return run_tables({file: text}, book or _book(context, _texts(rules_dir)))


def save_draft(
    context: Context,
    actor: Person | None,
    rules_dir: Path,
    file: str,
    text: str,
    *,
    saved: str,
    table: str | None = None,
    saved_table: str = "",
) -> Draft:
    """Write a rule file that has no mistakes, and the table of cases beside it; the version before is kept.

    `saved` is that of the Draft it began from, `saved_table` the fingerprint of the table it began from ("" for none);
    a `table` that is None, empty, or still that one is left alone. Raises PermissionDenied, RuleFileError for the
    first mistake, EditedMeanwhile, and ConfigError where a file cannot be written.
    """
    require(context, actor, EDIT)
    draft = check_draft(context, rules_dir, file, text, saved=saved)
    if draft.problems:
        raise draft.problems[0]
    texts, begun = {draft.file: text}, {draft.file: saved}
    name, stored = table_of(rules_dir, draft.file)
    if table and table != stored and fingerprint(table) != saved_table:
        begun[name] = saved_table
        refuse_edited(_files(rules_dir), begun)
        for error in run_cases(context, rules_dir, name, table, draft.book).errors:
            raise error
        texts[name] = table
    write_rules(context, actor, rules_dir, texts, begun=begun)
    return replace(draft, saved=fingerprint(text))


def remove_rule(context: Context, actor: Person | None, rules_dir: Path, file: str, *, saved: str) -> Sequence[str]:
    """Take a rule file away, and the table of cases beside it; returns both names.

    The version before is kept, of the rule alone. Raises PermissionDenied, NoSuchFile, EditedMeanwhile, ConfigError.
    """
    require(context, actor, EDIT)
    file = _proper(file)
    if file not in rule_files(rules_dir):
        raise NoSuchFile(file)
    begun = {file: saved}
    name, stored = table_of(rules_dir, file)
    if stored:
        begun[name] = fingerprint(stored)
    write_rules(context, actor, rules_dir, dict.fromkeys(begun), begun=begun, removed=True)
    return list(begun)


def switch_rule(context: Context, actor: Person | None, rules_dir: Path, rule: str, *, on: bool) -> None:
    """Switch one rule on or off in its file; comments stay. Raises PermissionDenied, ConfigError for an unknown one."""
    require(context, actor, EDIT)
    known = context.rules.automations.get(rule)
    if known is None:
        raise ConfigError(Text(en=f"There is no rule '{rule}'.", ja=f"ルール「{rule}」はありません。"))
    text = _files(rules_dir).rules[known.file]
    begun = {known.file: fingerprint(text)}
    write_rules(
        context, actor, rules_dir, {known.file: switched(known.file, text, on=on)}, begun=begun, rule=rule, on=on
    )


def switched(file: str, text: str, *, on: bool) -> str:
    """The text of a rule file with its rule on or off. Raises RuleFileError where it cannot be read."""
    return with_values(file, text, {("enabled",): on}, before="trigger")


def choose_recipe(
    context: Context, actor: Person | None, rules_dir: Path, recipe: str, *, service: str = ""
) -> RecipeChange:
    """As `use_recipe`, by a person; the version before is kept. Raises PermissionDenied besides."""
    require(context, actor, EDIT)
    keep_rules(context)
    with noted(context, actor, EDIT, recipe, recipe=recipe, **({"service": service} if service else {})):
        done = use_recipe(rules_dir, context.registry, recipe, service=service)
    take_files(context)
    return done


def take_files(context: Context) -> None:
    """The rules as the files are now: other processes look again within a second, this one shows a change at once."""
    if isinstance(context.rule_book, RuleSource):
        context.rule_book.look_again()
    keep_rules(context)


def write_rules(
    context: Context,
    actor: Person | None,
    rules_dir: Path,
    texts: Mapping[str, str | None],
    *,
    begun: Mapping[str, str] | None = None,
    **details: object,
) -> None:
    """Files that were checked, by name; None takes one away. Raises ConfigError.

    `begun` are the texts they were begun from, by fingerprint ("" for a new file): raises EditedMeanwhile where one is
    another by now. A folder that is not there yet is made of the starter rules, which were in force so far.
    """
    keep_rules(context)
    starter: Mapping[str, str] = {}
    if not rules_dir.is_dir():
        files = read_rule_files(starter_rules())
        starter = {**files.rules, **files.tables}
    with noted(context, actor, "rules:edit", ", ".join(texts), **details):
        # Within the transaction: of two who save at once, the second one is told.
        refuse_edited(_files(rules_dir), begun or {})
        write_files(rules_dir, {**starter, **texts})
    take_files(context)


def _files(rules_dir: Path) -> RuleFiles:
    return read_rule_files(rules_dir if rules_dir.is_dir() else starter_rules())


def _texts(rules_dir: Path) -> Mapping[str, str]:
    return _files(rules_dir).rules


def _book(context: Context, texts: Mapping[str, str]) -> RuleBook:
    return RuleBook.load(texts, context.rules.vocabulary, matcher=choose("native"))


def _proper(file: str) -> str:
    """A file of the folder of automations, and nowhere else."""
    name = usual_name(file)
    if not is_proper_name(name, "automations"):
        raise FileNameInvalid(file, Text(en="a rule file", ja="ルールファイル"), "automations/large_deals.yaml")
    return name


def write_schemas(folder: Path, registry: Registry) -> Sequence[str]:
    """Lay the schemas down in the rules folder, in the words of the plugins there are now; returns what has changed."""
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    texts = {
        f"{FOLDER}/{name}": json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for name, schema in editor_schemas(vocabulary).items()
    }
    changed = {name: text for name, text in texts.items() if not _is(folder / name, text)}
    write_files(folder, changed)
    return sorted(changed)


def make_rule(
    context: Context, actor: Person | None, rules_dir: Path, name: str, event: str, action: str
) -> Sequence[str]:
    """A rule and its table under this name, and the schemas; returns what was written.

    Raises PermissionDenied, and ConfigError for a name that cannot be or is taken.
    """
    require(context, actor, EDIT)
    if _IDENTIFIER.fullmatch(name) is None:
        raise ConfigError(
            Text(
                en=f"'{name}' is no name for a rule: lower-case letters, digits and _, beginning with a letter.",
                ja=f"「{name}」はルール名に使えません。英小文字で始め、英小文字・数字・_ を使ってください。",
            )
        )
    rule, table = new_rule(context.rules.vocabulary, name, event, action)
    files = {f"automations/{name}.yaml": rule, f"automations/{name}_test.yaml": table}
    taken = next((rules_dir / file for file in files if (rules_dir / file).exists()), None)
    if taken is not None:
        raise ConfigError(Text(en=f"'{taken}' is there already.", ja=f"「{taken}」は既にあります。"))
    write_rules(context, actor, rules_dir, files, begun=dict.fromkeys(files, ""), new=name)
    return [*files, *write_schemas(rules_dir, context.registry)]


def _is(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
