"""What the documents show is true: links lead somewhere, rules load, scripts are there; test_docs_run runs commands."""

import re
from pathlib import Path

import pytest

from tsunagi.plugin_loading import load_plugins
from tsunagi.rules.book import RuleBook
from tsunagi.rules.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md"), ROOT / "sandbox" / "README.md"]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(path.read_text(encoding="utf-8")) if kind == language]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    local = [target for target in _LINK.findall(_BLOCK.sub("", text)) if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_the_rules_of_the_readme_load() -> None:
    registry = load_plugins().registry
    vocabulary = Vocabulary.of(registry.entities.values(), registry.actions.values())
    shown = blocks(ROOT / "README.md", "yaml")
    assert shown
    book = RuleBook.load({f"{number}.yaml": text for number, text in enumerate(shown)}, vocabulary)
    assert book.problems == ()


<<<<<<< HEAD
def commands_shown() -> list[str]:
    lines = [line for path in DOCS for text in blocks(path, "sh") for line in text.splitlines()]
    return sorted({line.split("#")[0].strip() for line in lines if line.startswith("tsunagi ")})


@pytest.mark.parametrize("line", commands_shown())
def test_every_command_shown_exists_with_its_options(line: str) -> None:
    command: Any = root_command()
    context = command.make_context("tsunagi", [], resilient_parsing=True)
    words = shlex.split(line)[1:]
    while hasattr(command, "get_command") and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"{line}: there is no command '{words[0]}'"
        command, words = found, words[1:]
    # A group that has something to do by itself.
    command = getattr(command, "commands", {}).get("run", command)
    known = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in words if word.startswith("--") and word.split("=")[0] not in known] == []


=======
>>>>>>> main
@pytest.mark.parametrize("script", ["demo", "test", "check", "lock"])
def test_the_scripts_shown_are_there(script: str) -> None:
    assert f"sh scripts/{script}" in (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert (ROOT / "scripts" / script).is_file()
