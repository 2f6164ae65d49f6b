"""Services are synced beside each other: none waits for another, and each record is written once, whatever happens."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tsunagi.app.sync import workflows
from tsunagi.store.intents import Intents

RULES = Path(__file__).parents[2] / "rules"
FOUR = ("books", "invoice", "expense", "subscriptions")
COMPANIES = 25
PATIENT_SECONDS = 60.0


@pytest.fixture
def accounts(zoho: Any) -> list[str]:
    zoho.use(*FOUR)
    names = [f"Company {number:02}" for number in range(COMPANIES)]
    for name in names:
        zoho.add("Accounts", Account_Name=name)
    return names


def customers(zoho: Any, service: str) -> list[str]:
    path = "/customers" if service == "subscriptions" else "/contacts"
    found = zoho.finance(service, "GET", path)
    rows = found["customers" if service == "subscriptions" else "contacts"]
    return sorted(row.get("contact_name") or row["display_name"] for row in rows)


def test_while_one_service_takes_its_time_the_others_are_brought_in_step(
    open_office: Any, zoho: Any, accounts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(listening=False, services=("crm", *FOUR))
    books = office.hub.connectors.get("books")
    create, others = type(books).create, threading.Event()

    def after_the_others(self: Any, entity: str, new: Any) -> Any:
        if self is books:
            assert others.wait(PATIENT_SECONDS), "the other services wait for this one"
        return create(self, entity, new)

    def look(run: str) -> None:
        progress = workflows.sync_run(office.hub.context, run).progress
        made = [len(customers(zoho, service)) for service in FOUR[1:]]
        if made == [COMPANIES] * 3:
            seen.update(progress.get("lanes", {}))
            others.set()

    monkeypatch.setattr(type(books), "create", after_the_others)
    seen: dict[str, Any] = {}
    run = workflows.start_sync(office.hub.context, first=True)
    work = threading.Thread(target=workflows.run_sync, args=(office.hub.context, office.hub.jobs, run))
    work.start()
    deadline = monotonic() + PATIENT_SECONDS
    while not others.is_set() and monotonic() < deadline:
        look(run)
        sleep(0.05)
    work.join(PATIENT_SECONDS)

    assert "books" in seen
    ended = workflows.sync_run(office.hub.context, run)
    assert ended.state == "done"
    for service in FOUR:
        assert customers(zoho, service) == accounts
        assert ended.counts[f"{service}.customers"] == {"create": COMPANIES, "done": COMPANIES}
    # What all of them share was listed once.
    assert zoho.calls_to("/crm/v8/Accounts") == 1
    writes = len(zoho.writes())
    office.sync()
    assert len(zoho.writes()) == writes


def test_where_one_service_is_down_the_others_end_and_the_run_says_which_part_waits(
    open_office: Any, zoho: Any, accounts: list[str]
) -> None:
    office = open_office(listening=False, services=("crm", "books", "invoice"))
    zoho.away("/books/v3/contacts")
    run = office.sync()

    assert run.state == "failed"
    assert "Zoho Books" in run.problem.en
    assert "invoice.customers" in run.counts
    assert "books.customers" not in run.counts
    assert customers(zoho, "invoice") == accounts
    assert "Zoho Books" in office.page(f"/sync-runs/{run.id}")

    zoho.mend()
    assert office.sync().state == "done"
    assert customers(zoho, "books") == customers(zoho, "invoice") == accounts


def test_a_listing_that_breaks_off_halfway_goes_on_where_it_was(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    for number in range(450):
        zoho.finance("books", "POST", "/contacts", {"contact_name": f"Customer {number:03}"})
    # The first page of two hundred is answered, the second is half a page.
    zoho.fault("status", path="/books/v3/contacts", method="GET", skip=1, count=1, status=200, body='{"contacts": [{')
    broken = office.sync()
    assert broken.state == "failed"
    assert broken.counts["books.customer"]["read"] == 200

    # What was read stays read.
    assert office.sync().counts["books.customer"]["read"] == 250


def test_killed_in_the_middle_of_its_lanes_a_sync_writes_each_record_once(
    open_desk: Any, zoho: Any, accounts: list[str], tmp_path: Any
) -> None:
    desk = open_desk("crm", *FOUR)
    zoho.fault("delay", method="POST", seconds=0.05, count=None)
    ends = [_killed_after(zoho, tmp_path / "hub", COMPANIES + writes) for writes in (20, 45, 70)]
    assert -signal.SIGKILL in ends
    assert _command(tmp_path / "hub", "sync", "--start").wait(PATIENT_SECONDS) == 0

    for service in FOUR:
        assert customers(zoho, service) == accounts
    with desk.hub.store.read() as session:
        states: Mapping[str, int] = Intents(session).count_states()
    assert states == {"done": 4 * COMPANIES}


def _killed_after(zoho: Any, home: Any, writes: int) -> int:
    """How it ended: it may have been quicker."""
    process = _command(home, "sync", "--start")
    deadline = monotonic() + PATIENT_SECONDS
    while len(zoho.writes()) < writes and process.poll() is None:
        assert monotonic() < deadline, Counter(zoho.writes())
        sleep(0.01)
    process.send_signal(signal.SIGKILL)
    return process.wait()


def _command(home: Any, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from tsunagi.cli import main; main()", "--home", str(home), *arguments]
    environment = {**os.environ, "TSUNAGI_RULES_DIR": str(RULES)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
