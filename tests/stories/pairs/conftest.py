"""A hub whose settings of sync pairs a story changes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RULES = Path(__file__).parents[3] / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def settings(rules: Path) -> Callable[..., None]:
    """Changes values in the file of a pair, such as "books_customers"; `a__b` is the key b of a."""
    from tsunagi.yaml_editing import with_yaml

    def change(pair: str, **values: str) -> None:
        path = rules / "sync" / f"{pair}.yaml"
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = with_yaml(text, tuple(name.split("__")), value)
        path.write_text(text, encoding="utf-8")

    return change


@pytest.fixture
def office(open_office: Any, rules: Path) -> Any:
    return open_office(listening=False, rules_dir=rules)
