"""The hub's API over real HTTP on a filled store."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tsunagi.app.hub import Hub
from tsunagi.serving import running

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import filled_hub

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("hub"), rules_dir=RULES) as hub:
        yield hub


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with running(hub) as served:
        yield served.base_url


@pytest.fixture(scope="module")
def api(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=20) as client:
        yield client
