"""Help, completion and the words for a command line that cannot be meant."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tsunagi.cli.invocation import Invocation

Inside = Callable[..., Any]

COMMANDS = ("init", "connect", "connections", "sync", "serve", "runs", "accounts", "rules", "plugins", "db", "settings")


def test_help_names_every_command_and_exit_code(tsunagi: Any) -> None:
    ended = tsunagi("--help")
    assert ended.code == 0
    assert all(name in ended.out for name in COMMANDS)
    assert "130" in ended.out


@pytest.mark.parametrize("by_option", [True, False])
def test_help_is_in_the_language_of_the_terminal_or_the_one_asked_for(tsunagi: Any, by_option: bool) -> None:
    tsunagi.environment["LANG"] = "en_US.UTF-8" if by_option else "ja_JP.UTF-8"
    ended = tsunagi(*(["--language", "ja"] if by_option else []), "sync", "--help")
    assert "両側のデータを同期します" in ended.out
    assert "オプション" in ended.out
    # Nothing is cut off, though Japanese has no blanks to break at.
    assert "…" not in ended.out


def test_every_help_page_fits_the_terminal_in_both_languages(tsunagi: Any) -> None:
    script = "from tsunagi.cli.running import run; assert not any(run([*page, '--help']) for page in {pages})"
    pages = [["runs", "show"], ["accounts", "list"], ["rules", "explain"], ["connect"], ["serve"]]
    for language in ("en_US.UTF-8", "ja_JP.UTF-8"):
        made = subprocess.run(
            [sys.executable, "-c", script.format(pages=pages)],
            env={**tsunagi.all_variables(), "LANG": language},
            capture_output=True,
            text=True,
            check=True,
        )
        assert max(cell_len(line) for line in made.stdout.splitlines()) <= 80


def test_the_version_is_that_of_the_distribution(inside: Inside) -> None:
    assert inside("--version").out == f"tsunagi {version('tsunagi')}\n"


def modules_imported_by(*arguments: str, home: Path) -> set[str]:
    script = "import sys; from tsunagi.cli.running import run; run(sys.argv[1:]); print(*sys.modules)"
    made = subprocess.run(
        [sys.executable, "-c", script, "--home", str(home), *arguments], capture_output=True, text=True, check=True
    )
    return set(made.stdout.splitlines()[-1].split())


def test_help_imports_little(tmp_path: Path) -> None:
    """Counted rather than timed: what makes a start slow is what it imports."""
    imported = modules_imported_by("--help", home=tmp_path)
    assert {"pydantic", "rich", "sqlalchemy", "structlog", "httpx2", "babel"} & imported == set()
    assert "tsunagi.domain.connector" not in imported
    assert len(imported) < 250


def test_looking_at_what_is_stored_imports_nothing_that_serves_or_works(inside: Inside, tmp_path: Path) -> None:
    inside("--home", str(tmp_path), "db", "upgrade")
    imported = modules_imported_by("accounts", "list", home=tmp_path)
    assert {"fastapi", "uvicorn", "dbos", "alembic", "psycopg"} & imported == set()
    # Nor what only some commands need: rules, and counting for a watch.
    assert {"jsonschema", "prometheus_client", "tsunagi.rules.book"} & imported == set()
    assert len(imported) < 1000


@pytest.mark.parametrize(
    ("words", "typed", "listed"),
    [("tsunagi ", "1", "connections"), ("tsunagi acc", "1", "accounts"), ("tsunagi rules ", "2", "explain")],
)
def test_the_shell_completes_commands(tsunagi: Any, words: str, typed: str, listed: str) -> None:
    tsunagi.environment |= {"_TSUNAGI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": typed}
    ended = tsunagi()
    assert listed in ended.out.split()
    assert ended.err == ""


def test_the_completion_script_is_shown(tsunagi: Any) -> None:
    tsunagi.environment["_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"] = "1"
    assert "_TSUNAGI_COMPLETE" in tsunagi("--show-completion", "bash").out


def test_a_mistyped_command_or_option_is_explained(inside: Inside) -> None:
    english = inside("conect")
    assert (english.code, english.out) == (2, "")
    assert "Did you mean 'connect'?" in english.err
    japanese = inside("--language", "ja", "rules", "chekc")
    assert "コマンド「chekc」はありません。 「check」ではありませんか。" in japanese.err
    assert "--nope" in inside("--language", "ja", "sync", "--nope").err
    assert "引数 SERVICE を指定してください" in inside("--language", "ja", "connect").err
    assert inside("runs", "list", "--limit", "many", "--json").json["error"]["exit_code"] == 2


def test_without_arguments_the_help_page_is_shown(inside: Inside) -> None:
    ended = inside()
    assert ended.code == 2
    assert "connect" in ended.out


def test_the_settings_file_of_init_costs_help_nothing(tmp_path: Path) -> None:
    """It names every setting in a comment; only a line that is in force makes the help page ask for settings."""
    file = tmp_path / "tsunagi.toml"
    file.write_text("# plugins that are not loaded\n#disabled_plugins = []\n", encoding="utf-8")
    assert not Invocation(home=tmp_path).mentions("disabled_plugins")
    file.write_text('disabled_plugins = ["demo"]\n', encoding="utf-8")
    assert Invocation(home=tmp_path).mentions("disabled_plugins")
