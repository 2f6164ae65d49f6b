"""The command: serving as a process of its own."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx2
from typer.testing import CliRunner

from zoho_sandbox.cli import main


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from zoho_sandbox.cli import main; main()", "serve", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )


def test_serve_prints_its_url_when_ready_and_ends_with_its_parent(tmp_path: Path) -> None:
    process = start("--data", str(tmp_path / "x.db"), "--port", "0", "--seed-data", "empty", "--shutdown-with-parent")
    assert process.stdin is not None
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.rsplit(maxsplit=1)[-1]
    assert line == f"zoho-sandbox ready on {url}\n"
    assert httpx2.get(url).json()["base_url"] == url
    out, err = process.communicate(timeout=20)  # closes standard input, as a parent that ends does
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    first = start("--data", str(tmp_path / "a.db"), "--port", "0", "--seed-data", "empty", "--shutdown-with-parent")
    assert first.stdout is not None
    port = first.stdout.readline().strip().rsplit(":", 1)[-1]
    second = start("--data", str(tmp_path / "b.db"), "--port", port, "--seed-data", "empty")
    _, err = second.communicate(timeout=20)
    assert second.returncode == 2
    assert f"cannot serve on 127.0.0.1:{port}" in err
    first.communicate(timeout=20)


def test_the_edition_and_the_mail_server_are_told_on_the_command_line(tmp_path: Path) -> None:
    process = start(
        "--data", str(tmp_path / "x.db"), "--port", "0", "--seed-data", "empty", "--shutdown-with-parent",
        "--crm-edition", "professional", "--crm-professional-multicurrency", "refuse", "--smtp", "127.0.0.1:1",
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "1000.sandbox-refresh",
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    token = httpx2.post(f"{url}/oauth/v2/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    org = httpx2.get(f"{url}/crm/v8/org", headers=headers).json()["org"][0]
    assert org["license_details"]["paid_type"] == "professional"
    process.communicate(timeout=20)


def test_a_mail_server_without_a_port_is_explained(tmp_path: Path) -> None:
    process = start("--data", str(tmp_path / "x.db"), "--smtp", "localhost")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "host:port" in err


def test_a_file_of_an_earlier_version_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "old.db"
    with closing(sqlite3.connect(data)) as old:
        old.execute("CREATE TABLE books_organizations (organization_id TEXT)")
    result = CliRunner().invoke(main, ["serve", "--data", str(data), "--port", "0"])
    assert result.exit_code == 2
    assert str(data) in result.output
    assert "an earlier version" in result.output
