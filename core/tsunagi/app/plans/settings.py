"""Plans of changed permissions and sync settings: who would gain or lose what, and what the next sync would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tsunagi.app.access import permission_editing
from tsunagi.app.access.matrix import known_profiles
from tsunagi.app.context import Context
from tsunagi.app.plans.files import Texts, changed_files, difference, in_force, require_names, wanted_of
from tsunagi.app.plans.saved import new_plan, require_for, save
from tsunagi.app.sync import pair_files
from tsunagi.app.sync.pair_plan import ForeseenReferences
from tsunagi.app.sync.plan_pages import build_plan
from tsunagi.app.sync.saved_units import Seen, entries_of
from tsunagi.domain.directory import Person
from tsunagi.domain.records import Value
from tsunagi.errors import RuleFileError, TsunagiError
from tsunagi.pair_settings import ProposedSettings
from tsunagi.rules.permissions_matrix import changes
from tsunagi.store.saved_plans import PlanEntry, SavedPlan
from tsunagi.sync.settings_book import SettingsBook
from tsunagi.yaml_marks import parse

_OUTCOMES = ("denied", "depends", "permitted")
# So many records of what the next sync would do are kept for each pair.
_MOST = 1000


def plan_permissions(
    context: Context, actor: Person | None, given: Texts, *, complete: bool = False, again: str = ""
) -> SavedPlan:
    """Plan permission files by name, in place of those of their names, or where `complete` of all of them.

    Raises PermissionDenied, ConfigError, and RuleFileError for a file with a mistake, or that locks administrators out.
    """
    require_for(context, actor, "permissions")
    require_names(given, "permissions")
    before = in_force(context, "permissions")
    after = given if complete else {**before, **given}
    now, then = context.permissions.book, context.permissions.with_texts(after)
    _refuse(then.problems)
    files = changed_files(before, after)
    cells = changes(now.policies, then.policies, known_profiles(context, now.policies, then.policies))
    entries = [
        PlanEntry(
            subject=cell.subject.profile,
            action=_gain(cell.before.outcome, cell.after.outcome),
            changes={cell.action: {"old": cell.before.outcome, "new": cell.after.outcome}},
        )
        for cell in cells
    ]
    wanted = wanted_of(before, files, again or "tsunagi plan permissions")
    plan = new_plan(context, actor, "permissions", wanted, {"difference": difference(before, files)})
    with context.store.write() as session:
        save(context, session, actor, plan, [*_file_entries(before, files), *entries])
    return plan


def plan_sync_settings(
    context: Context, actor: Person | None, given: Texts, *, complete: bool = False, again: str = ""
) -> SavedPlan:
    """Plan settings files of pairs, in place of those about the same pairs, or where `complete` of all of them.

    What the next sync would do under them is planned from what the store knows, without asking any service. Raises
    PermissionDenied, ConfigError, and RuleFileError for a file with a mistake.
    """
    require_for(context, actor, "sync_settings")
    context.pair_settings.refresh()
    require_names(given, "sync_settings")
    before = in_force(context, "sync_settings")
    after = given if complete else _in_place(before, given)
    book = SettingsBook.load(after, context.pair_settings.vocabulary())
    _refuse(book.problems)
    files = changed_files(before, after)
    proposed = replace(
        context,
        pair_settings=ProposedSettings(context.pair_settings, book),
        registry=replace(context.registry, pairs=book.pairs),
    )
    shown: dict[str, object] = {"difference": difference(before, files)}
    entries = [*_file_entries(before, files), *_setting_entries(before, files)]
    touched = sorted({name for name in _pairs_of(before, files) if name in book.pairs})
    unsure: dict[str, dict[str, str]] = {}
    for name in touched:
        try:
            entries += _next_sync(proposed, name)
        except TsunagiError as error:
            unsure[name] = {"en": error.message.en, "ja": error.message.ja}
    plan = new_plan(
        context,
        actor,
        "sync_settings",
        wanted_of(before, files, again or "tsunagi plan sync-settings"),
        {**shown, "pairs": touched, "unsure": unsure},
    )
    with context.store.write() as session:
        save(context, session, actor, plan, entries)
    return plan


def apply_permissions(context: Context, actor: Person | None, plan: SavedPlan) -> None:
    """Write the plan's files. Raises RuleFileError where they would lock administrators out by now, ConfigError."""
    files: Mapping[str, str | None] = plan.wanted["files"]
    texts = {**in_force(context, "permissions"), **files}
    _refuse(context.permissions.with_texts({name: text for name, text in texts.items() if text is not None}).problems)
    permission_editing.write_texts(context, actor, files)


def apply_sync_settings(context: Context, actor: Person | None, plan: SavedPlan) -> None:
    """Write the plan's files. Raises ConfigError."""
    pair_files.write_texts(context, actor, plan.wanted["files"])


def _gain(before: str, after: str) -> str:
    return "gain" if _OUTCOMES.index(after) > _OUTCOMES.index(before) else "lose"


def _refuse(problems: Sequence[RuleFileError]) -> None:
    for problem in problems:
        raise problem


def _in_place(before: Texts, given: Texts) -> dict[str, str]:
    """A settings file takes the place of the one that is about the same pair, whatever its name."""
    pairs = {_pair_of(text): name for name, text in before.items()}
    return {**before, **{pairs.get(_pair_of(text), name): text for name, text in given.items()}}


def _pair_of(text: str) -> str:
    return str(_data(text).get("pair", ""))


def _data(text: str) -> Mapping[str, object]:
    try:
        data = parse("", text).data if text else {}
    except RuleFileError:
        return {}
    return data if isinstance(data, dict) else {}


def _pairs_of(before: Texts, files: Mapping[str, str | None]) -> set[str]:
    return {_pair_of(text or before.get(name, "")) for name, text in files.items()}


def _file_entries(before: Texts, files: Mapping[str, str | None]) -> Iterator[PlanEntry]:
    for name, text in sorted(files.items()):
        action = "remove_file" if text is None else "change_file" if name in before else "add_file"
        yield PlanEntry(subject=name, action=action)


def _setting_entries(before: Texts, files: Mapping[str, str | None]) -> Iterator[PlanEntry]:
    for name, text in sorted(files.items()):
        old, new = (dict(_flat(_data(each or ""))) for each in (before.get(name, ""), text))
        for path in dict.fromkeys((*old, *new)):
            if old.get(path) != new.get(path):
                yield PlanEntry(
                    subject=_pair_of(text or before.get(name, "")),
                    action="setting",
                    changes={path: {"old": old.get(path), "new": new.get(path)}},
                )


def _flat(data: object, path: str = "") -> Iterator[tuple[str, Value]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _flat(value, f"{path}.{name}" if path else str(name))
    elif isinstance(data, list):
        yield path, ", ".join(map(str, data))
    else:
        yield path, data if data is None or isinstance(data, bool | int) else str(data)


def _next_sync(proposed: Context, name: str) -> list[PlanEntry]:
    """What a sync of the pair would do under these settings; nothing of it is applied with them."""
    pair, references = proposed.registry.pair(name), ForeseenReferences(proposed)
    plan = build_plan(proposed, pair, references, every=True)
    found = entries_of(pair, plan.steps, Seen.of(proposed, plan.steps, references))
    kept: list[PlanEntry] = []
    for entry in found:
        if entry.work and len(kept) < _MOST:
            entry.changes = {**entry.changes, "then": entry.action}
            entry.action, entry.work, entry.made_from = "then", "", ""
            kept.append(entry)
    return kept
