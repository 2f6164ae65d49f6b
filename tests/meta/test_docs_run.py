"""Every command the documents show is run, in the order shown, in an installation of its own beside one sandbox."""

import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from tsunagi.app.settings import load_settings
from tsunagi.cli.application import root_command
from tsunagi.cli.running import run
from tsunagi.translation import set_language
from zoho_sandbox.cli import main as sandbox_command
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[2]
DOCS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "sandbox/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/how-to/*.md")),
    *sorted(ROOT.glob("plugins/*/README.md")),
]
SERVICES = ("crm", "books", "invoice", "expense", "subscriptions")
ENTERED = {
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
    "refresh_token": "1000.sandbox-refresh",
    "requests_per_minute": "0",
}

# What is not run, by how it begins, and why.
NOT_RUN = {
    "sh scripts/": "takes a minute or is this suite; tests/demo runs what the demo scripts run",
    ".ci/run": "is this suite, and more",
    "export PATH=": "the commands are called here without a PATH; that they are in .venv/bin is asserted below",
    "tsunagi serve": "does not end; tests/cli/test_processes.py starts and stops it",
    "tsunagi demo": "takes long; tests/demo runs it",
    "tsunagi --home .tsunagi/demo ": "needs the demo's sandbox, as it was left; tests/demo runs it",
    "tsunagi connect books --issuer": "needs a key that was shown once; tests/stories/test_connecting_with_a_key.py",
    "tsunagi connect payroll": "needs the plugin of that page; tests/plugins/test_fifth_service.py",
    "tsunagi connect": "a name in prose; the full commands are run",
    "tsunagi rules explain": "a name in prose; tests/cli/test_walk.py runs it",
    "tsunagi status --settle": "needs a letter that was lost; tests/app/documents/test_mailing.py",
    **dict.fromkeys(
        (f"tsunagi sync review {word}" for word in ("link", "create", "skip", "take", "decide")),
        "needs a question of a plan; tests/stories/test_two_way_sync.py",
    ),
    "tsunagi apply": "a name in prose, or writes to the services; tests/stories/test_saved_plans.py",
    "tsunagi plan": "a name in prose; its commands are run",
    "tsunagi plan rules": "needs a changed file; tests/stories/test_saved_plans.py",
    "tsunagi plan services": "needs services the reader did not connect; tests/stories/test_saved_plans.py",
    "tsunagi widget": "needs the ID of a record; tests/http/test_page_addresses.py",
    "tsunagi records show": "needs the ID of a record; tests/cli/test_looking.py",
    **dict.fromkeys(
        (f"tsunagi sync {word}" for word in ("pause", "resume", "cancel")),
        "needs a run in progress; tests/stories/test_stopping_a_run.py",
    ),
    "tsunagi sync try": "needs the ID of a record; tests/stories/test_two_way_sync.py",
    "tsunagi <name>": "a plugin's own; tests/cli/test_plugins.py",
    "zoho-sandbox": "the sandbox of these tests stands for it; its options are checked below, tests/sandbox run it",
}
# The whole of it, for those of which only the bare name is not run.
_BARE = {"tsunagi connect", "tsunagi plan", "tsunagi rules explain"}
# What a document calls by a name of its own, and where the reader finds theirs.
ASKED = {
    "ID": ("tokens list", r'"id": "?(\w+)'),
    "PLAN": ("plan list", r'"plan": "(plan-\w+)"'),
    "RUN": ("runs list", r'"run": "(sync-\w+)",\s+"kind": "(?:first|incremental)"'),
    "123": ("accounts list", r'"id": "(\d+)"'),
    "4f1c2a": ("rules history", r'"version": "(\w{6})'),
}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^    ((?:tsunagi|zoho-sandbox) .*)$", re.MULTILINE)
_INLINE = re.compile(r"`((?:tsunagi|zoho-sandbox|sh scripts/|\.ci/)\s?[^`]*)`")
_COMMANDS = ("tsunagi ", "zoho-sandbox ", "sh scripts/", ".ci/")


def shown(text: str) -> Iterator[str]:
    """The commands of a document in order: each line of its blocks, and those named within sentences."""
    found: list[tuple[int, str]] = []
    for block in _BLOCK.finditer(text):
        if block[1] == "sh" or (block[1] == "" and block[2].startswith(_COMMANDS)):
            found += [(block.start(), line) for line in _lines(block[2])]
    prose = _BLOCK.sub(lambda block: " " * len(block[0]), text)
    found += [(line.start(), without_comment(line[1])) for line in _INDENTED.finditer(prose)]
    named = ((each.start(), " ".join(each[1].split())) for each in _INLINE.finditer(prose))
    found += [(place, line) for place, line in named if line.startswith(_COMMANDS)]
    yield from (line for _, line in sorted(found, key=lambda each: each[0]))


