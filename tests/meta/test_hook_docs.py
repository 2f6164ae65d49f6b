"""The hooks are documented, each with its exact signature, and stay few."""

import inspect
from pathlib import Path

import pytest

from tsunagi import hookspecs

DOC = (Path(__file__).parents[2] / "docs" / "plugin-hooks.md").read_text(encoding="utf-8")
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "tsunagi_spec")}


@pytest.mark.parametrize("name", HOOKS)
def test_the_hook_is_documented_with_its_signature(name: str) -> None:
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)
    assert f"## {name}({arguments})" in DOC


@pytest.mark.parametrize("name", HOOKS)
def test_the_hook_says_when_it_is_called_and_what_it_may_raise(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    assert all(f"{section}:" in text for section in ("Called", "Returns", "Raises"))


def test_the_contract_stays_small() -> None:
    assert len(HOOKS) <= 10
