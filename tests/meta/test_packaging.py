"""The distribution holds every package, and a plugin inside the repository has the shape of one outside."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def locked(name: str) -> set[str]:
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    return {canonicalize_name(each) for each in re.findall(r"^([A-Za-z0-9._-]+)==", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("lock", ["runtime", "sandbox", "dev"])
def test_a_lock_names_all_that_its_packages_need(lock: str, python: str) -> None:
    """Nothing is resolved at set-up: what a lock left out would be missing, whatever the index has to offer."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    names = locked(lock) | locked("durable")
    missing: list[str] = []
    todo = [(name, "") for name in sorted(names)]
    seen = set(todo)
    while todo:
        name, extra = todo.pop()
        try:
            requires = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            # Locked for other Pythons or systems only.
            continue
        for needed in map(Requirement, requires):
            if needed.marker is not None and not needed.marker.evaluate({**environment, "extra": extra}):
                continue
            wanted = canonicalize_name(needed.name)
            if wanted not in names:
                missing.append(f"{name}[{extra}] needs {needed}")
            for more in [(wanted, each) for each in needed.extras]:
                if more not in seen:
                    seen.add(more)
                    todo.append(more)
    assert missing == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    declared = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["build"]]
    names = {canonicalize_name(Requirement(each).name) for each in declared}
    assert names - locked("runtime") - locked("durable") == set()
    sandbox = {
        canonicalize_name(Requirement(each).name) for each in PYPROJECT["project"]["optional-dependencies"]["sandbox"]
    }
    assert sandbox - locked("sandbox") == set()
    assert sandbox & locked("runtime") == set()
    development = {canonicalize_name(Requirement(each).name) for each in PYPROJECT["dependency-groups"]["dev"]}
    assert development - locked("dev") == set()


def test_set_up_resolves_nothing() -> None:
    script = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    assert "--no-deps" in script
    assert "--require-hashes" in script


# What only the extra `sandbox` brings.
EXTRA = ("reportlab", "PIL", "pillow", "charset_normalizer")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with the built wheel and what production needs, no checkout beside it."""
    folder = tmp_path_factory.mktemp("environment")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True, timeout=200)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=60)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.lower().startswith(("tsunagi", "_editable", *(name.lower() for name in EXTRA))):
            (site / package.name).symlink_to(package)
    with zipfile.ZipFile(next(folder.glob("tsunagi-*.whl"))) as wheel:
        wheel.extractall(site)
    return folder


def command(environment: Path, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    python = environment / "venv" / "bin" / "python"
    return subprocess.run(
        [str(python), "-c", f"import sys; from {script} import main; main()", *arguments],
        cwd=environment,
        env={"HOME": str(environment), "PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_the_hub_runs_without_the_extra_and_the_demo_with_it(installed: Path) -> None:
    shown = command(installed, "tsunagi.cli", "--help")
    assert (shown.returncode, " sync " in shown.stdout) == (0, True), shown.stderr
    listed = command(installed, "tsunagi.cli", "plugins", "list", "--json")
    assert {each["state"] for each in json.loads(listed.stdout)} == {"active"}

    refused = command(installed, "tsunagi.cli", "demo")
    assert refused.returncode == 2
    assert "pip install 'tsunagi[sandbox]'" in refused.stderr
    refused = command(installed, "zoho_sandbox.entry", "serve")
    assert refused.returncode == 2
    assert "pip install 'tsunagi[sandbox]'" in refused.stderr

    (site,) = (installed / "venv" / "lib").glob("python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name.lower().startswith(tuple(name.lower() for name in EXTRA)):
            (site / package.name).symlink_to(package)
    shown = command(installed, "tsunagi.cli", "demo", "--json", "--seed", "7")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)
