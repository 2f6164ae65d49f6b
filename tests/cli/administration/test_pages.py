"""Help and completion of the administrator's commands."""

import subprocess
import sys
from typing import Any

import pytest
from rich.cells import cell_len

PAGES = (
    ["connect"],
    ["features", "set"],
    ["services", "disable"],
    ["currencies", "rates"],
    ["keys", "issue"],
    ["tokens", "create"],
    ["documents", "email"],
    ["documents", "pdf"],
    ["people"],
)
GROUPS = ("features", "services", "currencies", "keys", "tokens", "documents", "people")


def test_the_help_page_names_every_group_and_whom_one_acts_for(inside: Any) -> None:
    shown = inside("--help").out
    assert all(f" {group} " in shown for group in GROUPS)
    assert "--as" in shown


@pytest.mark.parametrize(("language", "said"), [("en_US.UTF-8", "administrators"), ("ja_JP.UTF-8", "管理者")])
def test_every_help_page_fits_the_terminal(tsunagi: Any, language: str, said: str) -> None:
    script = f"from tsunagi.cli.running import run; assert not any(run([*page, '--help']) for page in {PAGES})"
    made = subprocess.run(
        [sys.executable, "-c", script],
        env={**tsunagi.all_variables(), "LANG": language},
        capture_output=True,
        text=True,
        check=True,
    )
    assert max(cell_len(line) for line in made.stdout.splitlines()) <= 80
    assert said in made.stdout
    assert "…" not in made.stdout


@pytest.mark.parametrize(
    ("words", "typed", "listed"),
    [
        ("tsunagi services ", "2", "disable"),
        ("tsunagi services disable ", "3", "books"),
        ("tsunagi connect books ", "3", "invoice"),
        ("tsunagi features set books inv", "4", "invoices"),
        ("tsunagi features set books invoices ", "5", "off"),
        ("tsunagi connect --show", "2", "--show-request"),
    ],
)
def test_the_shell_completes_them(tsunagi: Any, words: str, typed: str, listed: str) -> None:
    tsunagi.environment |= {"_TSUNAGI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": typed}
    ended = tsunagi()
    assert listed in ended.out.split()
    assert ended.err == ""
    assert not (tsunagi.folder / ".tsunagi").exists()
