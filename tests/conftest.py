"""What the whole suite shares: every exchange with a sandbox is recorded and checked at the end."""

import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

import hypothesis
import pytest

from zoho_sandbox.settings import EXCHANGE_LOG_VARIABLE

# Modules shared by folders that are no packages.
sys.path.insert(0, str(Path(__file__).parent / "sandbox" / "openapi"))
sys.path.insert(0, str(Path(__file__).parent / "plugins" / "fakes"))
sys.path.insert(0, str(Path(__file__).parent / "company"))
import ready_made

_OAS_FOLDER = "TSUNAGI_OAS"
# Every sandbox of the suite is on this machine, which nobody may connect to unless the settings say so.
# Tests that begin with a clean environment keep this one variable.
SANDBOX_ALLOWED = ("TSUNAGI_ALLOWED_HOSTS", '["127.0.0.1"]')


def oas_folder() -> Path:
    """The vendor's OpenAPI files; relative paths start at the repository root."""
    root = Path(__file__).parent.parent
    return (root / os.environ.get(_OAS_FOLDER, "../shared/oas")).resolve()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# No test asserts how long something takes: a busy machine is no failure.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: half of the time a story waits, for services, queues and processes that end."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("unhurried")
    os.environ.update([SANDBOX_ALLOWED])
    ready_made.read_authorities_once()
    config.add_cleanup(ready_made.forget)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        # Started in the background: the processes of the tests would inherit that, and hear no Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Set once, by the process the user started: workers and sandboxes of their own processes inherit it.
    if not _is_worker(config) and EXCHANGE_LOG_VARIABLE not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="exchanges-")
        os.environ[EXCHANGE_LOG_VARIABLE] = folder.name
        config.add_cleanup(_forget_folder)
        config.add_cleanup(folder.cleanup)


def _forget_folder() -> None:
    os.environ.pop(EXCHANGE_LOG_VARIABLE, None)


@pytest.fixture(scope="session")
def exchange_log_dir() -> Path:
    """Where sandboxes record their exchanges; they find it by themselves."""
    return Path(os.environ[EXCHANGE_LOG_VARIABLE])


_verdict = pytest.StashKey[list[str]]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if _is_worker(config):
        return
    folder = oas_folder()
    if not folder.is_dir():
        config.stash[_verdict] = [f"not checked: {folder} is absent (set {_OAS_FOLDER} to name another folder)"]
        return
    from oas_check import check_folder
    from oas_documents import Documents

    report = check_folder(Path(os.environ[EXCHANGE_LOG_VARIABLE]), Documents(folder))
    config.stash[_verdict] = [
        f"{report.exchanges} exchanges, {report.shapes} shapes checked, {len(report.violations)} violations",
        *(f"{number} exchanges of {name} not checked: no documents" for name, number in report.unchecked.items()),
        *(f"{violation} (x{number})" for violation, number in report.violations.items()),
    ]
    if report.violations and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_verdict, [])
    if lines:
        terminalreporter.section("OpenAPI check of the sandbox's exchanges")
        for line in lines:
            terminalreporter.line(line)
