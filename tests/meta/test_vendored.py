"""Files of other projects that pages load: each named with its licence and unchanged."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "core" / "tsunagi" / "http" / "web" / "static" / "vendor"


def test_every_vendored_file_is_listed_with_its_licence_and_checksum() -> None:
    text = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    for path in VENDOR.iterdir():
        if path.name == "LICENSES.txt":
            continue
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"{checksum}  {path.name}" in text
        assert text.count(path.name) >= 2, f"{path.name} has no licence entry"
