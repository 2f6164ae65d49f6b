"""What docs/writing-a-plugin.md shows is what the tests run."""

import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

from tsunagi.testing import ConnectorContract

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
PLUGIN = ROOT / "tests" / "fixtures" / "acme_payroll"
SHOWN = re.findall(r"```python\n# (\S+)\n(.*?)\n```", DOC, re.DOTALL)


@pytest.mark.parametrize(("name", "code"), SHOWN, ids=[name for name, _ in SHOWN])
def test_code_is_that_of_the_file(name: str, code: str) -> None:
    assert code in (PLUGIN / name).read_text(encoding="utf-8")


def test_every_file_is_shown() -> None:
    files = {str(path.relative_to(PLUGIN)) for path in PLUGIN.rglob("*.py")}
    assert {name for name, _ in SHOWN} == files - {"conftest.py"}


def test_the_entry_point_is_the_installed_one() -> None:
    (shown,) = re.findall(r"```toml\n# pyproject.toml\n(.*?)```", DOC, re.DOTALL)
    project = tomllib.loads(shown)["project"]
    installed = ConfigParser()
    installed.read(PLUGIN / "acme_payroll-0.1.dist-info" / "entry_points.txt")
    assert project["entry-points"]["tsunagi"] == dict(installed["tsunagi"])
    metadata = (PLUGIN / "acme_payroll-0.1.dist-info" / "METADATA").read_text(encoding="utf-8")
    assert f"Name: {project['name']}\nVersion: {project['version']}\n" in metadata


def test_the_table_lists_the_contract() -> None:
    listed = re.findall(r"^\| `(test_\w+)` \| \S", DOC, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == {name for name in dir(ConnectorContract) if name.startswith("test_")}
