"""What the documents show is true: links lead somewhere, rules load, scripts are there; test_docs_run runs commands."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tsunagi.plugin_loading import load_plugins
from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
DOCS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("plugins/*/README.md"),
    ROOT / "sandbox" / "README.md",
]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(path.read_text(encoding="utf-8")) if kind == language]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    local = [target for target in _LINK.findall(_BLOCK.sub("", text)) if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_the_rules_shown_load() -> None:
    registry = load_plugins().registry
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    shown = blocks(ROOT / "README.md", "yaml")
    assert shown
    book = RuleBook.load({f"{number}.yaml": text for number, text in enumerate(shown)}, vocabulary)
    assert book.problems == ()


@pytest.mark.parametrize("script", ["demo", "test", "check", "lock"])
def test_the_scripts_shown_are_there(script: str) -> None:
    assert f"sh scripts/{script}" in (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert (ROOT / "scripts" / script).is_file()


def test_every_document_is_a_page_of_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = [page for section in site["nav"] for pages in section.values() for page in pages]
    assert sorted(pages) == sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))


def test_the_pictures_of_the_readme_are_there_and_shipped() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) == 2
    included = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    for name in shown:
        picture = ROOT / name
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 200_000
        assert Path(name).parts[0] in included["targets"]["sdist"]["include"]
