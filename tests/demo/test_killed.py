"""Killed at any moment and run again, a demo leaves no duplicate customer and no second invoice."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal

import pytest

# The tenth is in test_company, where more services are joined.
KILLS = 9
# A whole demo makes about a hundred and forty calls, and each that is gone on with a dozen before it gets further.
MOST_CALLS = 30
START_SECONDS = 30.0


@pytest.mark.timeout(280)
def test_killed_at_any_moment_it_bills_each_won_deal_once(run, begin, killed, company, tmp_path, service_of):
    moments = random.Random(20261124)
    kills = homes = 0
    while kills < KILLS:
        homes += 1
        home = tmp_path / f"home-{homes}"
        arguments = ("demo", "--data", company.folder, "--mapping", company.mapping, "--home", home, "--json")
        while kills < KILLS and killed(begin(*arguments), home, moments.randrange(MOST_CALLS)):
            kills += 1
        outcome = run(*arguments, "--keep").json
        assert (outcome["invoices"]["count"], Decimal(outcome["invoices"]["total"])) == (company.won, company.total)
        each_once(service_of(home), company)


def test_a_sync_by_itself_finishes_what_was_cut_short(run, begin, killed, company, tmp_path, service_of):
    """The other way on: the sandbox started again on its data and port, and `tsunagi sync`."""
    home = tmp_path / "home"
    arguments = ("demo", "--data", company.folder, "--mapping", company.mapping, "--home", home)
    assert killed(begin(*arguments), home, 70)
    state = json.loads((home / "demo.json").read_text())
    serve = [sys.executable, "-m", "zoho_sandbox.cli", "serve", "--seed-data", "empty"]
    serve += ["--data", str(home / "company" / "sandbox.sqlite3"), "--port", str(state["sandbox_port"])]
    sandbox = started_when_free([*serve, "--shutdown-with-parent"])
    try:
        run("--home", home, "sync")
    finally:
        sandbox.communicate(timeout=20)
    service = service_of(home)
    won = [deal for deal in service.deals() if deal["Stage"] == "Signed"]
    assert len(service.invoices()) == len(won)
    assert max(Counter(customer["contact_name"] for customer in service.customers()).values()) == 1


def started_when_free(command: list[str]) -> subprocess.Popen[str]:
    """The sandbox of a demo that was killed gives its port back a moment later."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline().startswith("zoho-sandbox ready"):
            return process
        _, said = process.communicate(timeout=20)
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


def each_once(service, company) -> None:
    names = Counter(customer["contact_name"] for customer in service.customers())
    assert set(names.values()) == {1}
    assert len(names) == 12
    invoices = service.invoices()
    assert len({invoice["reference_number"] for invoice in invoices}) == len(invoices) == company.won
    won = sorted(Decimal(str(deal["Amount"])) for deal in service.deals() if deal["Stage"] == "Signed")
    assert sorted(Decimal(str(invoice["total"])) for invoice in invoices) == won
