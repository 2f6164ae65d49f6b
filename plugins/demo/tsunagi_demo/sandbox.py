"""The sandbox as a child process: it is spoken to over HTTP, as the real services are."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import simplejson

from tsunagi import ConfigError, Text
from tsunagi_demo.home import DemoOptions, Home

# Documented with the sandbox, and good for nothing else.
CREDENTIALS = {
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
    "refresh_token": "1000.sandbox-refresh",
}
_SANDBOX = (sys.executable, "-m", "zoho_sandbox.cli")
# The sandbox of a demo that was killed needs a moment to see it, and to give its port back.
_PORT_SECONDS = 8.0
_SOON = 0.02
_READY = "zoho-sandbox ready on "


@dataclass(frozen=True, slots=True)
class Loaded:
    """The sandbox's own report on the files it was given."""

    report: Mapping[str, Any]
    plan: Path
    not_used: Path


def load_company(home: Home, options: DemoOptions) -> None:
    """Fill the home's company with a folder of CSV files; raises ConfigError with the sandbox's message."""
    if home.database.exists():
        return
    # A load that outlives a demo that was killed must not meet the next one's: each has a folder of its own.
    folder = home.new_company(uuid4().hex[:8])
    arguments = [
        "load",
        str(options.data),
        *("--data", str(folder / home.database.name)),
        *("--report", str(folder / "not-used.csv")),
        *("--replay-plan", str(folder / "replay-plan.csv")),
        *options.answers(),
        "--json",
    ]
    if options.mapping is not None:
        arguments += ["--mapping", str(options.mapping)]
    done = subprocess.run(  # noqa: S603 - our own interpreter, and arguments that no shell reads
        [*_SANDBOX, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, start_new_session=True
    )
    if done.returncode != 0:
        raise _refused("load", done.stderr.decode(errors="replace"))
    (folder / "load.json").write_bytes(done.stdout)
    _move_in(folder, home)


def _move_in(folder: Path, home: Home) -> None:
    """Into the home's company, beside what may be there of somebody else; the database comes last."""
    home.company.mkdir(exist_ok=True)
    for file in sorted(folder.iterdir(), key=lambda file: file.name == home.database.name):
        os.replace(file, home.company / file.name)
    folder.rmdir()


def loaded(home: Home) -> Loaded:
    report = simplejson.loads((home.company / "load.json").read_bytes(), use_decimal=True)
    return Loaded(report, home.company / "replay-plan.csv", home.company / "not-used.csv")


@contextmanager
def serving(home: Home) -> Iterator[str]:
    """The sandbox on the home's data while the block runs; gives its base URL.

    The port of an earlier time is taken again where it is free, so that what was connected stays connected.
    """
    home.company.mkdir(exist_ok=True)
    with home.log.open("ab") as log:
        process, url = _started(home, log)
        try:
            home.save(sandbox_port=int(url.rpartition(":")[2]))
            yield url
        finally:
            _stop(process)


def _started(home: Home, log: IO[bytes]) -> tuple[subprocess.Popen[str], str]:
    deadline = time.monotonic() + _PORT_SECONDS
    port = home.state.sandbox_port
    while True:
        _wait_until_free(port, deadline)
        process = _start(home, port, log)
        assert process.stdout is not None
        line = process.stdout.readline()
        if line.startswith(_READY):
            return process, line.removeprefix(_READY).strip()
        _stop(process)
        if port == 0:
            raise _refused("serve", home.log.read_text(encoding="utf-8", errors="replace"))
        if time.monotonic() > deadline:
            port = 0
        time.sleep(0.2)


def _wait_until_free(port: int, deadline: float) -> None:
    """Cheaper than a sandbox that starts only to find its port taken."""
    while port and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(_SOON)


def _start(home: Home, port: int, log: IO[bytes]) -> subprocess.Popen[str]:
    options = home.state.options
    # The made-up company has orders in its books; in a company's own data there are none.
    company = ["--seed-data", "empty"] if options.data else ["--seed", str(options.seed), "--documents"]
    arguments = ["serve", "--data", str(home.database), "--port", str(port), *company, "--shutdown-with-parent"]
    return subprocess.Popen(  # noqa: S603 - our own interpreter, and arguments that no shell reads
        [*_SANDBOX, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        # Ctrl-C is for the demo, which then ends the sandbox in its own time.
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _refused(command: str, output: str) -> ConfigError:
    reason = output.strip()[-2000:] or "-"
    return ConfigError(
        Text(
            en=f"The sandbox ended its '{command}' with: {reason}",
            ja=f"サンドボックスの {command} が終了しました: {reason}",
        )
    )
