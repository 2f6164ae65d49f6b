import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    opened = open_sandbox(SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def empty_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[Sandbox]]:
    """Opens an empty sandbox in a new file, as often as it is called."""

    @contextmanager
    def opened() -> Iterator[Sandbox]:
        data = tmp_path_factory.mktemp("load") / "sandbox.db"
        sandbox = open_sandbox(SandboxSettings(data=data, seed_data="empty"))
        try:
            yield sandbox
        finally:
            sandbox.close()

    return opened


@pytest.fixture(scope="session")
def crm_sales() -> Path:
    """The real data set; it lies beside the repository and is no part of it."""
    folder = Path(os.environ.get("TSUNAGI_DATA", ROOT.parent / "shared" / "data" / "crm-sales"))
    if (folder / "crm-sales").is_dir():
        folder /= "crm-sales"
    if not (folder / "sales_pipeline.csv").is_file():
        pytest.skip(f"no data set in {folder}; TSUNAGI_DATA names the folder with sales_pipeline.csv")
    return folder


@pytest.fixture(scope="session")
def crm_sales_mapping() -> Path:
    return ROOT / "examples" / "crm-sales.yaml"
