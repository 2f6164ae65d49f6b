"""Pages in a real browser, run as an invocation of their own: `pytest tests/browser`.

Playwright keeps an event loop that other tests must not meet, so among other tests these are skipped.
"""

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.logging import configure

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import filled_hub
from signing_in import kept_by_browser

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# No sandbox: tests run as root in containers; nothing but our own pages is opened.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    if len(ours) < len(items):
        _skip(ours, "browser tests run by themselves: pytest tests/browser")
    elif not Path(CHROMIUM).exists():
        _skip(ours, f"there is no browser at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")


def _skip(items: list[pytest.Item], reason: str) -> None:
    for item in items:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": CHROMIUM, "args": _FLAGS}


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Shared by tests that run in any order: those that add to what a hub keeps have one of their own."""
    configure("ERROR", form="json", stream=io.StringIO())
    with filled_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="session")
def base_url(hub: Hub) -> Iterator[str]:
    # It does no work: one hub a process can, and some tests have one that does.
    with running(hub, work=False) as served:
        yield served.base_url


@pytest.fixture(scope="session")
def signed_in(hub: Hub, base_url: str) -> Any:
    return kept_by_browser(hub, base_url)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], signed_in: Any) -> dict[str, Any]:
    return {**browser_context_args, "storage_state": signed_in}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that must have nothing to complain of: a broken policy or script shows in its console."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    assert complaints == []


@pytest.fixture
def narrow(browser: Browser, base_url: str, signed_in: Any) -> Iterator[Page]:
    """A phone."""
    phone = {"width": 390, "height": 844}
    context = browser.new_context(base_url=base_url, viewport=phone, locale="ja-JP", storage_state=signed_in)
    yield context.new_page()
    context.close()


@pytest.fixture
def without_scripts(browser: Browser, base_url: str, signed_in: Any) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(base_url=base_url, java_script_enabled=False, storage_state=signed_in)
    yield context.new_page()
    context.close()
