"""Durable work: one process at a time, and what was cut short goes on at the next start."""

import threading
from typing import Any

import pytest

from tsunagi.app.jobs import AlreadyRunning
from tsunagi.app.sync import runs, workflows
from tsunagi.errors import ConfigError, NotConnected

MANY = [f"商会 {number:02}" for number in range(40)]


def fill(house: Any) -> None:
    for number, name in enumerate(MANY):
        house.crm.put("account", str(number), name=name)


def test_only_one_process_works(open_house: Any) -> None:
    house, other = open_house(), open_house(connected=False)
    assert not other.hub.jobs.worked_elsewhere()
    house.work()

    assert house.hub.jobs.running
    assert not house.hub.jobs.worked_elsewhere()
    assert other.hub.jobs.worked_elsewhere()
    with pytest.raises(AlreadyRunning):
        other.work()

    house.hub.jobs.stop()
    other.work()
    assert other.hub.jobs.running


def test_what_is_handed_over_waits_for_the_process_that_works(open_house: Any) -> None:
    asking = open_house()
    # It has worked before, and was stopped.
    asking.work()
    asking.hub.jobs.stop()
    fill(asking)
    run = runs.request_sync(asking.hub.context, asking.hub.jobs, first=True)
    assert run.state == "running"
    assert asking.ledger.names() == []

    working = open_house(connected=False)
    working.work()
    working.hub.jobs.settle()

    assert workflows.sync_run(asking.hub.context, run.id).state == "done"
    assert asking.ledger.names() == MANY


@pytest.mark.parametrize("moment", [1, 25])
def test_a_sync_that_was_cut_short_goes_on_and_makes_nothing_twice(open_house: Any, moment: int) -> None:
    house = open_house()
    fill(house)
    house.work()
    run = workflows.start_sync(house.hub.context, first=True)
    closing = threading.Thread(target=house.close)

    def close_at_the_moment() -> None:
        if len(house.ledger.of("customer")) == moment:
            closing.start()

    house.ledger.after = close_at_the_moment
    house.hub.jobs.submit(workflows.WORKFLOW, run, run, [], False)
    while not house.ledger.of("customer") or not closing.ident:
        threading.Event().wait(0.01)
    closing.join()

    again = open_house(connected=False)
    again.work()
    again.hub.jobs.settle()

    assert workflows.sync_run(again.hub.context, run).state == "done"
    assert again.ledger.names() == MANY
    again.sync()
    assert again.ledger.names() == MANY


def test_stopping_what_does_not_run_is_no_error(open_house: Any) -> None:
    house = open_house(connected=False)
    house.hub.jobs.stop()
    house.hub.jobs.stop()
    with pytest.raises(NotConnected, match=r"The service .crm. is not connected"):
        workflows.start_sync(house.hub.context, first=True)
    with pytest.raises(ConfigError, match="no sync run"):
        workflows.sync_run(house.hub.context, "sync-0")


def test_a_damaged_database_of_jobs_is_named_and_the_next_start_works(open_house: Any) -> None:
    house = open_house()
    path = house.hub.settings.home / "jobs.sqlite3"
    path.write_bytes(b"not a database at all " * 500)
    with pytest.raises(ConfigError, match=r"jobs\.sqlite3 is damaged"):
        house.work()
    assert not house.hub.jobs.running

    path.unlink()
    house.work()
    assert house.hub.jobs.running