def _lines(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", " ").splitlines():
        if command := without_comment(line):
            yield command


def without_comment(line: str) -> str:
    return re.sub(r"(^|\s)#\s.*$", "", line).strip()


def why_not_run(line: str) -> str:
    for start, reason in NOT_RUN.items():
        if line == start if start in _BARE else line.startswith(start):
            return reason
    return ""


@dataclass
class Reader:
    """Does what a document says, in a folder of their own; the sandbox stands where the vendor's servers would."""

    folder: Path
    base_url: str
    ids: Mapping[str, str]
    call: Callable[[list[str]], tuple[int, str]]
    variables: list[str] = field(default_factory=list)

    def does(self, line: str) -> None:
        line = self._here(line)
        code, said = self.call(shlex.split(line)[1:]) if line.startswith("tsunagi ") else self._shell(line)
        assert code == 0, f"{line}\nexit code {code}\n{said}"

    def _here(self, line: str) -> str:
        # The sandbox is the data centre, at an address of its own.
        line = line.replace("--set data_centre=JP ", "").replace("1000.ABC", ENTERED["client_id"])
        line = re.sub(r"http://127\.0\.0\.1:\d+", self.base_url, line)
        for known, (asked, pattern) in ASKED.items():
            if known in line.split():
                line = line.replace(known, self._answer(asked, pattern))
        for known, here in self.ids.items():
            line = line.replace(known, here)
        return line

    def _answer(self, asked: str, pattern: str) -> str:
        code, said = self.call([*asked.split(), "--json"])
        assert code == 0, said
        return re.findall(pattern, said)[0]

    def _shell(self, line: str) -> tuple[int, str]:
        script = "\n".join(["set -e", *self.variables, line])
        made = subprocess.run(
            ["sh", "-c", script], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        if re.match(r"[A-Z]+=", line):
            # What it is set to, and not how: the calls are made once.
            name = line.partition("=")[0]
            value = subprocess.run(
                ["sh", "-c", f'{script}\nprintf %s "${name}"'],
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            self.variables.append(f"{name}={shlex.quote(value)}")
        if line.startswith("curl ") and '"code": "' in made.stdout and '"SUCCESS"' not in made.stdout:
            return 1, made.stdout
        return made.returncode, made.stdout + made.stderr


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with running(SandboxSettings(data=data, seed_data="empty")) as served:
        # The company uses every service from the start, in whatever order the documents are read.
        control = f"{served.base_url}/_sandbox/organizations"
        (organization, *_) = httpx2.get(control, trust_env=False).json()["organizations"]
        services = {"services": ["books", "invoice", "expense", "billing"]}
        used = f"{control}/{organization['organization_id']}/services"
        httpx2.put(used, json=services, trust_env=False).raise_for_status()
        yield served.base_url


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Any]]:
    """The command line within this process."""
    handlers = list(logging.getLogger().handlers)
    # Who reads along types what they are asked for.
    monkeypatch.setattr("tsunagi.cli.printing.typed", lambda word, **_: word)

    def call(arguments: list[str]) -> tuple[int, str]:
        capsys.readouterr()
        code = run(arguments)
        written = capsys.readouterr()
        return code, written.out + written.err

    yield call
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


@pytest.fixture(scope="module")
def lived_in(sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An installation that was connected and synced, in which a deal was won: what all but the first pages assume."""
    folder = tmp_path_factory.mktemp("lived-in")
    environment = {**os.environ, **entered(sandbox)}

    def does(*arguments: str) -> None:
        made = subprocess.run(
            [sys.executable, "-c", "from tsunagi.cli import main; main()", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, f"{arguments}\n{made.stdout}{made.stderr}"

    with closing(httpx2.Client(base_url=sandbox, trust_env=False)) as http:
        # The sandbox's own page shows how a share of all calls is made to fail.
        http.delete("/_sandbox/faults").raise_for_status()
        grant = {"grant_type": "refresh_token", **{key: ENTERED[key] for key in ("client_id", "client_secret")}}
        token = http.post("/oauth/v2/token", data={**grant, "refresh_token": ENTERED["refresh_token"]}).json()
        http.headers["Authorization"] = f"Zoho-oauthtoken {token['access_token']}"

        def crm(method: str, path: str, **fields: object) -> str:
            (row,) = http.request(method, f"/crm/v8/{path}", json={"data": [fields]}).raise_for_status().json()["data"]
            return str(row["details"]["id"])

        account = crm("POST", "Accounts", Account_Name="Aoba Trading")
        deal = crm(
            "POST", "Deals", Deal_Name="保守", Stage="Qualification", Amount=120000, Account_Name={"id": account}
        )
        does("init")
        does("connect", "crm", "books", "expense")
        does("sync", "--start")
        crm("PUT", f"Deals/{deal}", Stage="Closed Won")
        does("sync")
    return folder, {"1000000456": deal}


def entered(base_url: str) -> dict[str, str]:
    given = {**ENTERED, "base_url": base_url}
    return {f"TSUNAGI_{service}_{name}".upper(): value for service in SERVICES for name, value in given.items()}


# Read by whoever has nothing yet.
FROM_NOTHING = {"README.md", "docs/connecting.md", "sandbox/README.md"}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_shows_can_be_done(
    path: Path,
    sandbox: str,
    request: pytest.FixtureRequest,
    inside: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [line for line in shown(path.read_text(encoding="utf-8")) if not why_not_run(line)]
    if not lines:
        return
    for name, value in entered(sandbox).items():
        monkeypatch.setenv(name, value)
    ids: dict[str, str] = {}
    if str(path.relative_to(ROOT)) not in FROM_NOTHING:
        folder, ids = request.getfixturevalue("lived_in")
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path, sandbox, ids, inside)
    if prepare := PREPARED.get(str(path.relative_to(ROOT))):
        prepare(reader, monkeypatch)
    for line in lines:
        reader.does(line)


def issue_a_key(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody lent their organisation."""
    with monkeypatch.context() as hers:
        hers.setenv("TSUNAGI_BOOKS_REFRESH_TOKEN", "1000.sandbox-other")
        code, said = reader.call(["keys", "issue", "books"])
    assert code == 0, said


def change_a_rule(reader: Reader, _: pytest.MonkeyPatch) -> None:
    (reader.folder / "changed").mkdir()
    shutil.copy(reader.folder / "rules" / "automations" / "deal_won_invoice.yaml", reader.folder / "changed")


# What a page takes for done.
PREPARED = {"docs/operations.md": issue_a_key, "docs/rules.md": change_a_rule, "docs/rules.ja.md": change_a_rule}


def test_what_is_not_run_is_still_shown() -> None:
    every = [line for path in DOCS for line in shown(path.read_text(encoding="utf-8"))]
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in every)] == []


