import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
STARTER = Path(__file__).with_name("starter.py")
COMMAND = (sys.executable, "-c", "from tsunagi.cli import main; main()")


def environment(**more: str) -> dict[str, str]:
    """Ours, without what it says of another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TSUNAGI_", "LC_", "LANG"))}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "160", **more}


@dataclass(frozen=True)
class Ended:
    """A command that ran to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Started:
    """A command in a process of its own, one after the other: see starter.py."""

    starter: subprocess.Popen[bytes]
    process: int
    out: Path
    err: Path

    def running(self) -> bool:
        assert self.starter.stdout is not None
        return not select.select([self.starter.stdout], [], [], 0)[0]

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def ended(self, *, within: float = 240) -> Ended:
        assert self.starter.stdout is not None
        ready, _, _ = select.select([self.starter.stdout], [], [], within)
        if not ready:
            self.kill()
        code = int(self.starter.stdout.readline())
        return Ended(code, self.out.read_text(encoding="utf-8"), self.err.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def begin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Started]]:
    """Begin `tsunagi` in an empty folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    # Unbuffered: what has not been read can be seen.
    with subprocess.Popen([sys.executable, STARTER], env=environment(), bufsize=0, **pipes) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None

        def begin(*arguments: object, env: Mapping[str, str] | None = None) -> Started:
            out, err = (tmp_path_factory.mktemp("said") / name for name in ("out", "err"))
            # It may be killed before it has made them.
            out.touch()
            err.touch()
            request = {
                "argv": [*map(str, arguments)],
                "env": environment(**(env or {})),
                "cwd": str(folder),
                "out": str(out),
                "err": str(err),
            }
            starter.stdin.write(json.dumps(request).encode() + b"\n")
            return Started(starter, int(starter.stdout.readline()), out, err)

        yield begin
        starter.stdin.close()


@pytest.fixture(scope="session")
def run(begin: Callable[..., Started]) -> Callable[..., Ended]:
    """Run `tsunagi` until it ends."""

    def run(*arguments: object, env: Mapping[str, str] | None = None, expect: int = 0) -> Ended:
        ended = begin(*arguments, env=env).ended()
        assert ended.code == expect, ended.out + ended.err
        return ended

    return run


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begin `tsunagi` as a person does, with nothing imported ahead."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **streams: Any) -> subprocess.Popen[str]:
        command = [*COMMAND, *map(str, arguments)]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, text=True, **streams
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def killed() -> Callable[[Started, Path, int], bool]:
    """Kill a demo once its sandbox has answered so many calls; False where it ended before that."""
    return kill


def kill(demo: Started, home: Path, calls: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    with httpx2.Client(trust_env=False, timeout=1) as http:
        while demo.running() and answered(home, http) < calls and time.monotonic() < deadline:
            time.sleep(0.002)
        if demo.running():
            demo.kill()
        ended = demo.ended()
        assert ended.code in {0, -signal.SIGKILL}, ended.err
        # Its sandbox ends a moment later: the next demo must not be taken for this one.
        while answered(home, http) >= 0:
            assert time.monotonic() < deadline + START_SECONDS, "the sandbox outlives its demo"
            time.sleep(0.01)
    return ended.code != 0


def answered(home: Path, http: httpx2.Client) -> int:
    """How many calls the demo's sandbox has answered since its start, seen from outside; -1 before there is one."""
    try:
        state = json.loads((home / "demo.json").read_text())
        counts = http.get(f"http://127.0.0.1:{state['sandbox_port']}/_sandbox/requests/counts").json()
    except (OSError, ValueError, httpx2.HTTPError):
        # It is not up yet, or going down.
        return -1
    return sum(sum(methods.values()) for name, methods in counts["services"].items() if name != "sandbox")


