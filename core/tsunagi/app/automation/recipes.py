"""Recipes: which of the starter rules are on together.

Putting one in force switches its starter rules on and those of the others off, and touches nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.registry import Registry
from tsunagi.rule_files import RuleFiles, read_rule_files, starter_rules, write_files
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text
from tsunagi.wording import Path as Place
from tsunagi.wording import nearest
from tsunagi.yaml_editing import Scalar, with_values
from tsunagi.yaml_marks import parse

RECIPES: Mapping[str, tuple[str, ...]] = {
    # Created, won, lost: the estimate is made, accepted, declined.
    "estimates": ("deal_created_estimate", "deal_won_accept_estimate", "deal_lost_decline_estimate"),
    # Won, lost: the invoice is made, made void.
    "invoices": ("deal_won_invoice", "deal_lost_void_invoice"),
    "none": (),
}
RULES_OF_RECIPES = tuple(rule for rules in RECIPES.values() for rule in rules)


@dataclass(frozen=True, slots=True)
class RecipeChange:
    """What putting a recipe in force did. `others` are rules that are on and in no recipe: they stay as they are."""

    recipe: str
    service: str
    on: tuple[str, ...]
    off: tuple[str, ...]
    written: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipeState:
    """`recipe` is "" where the starter rules that are on make up none; `on` names them.

    `service` is where all they do is done, "" where that is nowhere or in several.
    """

    recipe: str
    on: tuple[str, ...]
    others: tuple[str, ...]
    service: str = ""


def recipe_in_force(folder: Path, registry: Registry) -> RecipeState:
    """Read the rules folder, or the starter rules while there is none."""
    book = _book(read_rule_files(folder if folder.is_dir() else starter_rules()), registry)
    on = tuple(rule.id for rule in book.automations.values() if rule.enabled)
    chosen = tuple(rule for rule in on if rule in RULES_OF_RECIPES)
    used = {step.action.partition(".")[0] for rule in chosen for step in book.automations[rule].steps}
    others = tuple(rule for rule in on if rule not in chosen)
    return RecipeState(_recipe_of(book.automations), chosen, others, used.pop() if len(used) == 1 else "")


def services_of_recipes(registry: Registry) -> tuple[str, ...]:
    """The services that have every action of every recipe."""
    book = _book(read_rule_files(starter_rules()), registry)
    steps = [step for rule in RULES_OF_RECIPES for step in book.automations[rule].steps]
    needed = {step.action.partition(".")[2] for step in steps}
    return tuple(name for name in registry.connectors if all(f"{name}.{verb}" in registry.actions for verb in needed))


def use_recipe(folder: Path, registry: Registry, recipe: str, *, service: str = "") -> RecipeChange:
    """Switch the starter rules of this recipe on and those of the others off, in their files; missing ones are made.

    `service` has the recipe's documents made there; "" leaves each rule with the service it has.
    All files change, or none. Raises ConfigError for an unknown recipe or service, RuleFileError for a rule of a
    recipe that cannot be read.
    """
    if recipe not in RECIPES:
        message = Text(en=f"There is no recipe '{recipe}'.", ja=f"レシピ「{recipe}」はありません。")
        raise ConfigError(message, hint=nearest(recipe, RECIPES))
    starter = read_rule_files(starter_rules())
    files = read_rule_files(folder) if folder.is_dir() else RuleFiles({}, {})
    book, known = _book(files, registry), _book(starter, registry)
    _refuse_broken(book)
    changes: dict[str, str] = {}
    if not folder.is_dir():
        changes |= {**starter.rules, **starter.tables}
    for rule in RULES_OF_RECIPES:
        changes |= _changes(files, starter, book, known.automations[rule], rule in RECIPES[recipe])
    moved = _in_service(registry, {**files.rules, **files.tables, **changes}, RECIPES[recipe], service)
    changes |= moved
    write_files(folder, changes)
    others = tuple(r.id for r in book.automations.values() if r.enabled and r.id not in RULES_OF_RECIPES)
    off = tuple(rule for rule in RULES_OF_RECIPES if rule not in RECIPES[recipe])
    return RecipeChange(recipe, service, RECIPES[recipe], off, tuple(sorted(changes)), others)


def _recipe_of(automations: Mapping[str, Automation]) -> str:
    """The recipe that is in force, or "" where the rules of recipes that are on make up none of them."""
    on = {rule for rule in RULES_OF_RECIPES if rule in automations and automations[rule].enabled}
    return next((name for name, rules in RECIPES.items() if on == set(rules)), "")


def _book(files: RuleFiles, registry: Registry) -> RuleBook:
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    return RuleBook.load(files.rules, vocabulary, unreadable=files.unreadable)


def _refuse_broken(book: RuleBook) -> None:
    """A rule of a recipe is known by its name, or by its file where not even that can be read."""
    for broken in book.broken:
        if broken.id in RULES_OF_RECIPES or Path(broken.file).stem in RULES_OF_RECIPES:
            raise broken.errors[0]


def _changes(
    files: RuleFiles, starter: RuleFiles, book: RuleBook, known: Automation, wanted: bool
) -> Mapping[str, str]:
    mine = book.automations.get(known.id)
    if mine is not None and mine.enabled == wanted:
        return {}
    if mine is not None:
        return {mine.file: _switched(mine.file, files.rules[mine.file], wanted)}
    if known.file in files.rules:
        raise RuleFileError(
            Text(
                en=f"The starter rule '{known.id}' belongs in this file, which has another rule.",
                ja=f"このファイルには最初のルール「{known.id}」が入るはずですが、別のルールがあります。",
            ),
            path=known.file,
            line=1,
        )
    made = {known.file: _switched(known.file, starter.rules[known.file], wanted)}
    table = known.file.removesuffix(".yaml") + "_test.yaml"
    if table in starter.tables and table not in files.tables:
        made[table] = starter.tables[table]
    return made


def _switched(file: str, text: str, wanted: bool) -> str:
    return with_values(file, text, {("enabled",): wanted}, before="trigger")


def _in_service(registry: Registry, texts: Mapping[str, str], rules: Sequence[str], service: str) -> Mapping[str, str]:
    """The files of these rules and of their tables with every action in this service."""
    if not service:
        return {}
    moved: dict[str, str] = {}
    for file, text in texts.items():
        data = parse(file, text).data
        if isinstance(data, dict) and data.get("automation") in rules:
            values = dict(_moved(registry, data, (), service))
            new = with_values(file, text, values)
            if new != text:
                moved[file] = new
    return moved


def _moved(registry: Registry, data: object, path: Place, service: str) -> Iterator[tuple[Place, Scalar]]:
    """Every `action:` in it, under the service's own name."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "action" and isinstance(value, str):
                name = f"{service}.{value.partition('.')[2]}"
                if name not in registry.actions:
                    raise _no_action(registry, name, service)
                yield (*path, key), name
            else:
                yield from _moved(registry, value, (*path, key), service)
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _moved(registry, item, (*path, number), service)


def _no_action(registry: Registry, name: str, service: str) -> ConfigError:
    verb = name.partition(".")[2]
    able = sorted({known.partition(".")[0] for known in registry.actions if known.partition(".")[2] == verb})
    return ConfigError(
        Text(
            en=f"The service '{service}' has no action '{name}'.",
            ja=f"サービス「{service}」にアクション「{name}」はありません。",
        ),
        hint=nearest(service, able),
    )