def test_the_commands_are_where_the_documents_say() -> None:
    assert {"tsunagi", "zoho-sandbox"} <= {file.name for file in Path(sys.executable).parent.iterdir()}


def sandbox_lines() -> list[str]:
    lines = {line for path in DOCS for line in shown(path.read_text(encoding="utf-8"))}
    return sorted(line for line in lines if line.startswith("zoho-sandbox "))


@pytest.mark.parametrize("line", sandbox_lines())
def test_the_options_of_the_sandbox_exist(line: str) -> None:
    import typer

    _, name, *words = shlex.split(line)
    command: Any = typer.main.get_command(sandbox_command)
    chosen = command.get_command(command.make_context("zoho-sandbox", [], resilient_parsing=True), name)
    known = {option for parameter in chosen.params for option in parameter.opts}
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_the_options_of_commands_that_are_not_run_exist() -> None:
    lines = {line for path in DOCS for line in shown(path.read_text(encoding="utf-8"))}
    for line in sorted(line for line in lines if line.startswith("tsunagi ") and why_not_run(line)):
        command: Any = root_command()
        context = command.make_context("tsunagi", [], resilient_parsing=True)
        words = shlex.split(line)[1:]
        while hasattr(command, "get_command") and words and words[0].isalpha():
            found = command.get_command(context, words[0])
            assert found is not None, f"{line}: there is no command '{words[0]}'"
            command, words = found, words[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        assert [word for word in words if word.startswith("--") and word.split("=")[0] not in known] == [], line


def test_settings_files_shown_are_read(tmp_path: Path) -> None:
    (tmp_path / "tsunagi.toml").write_text(
        "".join(
            block[2]
            for block in _BLOCK.finditer((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
            if block[1] == "toml"
        ),
        encoding="utf-8",
    )
    assert load_settings(home=tmp_path).allowed_hosts
