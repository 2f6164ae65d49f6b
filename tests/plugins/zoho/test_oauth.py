"""One access token for all threads and processes of a connection."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tsunagi import AuthenticationFailed, BrokenAnswer, RateLimited, ServiceUnavailable
from tsunagi_zoho import ZohoClient

Connect = Callable[..., ZohoClient]
TOKEN_PATH = "/oauth/v2/token"


def test_many_threads_ask_for_one_token(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/org").status, range(24)))
    assert set(answers) == {200}
    assert harness.token_calls() == 1


def test_many_threads_renew_a_dead_token_once(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness) as client, ThreadPoolExecutor(8) as pool:
        client.get("/org")
        sandbox.fault("expire_token", path="/crm/v8/org")
        answers = list(pool.map(lambda _: client.get("/org").status, range(24)))
    assert set(answers) == {200}
    assert harness.token_calls() == 2


def test_a_second_connector_uses_the_token_of_the_first(sandbox: Any, crm: Connect) -> None:
    first = sandbox.harness()
    with crm(first) as client:
        client.get("/org")
    second = sandbox.harness(secrets=first.secrets)
    with crm(second) as client:
        client.get("/org")
    assert second.token_calls() == 0


def test_processes_share_one_refresh(sandbox: Any, tmp_path: Path) -> None:
    program = Path(__file__).with_name("calling_process.py")
    command = [sys.executable, str(program), sandbox.base_url, str(tmp_path / "secrets.json")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [process.communicate(timeout=60)[0] for process in started]
    statuses = [json.loads(output.splitlines()[-1]) for output in ended]
    assert statuses == [[200, 200, 200]] * 3
    assert len(sandbox.requests(path=TOKEN_PATH)) == 1


def test_a_token_is_renewed_before_it_ends(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness) as client:
        client.get("/org")
        harness.time.sleep(3600 - 60)
        client.get("/org")
    assert harness.token_calls() == 2
    assert "GET /crm/v8/org 401" not in harness.seen()


def test_what_else_is_in_the_box_stays_there(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    harness.secrets.save({"refresh_token": "1000.sandbox-refresh"})
    with crm(harness) as client:
        client.get("/org")
    held = harness.secrets.load()
    assert held["refresh_token"] == "1000.sandbox-refresh"
    ends = datetime.fromisoformat(held["access_token_expires_at"])
    assert timedelta(minutes=55) < ends - datetime.now(UTC) <= timedelta(minutes=60)


def test_a_token_of_an_earlier_connection_is_not_used(sandbox: Any, crm: Connect) -> None:
    first = sandbox.harness()
    with crm(first) as client:
        client.get("/org")
    second = sandbox.harness(secrets=first.secrets, refresh_token=SecretStr("1000.other"))
    with crm(second) as client, pytest.raises(AuthenticationFailed):
        client.get("/org")


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        ({"refresh_token": SecretStr("1000.wrong")}, "invalid_code", "refresh token"),
        ({"client_id": "1000.WRONG"}, "invalid_client", "client id"),
        ({"client_secret": SecretStr("wrong")}, "invalid_client_secret", "client secret"),
    ],
)
def test_wrong_credentials_say_what_to_do(
    sandbox: Any, crm: Connect, changes: dict[str, Any], code: str, hint: str
) -> None:
    harness = sandbox.harness(**changes)
    with crm(harness) as client, pytest.raises(AuthenticationFailed) as failure:
        client.get("/org")
    assert failure.value.code == code
    assert failure.value.hint is not None
    assert hint in failure.value.hint.en
    assert "wrong" not in f"{failure.value}".lower()
    assert harness.seen() == []


def test_too_many_tokens_are_a_matter_of_time(serve: Callable[..., Any], crm: Connect) -> None:
    sandbox = serve(limits="real")
    for _ in range(10):
        with crm(sandbox.harness()) as client:
            client.get("/org")
    with crm(sandbox.harness()) as client, pytest.raises(RateLimited) as failure:
        client.get("/org")
    assert failure.value.retry_after


@pytest.mark.parametrize("fault", [{"kind": "drop_after"}, {"kind": "status", "status": 503}])
def test_a_token_lost_on_the_way_is_asked_for_again(sandbox: Any, crm: Connect, fault: dict[str, Any]) -> None:
    sandbox.fault(**fault, path=TOKEN_PATH)
    harness = sandbox.harness()
    with crm(harness) as client:
        assert client.post("/Accounts", {"data": [{"Account_Name": "Acme"}]}).status == 201
    assert harness.token_calls() == 2


def test_an_accounts_server_that_stays_away_leaves_a_write_undone(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("drop_before", path=TOKEN_PATH, count=None)
    harness = sandbox.harness()
    with crm(harness) as client, pytest.raises(ServiceUnavailable) as failure:
        client.post("/Accounts", {"data": [{"Account_Name": "Acme"}]})
    assert harness.seen() == []
    assert failure.value.__cause__ is None


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 5}])
def test_an_answer_without_a_token_is_broken(sandbox: Any, crm: Connect, body: dict[str, Any]) -> None:
    sandbox.fault("status", path=TOKEN_PATH, status=200, body=body, count=None)
    with crm(sandbox.harness()) as client, pytest.raises(BrokenAnswer):
        client.get("/org")