@dataclass(frozen=True)
class Service:
    """A demo's sandbox, asked after the demo has ended."""

    http: httpx2.Client

    def customers(self) -> list[dict[str, Any]]:
        return list(self.all("/books/v3/contacts", "contacts"))

    def invoices(self) -> list[dict[str, Any]]:
        return list(self.all("/books/v3/invoices", "invoices"))

    def deals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        params = {"fields": "Deal_Name,Stage,Amount,Account_Name,Closing_Date", "per_page": "200"}
        page = {"page": "1"}
        while True:
            answer = self.http.get("/crm/v8/Deals", params={**params, **page}).json(parse_float=Decimal)
            found += answer["data"]
            if not answer["info"]["more_records"]:
                return found
            page = {"page_token": answer["info"]["next_page_token"]}

    def all(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """Every record of a finance service's list; the organisation is the same in all of them."""
        organization = self.http.get("/books/v3/organizations").json()["organizations"][0]["organization_id"]
        page = 1
        while True:
            params = {"organization_id": organization, "page": page, "per_page": 200}
            answer = self.http.get(path, params=params).json(parse_float=Decimal)
            yield from answer[name]
            if not answer["page_context"]["has_more_page"]:
                return
            page += 1


@pytest.fixture
def service_of() -> Iterator[Callable[[Path], Service]]:
    """Opens the sandbox on what a demo left in its home."""
    opened: list[Any] = []

    def open_service(home: Path) -> Service:
        sandbox = running(SandboxSettings(data=home / "company" / "sandbox.sqlite3", seed_data="empty"))
        base_url = sandbox.__enter__().base_url
        http = httpx2.Client(base_url=base_url, trust_env=False)
        opened.extend((http, sandbox))
        form = {
            "grant_type": "refresh_token",
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
        }
        token = http.post("/oauth/v2/token", data=form).json()["access_token"]
        http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        return Service(http)

    yield open_service
    for each in opened:
        each.__exit__(None, None, None)


MAPPING = """
organisation:
  name: Harbour Works
  base_currency: EUR
  time_zone: Europe/Berlin
  country: DE
csv:
  date_format: "%d.%m.%Y"
pipeline:
  stages:
    - {name: Talking, probability: 20}
    - {name: Offered, probability: 60}
    - {name: Signed, probability: 100, forecast: Closed Won}
    - {name: Gone, probability: 0, forecast: Closed Lost}
closing:
  stage_before_closing: Offered
  known_at_closing: [Amount, Closing_Date]
modules:
  Accounts:
    file: customers.csv
    fields:
      Account_Name: customer
  Contacts:
    file: people.csv
    fields:
      Last_Name: person
      Email: mail
      Account_Name: {column: customer, lookup: Accounts}
  Deals:
    file: deals.csv
    without_related_lists: [Products]
    fields:
      Deal_Name: title
      Account_Name: {column: customer, lookup: Accounts, expected: true}
      Stage:
        column: state
        values: {won: Signed, lost: Gone, open: Talking}
      Amount: worth
      Closing_Date: closed
"""


@dataclass(frozen=True)
class Company:
    """CSV files of a small company, and what a demo with them must come to."""

    folder: Path
    mapping: Path
    won: int
    total: Decimal


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("company")
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    customers = [f"Customer {number}" for number in range(12)]
    _write(folder / "customers.csv", ["customer", *customers])
    _write(
        folder / "people.csv",
        ["person;mail;customer"] + [f"P{n};p{n}@c{n}.example;{c}" for n, c in enumerate(customers)],
    )
    states = ("won", "won", "lost", "open", "won")
    rows = ["title;customer;state;worth;closed"]
    total, won = Decimal(0), 0
    for number in range(60):
        state = states[number % len(states)]
        worth = "" if state == "open" else f"{100 + number}.25"
        closed = "" if state == "open" else f"{1 + number % 28:02}.{1 + number // 28:02}.2026"
        rows.append(f"Deal {number};{customers[number % 12]};{state};{worth};{closed}")
        if state == "won":
            won, total = won + 1, total + Decimal(worth)
    # A state nobody has explained: this row cannot be used, and stops no other.
    rows.append("Deal X;Customer 1;parked;5.00;01.05.2026")
    _write(folder / "deals.csv", rows)
    return Company(folder, folder / "mapping.yaml", won, total)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
