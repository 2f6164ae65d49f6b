"""The distribution holds every package, and a plugin inside the repository has the shape of one outside."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
# What several plugins share is a library, not a plugin.
LIBRARIES = {"zoho"}


def plugin_folders() -> list[Path]:
    return sorted(path for path in (ROOT / "plugins").iterdir() if list(path.glob("tsunagi_*/__init__.py")))


@pytest.mark.parametrize("folder", plugin_folders(), ids=lambda folder: folder.name)
def test_every_plugin_folder_is_packaged_and_announced(folder: Path) -> None:
    package = f"tsunagi_{folder.name}"
    assert (folder / package / "py.typed").is_file()
    assert f"plugins/{folder.name}/{package}" in PACKAGES
    if folder.name not in LIBRARIES:
        assert PYPROJECT["project"]["entry-points"]["tsunagi"][folder.name] == package
        assert (folder / "README.md").is_file()


def test_every_package_exists() -> None:
    assert [path for path in PACKAGES if not (ROOT / path / "__init__.py").is_file()] == []


def test_no_tests_lie_beside_the_packages() -> None:
    """A folder `tests` next to a package would be importable under that name."""
    stray = [path for parent in ("core", "plugins", "sandbox") for path in (ROOT / parent).rglob("tests")]
    assert stray == []


def test_types_are_checked_for_every_package() -> None:
    checked = set(PYPROJECT["tool"]["mypy"]["packages"])
    assert {Path(path).name for path in PACKAGES} == checked


def test_lock_files_carry_hashes_and_no_address() -> None:
    for lock in (ROOT / "locks").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pinned, lock
        assert "://" not in text
        assert text.count("--hash=sha256:") >= len(pinned)
