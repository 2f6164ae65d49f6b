"""Syncs beside plugins that misbehave: they end, with the records as they came, and so does the next one."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tsunagi import hookimpl
from tsunagi.app.sync import workflows
from tsunagi.domain.records import Record


def preparing(function: Callable[[Record], Any]) -> SimpleNamespace:
    @hookimpl
    def prepare_record(record: Record) -> Any:
        return function(record)

    return SimpleNamespace(prepare_record=prepare_record)


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    waited_for = threading.Event()
    yield waited_for
    waited_for.set()


def exits(record: Record) -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("misbehaving", [lambda record: "Aozora", exits], ids=["text", "exits"])
def test_a_record_is_used_as_it_came(open_house: Any, misbehaving: Callable[[Record], Any]) -> None:
    house = open_house(plugins={"acme": preparing(misbehaving)})
    house.crm.put("account", "1", name="Aozora")

    assert house.sync().state == "done"
    assert house.ledger.names() == ["Aozora"]
    house.crm.put("account", "1", name="Aozora KK")
    assert house.sync().state == "done"
    assert house.ledger.names() == ["Aozora KK"]


def test_a_hook_that_hangs_keeps_no_sync_from_ending(open_house: Any, hung: threading.Event) -> None:
    house = open_house(plugins={"acme": preparing(lambda record: hung.wait())}, plugin_seconds=0.5)
    house.crm.put("account", "1", name="Aozora")
    house.crm.put("account", "2", name="Kita")

    assert house.sync().state == "done"
    house.close()
    again = open_house(plugins={"acme": preparing(lambda record: hung.wait())}, plugin_seconds=0.5, connected=False)
    house.crm.put("account", "2", name="Kita KK")
    assert again.sync().state == "done"
    assert set(house.ledger.names()) == {"Aozora", "Kita KK"}


def test_a_hub_that_closes_while_a_hook_hangs_waits_for_nothing(open_house: Any, hung: threading.Event) -> None:
    begun = threading.Event()

    def hang(record: Record) -> None:
        begun.set()
        hung.wait()

    house = open_house(plugins={"acme": preparing(hang)})
    house.crm.put("account", "1", name="Aozora")
    house.work()
    run = workflows.start_sync(house.hub.context, first=True)
    house.hub.jobs.submit(workflows.WORKFLOW, run, run, [], False)
    begun.wait()
    # The hook would have half a minute.
    closing = threading.Thread(target=house.close)
    closing.start()
    closing.join(timeout=20)
    assert not closing.is_alive()

    again = open_house(connected=False)
    again.work()
    again.hub.jobs.settle()
    assert workflows.sync_run(again.hub.context, run).state == "done"
    assert again.ledger.names() == ["Aozora"]
