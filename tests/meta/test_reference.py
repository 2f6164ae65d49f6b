"""The pages of docs/reference say what the code says."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def test_the_reference_is_as_the_code_is(tmp_path: Path) -> None:
    # A process of its own: the texts of commands are in the language of whoever imported them first.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TSUNAGI_")}
    subprocess.run([sys.executable, "scripts/reference.py", tmp_path], cwd=ROOT, env=environment, check=True)
    written = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.iterdir()}
    kept = {page.name: page.read_text(encoding="utf-8") for page in REFERENCE.iterdir()}
    differ = sorted(name for name in written.keys() | kept if written.get(name) != kept.get(name))
    assert differ == [], "run: sh scripts/reference"
