"""The public surface: explicit, typed, documented, and nothing else."""

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tsunagi
import tsunagi.plugin_api

ROOT = Path(__file__).parents[2]


def test_all_names_exactly_what_is_public() -> None:
    public = {
        name
        for name, value in vars(tsunagi.plugin_api).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    # Their order is ruff's (RUF022): constants, classes, functions.
    assert len(tsunagi.__all__) == len(set(tsunagi.__all__))
    assert set(tsunagi.__all__) == public
    assert all(getattr(tsunagi, name) is getattr(tsunagi.plugin_api, name) for name in public)


def test_core_names_no_service() -> None:
    """Services come by plugin only: no file of core knows one by name."""
    names = ("zoho", "books")
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "core" / "tsunagi").rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8").lower()
    ]
    assert found == []


def test_every_module_says_what_it_is_about() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for parent in ("core", "plugins", "sandbox")
        for path in (ROOT / parent).rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None
    ]
    assert silent == []


def test_files_hold_one_concept() -> None:
    """Over 400 lines there is more than one inside; a migration that makes all tables is a list of them."""
    long = [
        str(path.relative_to(ROOT))
        for parent in ("core", "plugins", "sandbox")
        for path in (ROOT / parent).rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 400 and "migrations" not in path.parts
    ]
    assert long == []


def test_a_name_of_before_works_and_says_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match="tsunagi.ActionContext"):
        assert tsunagi.Desk is tsunagi.ActionContext


@pytest.mark.parametrize(("name", "now"), [("OVERWRITE", "SOURCE_WINS"), ("CLONE", "ASK")])
def test_a_policy_of_before_is_accepted_by_name_and_by_value(name: str, now: str) -> None:
    renamed: Any = tsunagi.ConflictPolicy
    for ask in (lambda: getattr(renamed, name), lambda: renamed[name], lambda: renamed(name.lower())):
        with pytest.warns(DeprecationWarning, match=f"ConflictPolicy.{now}"):
            assert ask() is renamed[now]
    assert name not in renamed.__members__
    with pytest.raises(AttributeError):
        _ = renamed.NEVER
    with pytest.raises(ValueError, match="never"):
        renamed("never")


def test_a_record_is_still_made_and_read_by_the_word_of_before() -> None:
    make: Any = tsunagi.Record
    with pytest.warns(DeprecationWarning, match="Record\\(complete"):
        record = make(tsunagi.RecordRef("crm", "deal", "1"), {}, "v1", whole=False)
    assert not record.complete
    with pytest.warns(DeprecationWarning, match="Record.complete"):
        assert record.whole is False
    assert make(tsunagi.RecordRef("crm", "deal", "1"), {}, "v1").complete
