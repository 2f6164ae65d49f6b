"""Several processes on one installation, and a person who presses Ctrl-C."""

import signal
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Inside = Callable[..., Any]


@pytest.fixture
def connected(inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    company.add("Accounts", *({"Account_Name": f"Account {number:02}"} for number in range(12)))
    for name, value in company.variables("crm", "books").items():
        monkeypatch.setenv(name, value)
    for service in ("crm", "books"):
        assert inside("connect", service).code == 0
    return company


def test_a_sync_is_handed_to_the_process_that_serves(tsunagi: Any, inside: Inside, connected: Any) -> None:
    alone = inside("sync", "--start", "--no-wait", "--json")
    assert alone.code == 2
    assert "tsunagi serve" in alone.err

    with tsunagi.begin("serve", "--port", "0") as server:
        line = server.stdout.readline()
        url = next(word.rstrip(";") for word in line.split() if word.startswith("http"))
        assert httpx2.get(url, follow_redirects=True, trust_env=False).status_code == 200
        ended = inside("sync", "--start", "--json")
        assert ended.code == 0, ended.err
        assert ended.json["counts"]["books.customers"] == {"create": 12, "done": 12}
        assert ended.json["api_calls"] == {}
        handed = inside("sync", "--start", "--no-wait", "--json")
        assert (handed.code, handed.json["state"]) == (0, "running")
        _await(lambda: inside("runs", "show", handed.json["run"], "--json").json["state"] == "done")
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 0
    assert "Stopped." in said


def test_ctrl_c_stops_a_sync_and_the_next_one_goes_on_from_there(tsunagi: Any, inside: Inside, connected: Any) -> None:
    connected.fault("delay", path="/books/v3/contacts", method="POST", seconds=0.5, count=12)
    with tsunagi.begin("sync", "--start") as begun:
        _await(lambda: len(connected.customers()) >= 2)
        begun.send_signal(signal.SIGINT)
        out, said = begun.communicate(timeout=60)
    assert begun.returncode == 130, said
    assert out == ""
    assert "Traceback" not in said
    assert "tsunagi sync" in said

    ended = inside("sync")
    assert ended.code == 0, ended.err
    assert sorted(connected.customers()) == [f"Account {number:02}" for number in range(12)]
    states = [run["state"] for run in inside("runs", "list", "--json").json]
    assert states == ["done", "done"]


def _await(happened: Any) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)
