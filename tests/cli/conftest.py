"""The real command against a real sandbox; and the same command within the test process, where that is enough."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from ready_made import empty_sandbox

from tsunagi.cli.running import run
from tsunagi.translation import set_language
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

COMMAND = Path(sys.executable).parent / "tsunagi"
SECRETS = {"client_secret": "sandbox-secret", "refresh_token": "1000.sandbox-refresh"}


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value it must be."""
        return json.loads(self.out)


@dataclass
class CommandLine:
    """Runs the installed command in an installation of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, stdin: str = "") -> Ended:
        made = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.all_variables(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(made.returncode, made.stdout, made.stderr)

    @contextmanager
    def begin(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that runs beside the test, and not longer than the block."""
        with subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.all_variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as begun:
            try:
                yield begun
            finally:
                begun.kill()

    def all_variables(self) -> dict[str, str]:
        return {**clean_environment(), **self.environment}


def clean_environment() -> dict[str, str]:
    """The test's own environment without what would reach into an installation, in English, 80 columns wide."""
    kept = {name: value for name, value in os.environ.items() if not _reaches_in(name)}
    return {**kept, "LANG": "C.UTF-8", "COLUMNS": "80"}


def _reaches_in(name: str) -> bool:
    return name.startswith(("TSUNAGI_", "LC_", "LANG")) and name != "TSUNAGI_ALLOWED_HOSTS"


@pytest.fixture
def tsunagi(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ended]]:
    """The command line within this process: the same frame, without the time a start takes."""
    for name in list(os.environ):
        if _reaches_in(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    handlers = list(logging.getLogger().handlers)

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments)
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    yield call
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


@dataclass
class Company:
    """A sandbox with a small company in it."""

    base_url: str
    _http: httpx2.Client

    def variables(self, *services: str) -> dict[str, str]:
        """What an administrator enters, as environment variables."""
        entered = {"base_url": self.base_url, "client_id": "1000.SANDBOX", "requests_per_minute": "0", **SECRETS}
        return {f"TSUNAGI_{service}_{name}".upper(): value for service in services for name, value in entered.items()}

    def add(self, module: str, *records: Mapping[str, object]) -> Sequence[str]:
        """Create records in the CRM; returns their ids."""
        answer = self._call("POST", f"/crm/v8/{module}", {"data": list(records)})
        return [row["details"]["id"] for row in answer["data"]]

    def change(self, module: str, id: str, **fields: object) -> None:
        self._call("PUT", f"/crm/v8/{module}/{id}", {"data": [fields]})

    def add_books_organization(self, name: str, currency: str = "JPY") -> str:
        """A second organisation of the same administrator; returns its id."""
        fields = {"name": name, "currency_code": currency, "time_zone": "Asia/Tokyo", "portal_name": "second"}
        made = self._call("POST", "/books/v3/organizations", fields)
        id: str = made["organization"]["organization_id"]
        return id

    def customers(self) -> list[str]:
        """Names of the customers in Books."""
        (organization,) = self._call("GET", "/books/v3/organizations", None)["organizations"]
        listed = self._call("GET", f"/books/v3/contacts?organization_id={organization['organization_id']}", None)
        return [contact["contact_name"] for contact in listed["contacts"]]

    def fault(self, kind: str, **options: object) -> None:
        self._http.post("/_sandbox/faults", json={"kind": kind, **options}).raise_for_status()

    def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        answer = self._http.request(
            method, path, json=body, headers={"Authorization": f"Zoho-oauthtoken {self._token()}"}
        )
        answer.raise_for_status()
        return answer.json()

    def _token(self) -> str:
        form = {"grant_type": "refresh_token", "client_id": "1000.SANDBOX", **SECRETS}
        token: str = self._http.post("/oauth/v2/token", data=form).json()["access_token"]
        return token


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    settings = SandboxSettings(data=empty_sandbox(tmp_path / "sandbox.db"), seed_data="empty")
    with running(settings) as served, closing(httpx2.Client(base_url=served.base_url, trust_env=False)) as http:
        yield Company(served.base_url, http)
