"""What is written to the log, and what never is."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tsunagi.logging import HIDDEN, Level, Log, configure


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def configured(level: Level = "INFO") -> io.StringIO:
    stream = io.StringIO()
    configure(level, form="json", stream=stream)
    return stream


def test_events_and_other_libraries_records_are_lines_of_json() -> None:
    stream = configured()
    structlog.get_logger("tsunagi.app").info("synced", service="crm", records=3)
    logging.getLogger("uvicorn.access").info('%s - "%s %s" %d', "127.0.0.1", "GET", "/accounts", 200)
    first, second = logged(stream)
    assert first["event"] == "synced"
    assert first["records"] == 3
    assert first["logger"] == "tsunagi.app"
    assert second["event"] == '127.0.0.1 - "GET /accounts" 200'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("refresh_token", "hunter2"),
        ("client_secret", "hunter2"),
        ("Authorization", "Bearer hunter2"),
        ("secret_keys", ["hunter2"]),
        ("settings", {"client_id": "1000", "client_secret": "hunter2"}),
        ("given", SecretStr("hunter2")),
        ("url", "https://x.example/token?grant=a&refresh_token=hunter2&x=1"),
        ("header", "Authorization: Some-oauthtoken hunter2"),
        ("body", '{"access_token": "hunter2", "expires_in": 3600}'),
        ("headers", {"cookie": "hunter2"}),
    ],
)
def test_secrets_are_not_written(name: str, value: object) -> None:
    stream = configured()
    structlog.get_logger().info("call", **{name: value})
    assert "hunter2" not in stream.getvalue()
    assert HIDDEN in stream.getvalue()


def test_secrets_in_tracebacks_and_messages_are_not_written() -> None:
    stream = configured()
    try:
        raise ValueError("refused: refresh_token=hunter2")
    except ValueError:
        structlog.get_logger().exception("call_failed")
    logging.getLogger("anything").warning("password: hunter2")
    assert "hunter2" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_words_that_only_look_like_secrets_stay() -> None:
    stream = configured()
    structlog.get_logger().info("The token bucket of crm is empty", tokens_left=0, keys=["a"])
    assert logged(stream)[0]["event"] == "The token bucket of crm is empty"


def test_the_level_holds_for_everybody() -> None:
    stream = configured("WARNING")
    structlog.get_logger().info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in logged(stream)] == ["loud"]


def test_a_program_that_sets_up_no_logging_gets_tracebacks_without_variables(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    password = "correct horse"
    assert not structlog.is_configured()
    try:
        raise ValueError(len(password))
    except ValueError:
        Log("tsunagi.app").exception("unexpected_error", path="/accounts", token="abc")
    written = "".join((caplog.text, *capsys.readouterr()))
    assert "unexpected_error path='/accounts' token='[hidden]'" in written
    assert "ValueError: 13" in written
    assert password not in written.replace('password = "correct horse"', "")
