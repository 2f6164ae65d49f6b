"""Hooks while the hub runs: what fails, hangs or answers wrongly is named, and everything else goes on."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pluggy
import pytest

from tsunagi import (
    Conflict,
    ConflictPolicy,
    Event,
    Notification,
    NotificationRejected,
    Record,
    RecordRef,
    RecordUnusable,
    Resolution,
    Text,
    hookimpl,
    hookspecs,
)
from tsunagi.domain.events import event_id
from tsunagi.errors import PluginError
from tsunagi.hookspecs import PROJECT
from tsunagi.plugin_hooks import PAUSE, Hooks

RECORD = Record(RecordRef("crm", "account", "1"), {"name": " Acme "}, "1")
CONFLICT = Conflict("ledger.customers", "phone", "1", "2", "3")
TIDY = replace(RECORD, fields={"name": "Acme"})
TOLD = Notification("crm", "account", "updated", ("1",), "7", "hush")


def event(name: str = "deal.won") -> Event:
    ref = RecordRef("crm", "deal", "1")
    return Event(event_id(name, ref, "1"), name, ref, None, {}, datetime(2026, 4, 1, tzinfo=UTC))


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def hooks(*plugins: tuple[str, str, Callable[..., Any]], seconds: float = 30, clock: Clock | None = None) -> Hooks:
    """Plugins of one hook each: (name, hook, function); the last is asked first."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, hook, function in plugins:
        manager.register(type(name, (), {hook: staticmethod(hookimpl(function))}), name=name)
    return Hooks(manager, seconds, monotonic=clock or Clock())


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    waited_for = threading.Event()
    yield waited_for
    waited_for.set()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was logged: facts of each failure."""
    written: list[dict[str, Any]] = []
    monkeypatch.setattr("tsunagi.plugin_hooks.log.error", lambda _, **facts: written.append(facts))
    return written


def test_the_first_answer_wins_and_none_leaves_it() -> None:
    silent = ("silent", "prepare_record", lambda record: None)
    tidy = ("tidy", "prepare_record", lambda record: TIDY)
    assert hooks(silent).prepare_record(RECORD) == RECORD
    assert hooks(tidy, silent).prepare_record(RECORD) == TIDY


@pytest.mark.parametrize(
    "answer",
    [
        "Acme",
        0,
        False,
        [TIDY],
        replace(TIDY, ref=RecordRef("crm", "account", "2")),
        replace(TIDY, fields="name"),  # type: ignore[arg-type]
        replace(TIDY, fields={"rate": 0.1}),  # type: ignore[dict-item]
        replace(TIDY, version=7),  # type: ignore[arg-type]
    ],
    ids=["text", "zero", "false", "list", "another record", "no fields", "float", "number for version"],
)
def test_a_wrong_answer_is_the_plugins_failure_on_that_record(answer: object, log: list[dict[str, Any]]) -> None:
    tidy = ("tidy", "prepare_record", lambda record: TIDY)
    wrong = ("wrong", "prepare_record", lambda record: answer)
    assert hooks(wrong).prepare_record(RECORD) == RECORD
    assert hooks(tidy, wrong).prepare_record(RECORD) == TIDY
    assert [(told["plugin"], told["hook"], told["about"]) for told in log] == [
        ("wrong", "prepare_record", "crm:account:1")
    ] * 2
    assert "prepare_record" in log[0]["error"]


@pytest.mark.parametrize("answer", ["newest", "2", Resolution(0.5, "me")])  # type: ignore[arg-type]
def test_where_a_resolution_is_none_the_policy_decides(answer: object, log: list[dict[str, Any]]) -> None:
    asked = hooks(("wrong", "resolve_conflict", lambda conflict: answer))
    assert asked.resolve_conflict(CONFLICT, ConflictPolicy.ASK) is None
    assert (log[0]["plugin"], log[0]["about"]) == ("wrong", "ledger.customers phone")


@pytest.mark.parametrize("answer", [TOLD, "crm", {"ids": []}, [TOLD, None], [replace(TOLD, ids="12")]])
def test_what_are_no_notifications_is_not_taken_in(answer: object, log: list[dict[str, Any]]) -> None:
    asked = hooks(("wrong", "parse_notification", lambda service: answer))
    with pytest.raises(PluginError, match="'wrong'"):
        asked.parse_notification("crm", {}, b"hush")
    assert log[0]["plugin"] == "wrong"
    assert "hush" not in str(log)


def test_an_empty_list_of_notifications_is_an_answer() -> None:
    assert hooks(("crm", "parse_notification", lambda service: ())).parse_notification("crm", {}, b"") == ()


def test_a_forged_callback_is_refused_and_nothing_else_gets_through(log: list[dict[str, Any]]) -> None:
    def forged(service: str) -> None:
        raise NotificationRejected(Text.same("forged"))

    with pytest.raises(NotificationRejected):
        hooks(("crm", "parse_notification", forged)).parse_notification("crm", {}, b"")
    assert hooks(("acme", "prepare_record", lambda record: forged(""))).prepare_record(RECORD) == RECORD
    assert log[0]["plugin"] == "acme"


@pytest.mark.parametrize(
    "error",
    [RuntimeError("broken"), SystemExit(3), KeyboardInterrupt(), RecordUnusable(Text.same("x"), ref="1", field="f")],
)
def test_a_hook_that_raises_stops_no_other(error: BaseException, log: list[dict[str, Any]]) -> None:
    heard: list[str] = []

    def fail(event: Event) -> None:
        raise error

    listening = ("listening", "on_event", lambda event: heard.append(event.name))
    hooks(listening, ("broken", "on_event", fail)).on_event(event())
    assert heard == ["deal.won"]
    assert [(told["plugin"], told["hook"]) for told in log] == [("broken", "on_event")]
    assert type(error).__name__ in log[0]["error"]


def test_an_observer_nobody_would_ever_run_is_named(log: list[dict[str, Any]]) -> None:
    class Later:
        """What an `async def` gives back, without the warning."""

    hooks(("later", "on_event", lambda event: Later())).on_event(event())
    assert "Later" in log[0]["error"]


def test_a_hub_that_closes_waits_for_no_hook(hung: threading.Event, log: list[dict[str, Any]]) -> None:
    begun = threading.Event()

    def hang(record: Record) -> None:
        begun.set()
        hung.wait()

    slow = hooks(("slow", "prepare_record", hang))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(slow.prepare_record, RECORD)
        begun.wait()
        slow.give_up()
        assert asked.result() == RECORD
    assert [told["plugin"] for told in log] == ["slow"]


def test_a_hook_that_hangs_is_left_alone_for_a_while(hung: threading.Event, log: list[dict[str, Any]]) -> None:
    clock, asked = Clock(), []

    def hang(record: Record) -> None:
        asked.append(record)
        hung.wait()

    slow = ("slow", "prepare_record", hang)
    tidy = ("tidy", "prepare_record", lambda record: TIDY)
    both = hooks(tidy, slow, seconds=0.05, clock=clock)
    # The others are asked all the while.
    assert [both.prepare_record(RECORD) for _ in range(3)] == [TIDY] * 3
    assert len(asked) == 1
    assert [(told["plugin"], told["hook"]) for told in log] == [("slow", "prepare_record")]
    assert "not called again for 600 s" in log[0]["error"]

    clock.at += PAUSE
    assert both.prepare_record(RECORD) == TIDY
    assert len(asked) == 2
