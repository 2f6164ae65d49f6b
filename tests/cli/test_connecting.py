"""Connecting a service: what is asked, what is refused, and in which words."""

import io
import socket
from collections.abc import Callable
from typing import Any

import pytest

Inside = Callable[..., Any]


@pytest.fixture
def entered(company: Any, monkeypatch: pytest.MonkeyPatch, inside: Inside) -> Any:
    """The CRM's settings in the environment; `inside` has cleaned it before."""
    for name, value in company.variables("crm", "books").items():
        monkeypatch.setenv(name, value)
    return company


def test_settings_come_from_options_and_secrets_from_standard_input(
    inside: Inside, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("sandbox-secret\n1000.sandbox-refresh\n"))
    secrets = ("--set-secret", "client_secret", "--set-secret", "refresh_token")
    ended = inside(
        "connect", "crm", "--set", f"base_url={company.base_url}", "--set", "client_id=1000.SANDBOX", *secrets
    )
    assert ended.code == 0, ended.err
    assert "Connected Zoho CRM" in ended.out
    listed = inside("connections", "--json")
    assert [each["service"] for each in listed.json] == ["crm"]


@pytest.mark.usefixtures("entered")
def test_a_secret_is_not_taken_from_the_command_line(inside: Inside) -> None:
    ended = inside("connect", "crm", "--set", "client_secret=oh-no")
    assert ended.code == 2
    assert "--set-secret client_secret" in ended.err
    assert "TSUNAGI_CRM_CLIENT_SECRET" in ended.err
    assert "oh-no" not in ended.err


@pytest.mark.usefixtures("entered")
def test_a_setting_that_does_not_exist_is_named_with_those_that_do(inside: Inside) -> None:
    ended = inside("connect", "crm", "--set", "colour=blue")
    assert ended.code == 2
    assert "colour" in ended.err
    assert "client_id" in ended.err


def test_a_missing_setting_is_named(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = inside("connect", "crm", "--set", "base_url=http://127.0.0.1:9")
    assert ended.code == 2
    assert "client_secret" in ended.err


def test_wrong_credentials_are_an_exit_code_of_their_own(
    inside: Inside, entered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGI_CRM_REFRESH_TOKEN", "1000.revoked")
    ended = inside("connect", "crm", "--json")
    assert ended.code == 3
    assert ended.json["error"]["type"] == "AuthenticationFailed"
    assert ended.json["error"]["service"] == "crm"
    assert "Error:" in ended.err


def test_a_service_that_is_away_is_an_exit_code_of_its_own(
    inside: Inside, entered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody answers there, and nobody else gets the port.
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TSUNAGI_CRM_BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        ended = inside("connect", "crm")
    assert ended.code == 4
    assert "crm" in ended.err


def test_what_answers_inside_cannot_be_found_out(inside: Inside, entered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGI_ALLOWED_HOSTS", "[]")
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        listening.settimeout(0)
        told = []
        for one in (listening, silent):
            monkeypatch.setenv("TSUNAGI_CRM_BASE_URL", f"http://127.0.0.1:{one.getsockname()[1]}")
            ended = inside("connect", "crm", "--json")
            told.append((ended.code, ended.json["error"]["message"]))
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert told[0] == told[1]
    assert told[0][0] == 2
    assert "allowed_hosts" in told[0][1]
    assert "allowed_hosts で許可できます" in inside("--language", "ja", "connect", "crm").err


def test_an_unknown_service_is_told_in_the_readers_language(inside: Inside) -> None:
    english, japanese = inside("connect", "crmm"), inside("--language", "ja", "connect", "crmm")
    assert (english.code, japanese.code) == (2, 2)
    assert "Did you mean 'crm'?" in english.err
    assert "「crm」ではありませんか" in japanese.err


def test_several_organisations_are_listed_and_one_is_chosen(inside: Inside, entered: Any) -> None:
    id = entered.add_books_organization("Kita Trading")
    unclear = inside("connect", "books", "--json")
    assert unclear.code == 2
    assert unclear.json["error"]["type"] == "OrganizationUnclear"
    assert "Kita Trading" in unclear.err
    chosen = inside("connect", "books", "--organization", id, "--json")
    assert chosen.json["organization"]["name"] == "Kita Trading"


def test_a_service_that_does_not_fit_is_told_when_the_crm_comes_second(inside: Inside, entered: Any) -> None:
    dollars = entered.add_books_organization("Boston Office", "USD")
    assert inside("connect", "books", "--organization", dollars).code == 0

    for _ in range(2):
        told = inside("connect", "crm")
        assert told.code == 0
        assert "Nothing is written to Zoho Books" in told.err
        assert "USD" in told.err
    assert inside("connect", "crm", "--json").json["prevented"]["books"][0]["severity"] == "refuses"
    assert "read only" in inside("connections").out
    refused = inside("sync", "--start")
    assert refused.code != 0
    assert "USD" in refused.err


def test_without_a_connection_the_next_step_is_named(inside: Inside) -> None:
    assert "tsunagi connect crm" in inside("connections").err
    refused = inside("sync")
    assert refused.code == 3
    assert "tsunagi connect crm" in refused.err
