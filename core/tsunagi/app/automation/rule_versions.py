"""Versions of the rules: each is kept when it comes into force, can be looked at, and put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path

from tsunagi.app.access.auditing import noted
from tsunagi.app.automation.rule_book import rules_folder
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.rule_files import read_rule_files, write_files
from tsunagi.store.rule_runs import RuleDecisions, StoredBook
from tsunagi.text import Text

# The part of a version's name that is shown to people.
SHORT = 12
# So many of the latest versions can be named.
KEPT = 200


@dataclass(frozen=True, slots=True)
class Version:
    """A version and how its files differ from those of the version before. `at` is when it last came into force."""

    version: str
    at: datetime
    in_force: bool
    rules: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def keep_rules(context: Context) -> None:
    """Note the rules in force, where they are not the latest version kept; costs one query."""
    book, now = context.rules, context.now()
    with context.store.read() as session:
        latest = RuleDecisions(session).latest()
    if latest == book.version:
        return
    with context.store.write() as session:
        RuleDecisions(session).take_book(
            StoredBook(version=book.version, texts=dict(book.texts), plugins=dict(book.plugins), at=now)
        )


def versions(context: Context, *, limit: int = 50) -> Sequence[Version]:
    """The latest first."""
    with context.store.read() as session:
        kept = RuleDecisions(session).versions(limit=limit + 1)
    earlier = [*kept[1:], None][: len(kept)]
    now = context.rules.version
    return [_version(book, before, book.version == now) for book, before in zip(kept, earlier, strict=True)][:limit]


def difference(context: Context, asked: str) -> Sequence[str]:
    """The lines in which a version differs from the one before it. Raises ConfigError for an unknown one."""
    with context.store.read() as session:
        kept = RuleDecisions(session).versions(limit=KEPT)
    found = _named(kept, asked)
    place = kept.index(found)
    before = kept[place + 1].texts if place + 1 < len(kept) else {}
    lines: list[str] = []
    for file in sorted({*before, *found.texts}):
        old, new = (texts.get(file, "").splitlines() for texts in (before, found.texts))
        lines += unified_diff(
            old, new, file if file in before else "-", file if file in found.texts else "-", lineterm=""
        )
    return lines


@dataclass(frozen=True, slots=True)
class RolledBack:
    version: str
    written: tuple[str, ...]
    removed: tuple[str, ...]


def roll_back(context: Context, actor: Person | None, rules_dir: Path, asked: str = "") -> RolledBack:
    """Write the rule files of a version back, by default of the one before that in force; all of them, or none.

    The rules as they are now are kept first, so that this can be taken back. Raises ConfigError where there is no such
    version, or the files cannot be written.
    """
    keep_rules(context)
    with context.store.read() as session:
        kept = RuleDecisions(session).versions(limit=KEPT)
    now = context.rules.version
    earlier = [book for book in kept if book.version != now]
    if not asked and not earlier:
        raise ConfigError(
            Text(en="There is no earlier version of the rules.", ja="ルールの以前のバージョンはありません。")
        )
    wanted = _named(kept, asked) if asked else earlier[0]
    present = read_rule_files(rules_folder(rules_dir)).rules
    written = {file: text for file, text in wanted.texts.items() if present.get(file) != text}
    removed = [file for file in present if file not in wanted.texts]
    with noted(context, actor, "rules:edit", wanted.version[:SHORT], rolled_back=True):
        if rules_dir.is_dir():
            write_files(rules_dir, {**written, **dict.fromkeys(removed)})
        else:
            write_files(rules_dir, dict(wanted.texts))
    return RolledBack(wanted.version, tuple(sorted(written)), tuple(sorted(removed)))


def _named(kept: Sequence[StoredBook], asked: str) -> StoredBook:
    found = [book for book in kept if book.version.startswith(asked)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(book.version[:SHORT] for book in kept[:10]) or "-"
    raise ConfigError(
        Text(en=f"There is no one version '{asked}'.", ja=f"バージョン「{asked}」は一つに決まりません。"),
        hint=Text(en=f"Known are: {known}.", ja=f"あるもの: {known}。"),
    )


def _version(book: StoredBook, before: StoredBook | None, in_force: bool) -> Version:
    old: Mapping[str, str] = before.texts if before else {}
    new = book.texts
    return Version(
        version=book.version,
        at=book.at,
        in_force=in_force,
        rules=len(new),
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(file for file in new.keys() & old.keys() if new[file] != old[file])),
        removed=tuple(sorted(old.keys() - new.keys())),
    )
