"""The table of behaviours names stories that exist, and every file of stories is in it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORIES, BROWSER = ROOT / "tests" / "stories", ROOT / "tests" / "browser"
TABLE = (ROOT / "docs" / "behaviours.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TABLE)


def _tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_story_that_is_named_exists() -> None:
    known = {path.name: _tests(path) for folder in (STORIES, BROWSER) for path in folder.rglob("test_*.py")}
    assert NAMED
    assert [f"{file}::{name}" for file, name in NAMED if name not in known.get(file, set())] == []


def test_every_file_of_stories_is_named() -> None:
    assert {path.name for path in STORIES.rglob("test_*.py")} - {file for file, _ in NAMED} == set()


def test_every_behaviour_says_its_calls_and_its_story() -> None:
    rows = [
        line for line in TABLE.splitlines() if line.startswith("| ") and not line.startswith(("| behaviour", "| ---"))
    ]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row for row in cells if len(row) != 3 or not all(row) or "::" not in row[2]] == []
