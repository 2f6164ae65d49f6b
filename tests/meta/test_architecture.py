"""The map is true: the flows of docs/architecture.md exist and call each other, and old words do not come back."""

import ast
import importlib
import inspect
import re
import textwrap
from itertools import groupby
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FLOWS = {
    title: re.findall(r"^\d+\. `(tsunagi[\w.]*):([\w.]+)`( \(woken)?", body, flags=re.MULTILINE)
    for title, body in re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
}
# What the field calls differently. `settle` of jobs, the CRM's own words and English sentences are left alone.
OLD_WORDS = (
    "asker", "Vitals", "DoesNotFit", "HubDesk", "Pump", "Duties", "take_in_hand", "in_hand", "crm_service(hub",
    "looking_around", "look_around", "Patience", "FinanceOffice", "BillingOffice", "set_apart", "Pairing",
    "ServiceDouble", "current_hub", "HINDERED", "_freed", "hindered", "read_handful", "_HANDFUL", "tell_open",
    "store_news", "run_news", "report_news",
)  # fmt: skip


# Of functions, classes, parameters and fields: say reported, deleted, batch, initial, context, orphaned.
OLD_NAMES = frozenset(
    {
        "told",
        "said",
        "gone",
        "handful",
        "desk",
        "silent",
        "also",
        "take_in",
        "in_hand",
        "shelf",
        "teller",
        "ruleshelf",
        "tell",
        "wish",
        "news",
        "runnews",
        "apart",
    }
)


def source_of(module: str, name: str) -> str:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    # Workflows and steps are wrapped; what is written is what counts.
    plain = inspect.unwrap(found)
    assert isinstance(plain, FunctionType), f"{module}:{name} is no function"
    return textwrap.dedent(inspect.getsource(plain))


def names_in(source: str) -> set[str]:
    tree = ast.parse(source)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return named | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def reachable(module: str, name: str) -> set[str]:
    """Names its code uses, those of its private helpers in the same module and class included."""
    seen: set[str] = set()
    todo = [name]
    owner = name.rpartition(".")[0]
    while todo:
        current = todo.pop()
        try:
            used = names_in(source_of(module, current)) - seen
        except (AttributeError, AssertionError, OSError, TypeError):
            continue
        seen |= used
        todo += [part for part in used if part.startswith("_")]
        todo += [f"{owner}.{part}" for part in used if owner and part.startswith("_")]
    return seen


@pytest.mark.parametrize("title", FLOWS)
def test_each_function_of_a_flow_is_called_by_one_before_it(title: str) -> None:
    steps = FLOWS[title]
    assert len(steps) > 3
    called: set[str] = set()
    for number, (module, name, woken) in enumerate(steps):
        source_of(module, name)
        if number and not woken:
            assert name.rpartition(".")[2] in called, f"{module}:{name} is called by none of those before it"
        called |= reachable(module, name)


def test_a_won_deals_way_is_short_and_does_not_wander() -> None:
    modules = [module for module, _, _ in FLOWS["A deal is won, and its invoice is made"]]
    visited = [module for module, _ in groupby(modules)]
    assert len(visited) <= 12
    assert len(visited) == len(set(visited)), "it returns to a module it has left"


def test_old_words_do_not_come_back() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for word in OLD_WORDS
        if re.search(rf"(?<![\w]){re.escape(word)}(?!\w)", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def names_declared(tree: ast.AST) -> set[str]:
    """Functions, classes, their parameters and fields; what a function calls its own values is its own affair."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.arg):
            found.add(node.arg)
        if isinstance(node, ast.ClassDef):
            found |= {
                each.target.id
                for each in node.body
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
            }
    return found


def test_what_is_declared_has_the_fields_words() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("core", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for name in names_declared(ast.parse(path.read_text(encoding="utf-8")))
        if name.strip("_").lower() in OLD_NAMES
    ]
    assert found == []
