"""Hubs to be served."""

import io
import sys
from pathlib import Path

import pytest

from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Errors are provoked here; nobody wants to read them."""
    configure("ERROR", form="json", stream=io.StringIO())
