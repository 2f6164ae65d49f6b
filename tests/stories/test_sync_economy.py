"""How many calls a sync costs, and that a quiet one costs next to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tsunagi.store.sync_runs import SyncRun

PAGE = 200
Calls = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Sync:
    """A sync that has ended, and how often each service had been asked before and after it: `calls["crm"]["GET"]`."""

    run: SyncRun
    before: Calls
    after: Calls

    def calls(self, service: str, method: str) -> int:
        return self.after[service].get(method, 0) - self.before[service].get(method, 0)


def sync(office: Any) -> Sync:
    before = office.calls()
    return Sync(office.sync(), before, office.calls())


@pytest.fixture(scope="module")
def first(demo_office: Any) -> Sync:
    return sync(demo_office)


@pytest.fixture(scope="module")
def customer(demo_office: Any, first: Sync) -> str:
    """The customer of the account that was changed after the first sync."""
    zoho = demo_office.zoho
    # The services count whole seconds: what was made in the last two is always read again.
    zoho.control("POST", "/clock/advance", {"seconds": 60})
    found = zoho.customers()[0]
    account = zoho.call("GET", "/crm/v8/Accounts/search", criteria=f"(Account_Name:equals:{found['contact_name']})")
    zoho.change("Accounts", account["data"][0]["id"], Phone="03-5555-0000")
    return str(found["contact_id"])


@pytest.fixture(scope="module")
def after_a_change(demo_office: Any, customer: str) -> Sync:
    return sync(demo_office)


@pytest.fixture(scope="module")
def quiet(demo_office: Any, after_a_change: Sync) -> Sync:
    """Nothing has changed since the one before, which read what its predecessor wrote."""
    demo_office.sync()
    return sync(demo_office)


def test_the_first_sync_costs_little_more_than_its_floor(demo_office: Any, first: Sync) -> None:
    assert first.run.state == "done"
    counts = first.run.counts
    records = {name: counts[name]["read"] for name in ("crm.account", "crm.contact", "crm.deal")}
    assert records["crm.account"] >= 200
    assert records["crm.contact"] >= 400
    # The finance side's lists are empty: a page each, but for contact persons, which have none.
    pages = sum(-(-number // PAGE) for number in records.values())
    pages += len(demo_office.hub.registry.connectors["books"].entities) - 1
    # A customer and its contact persons are one call.
    customers = counts["books.customers"]["done"]
    assert counts["books.contact_persons"]["done"] >= 400
    assert first.calls("books", "POST") == customers
    # What was written is listed once more at the end, so that the next sync need not.
    again = len(demo_office.hub.registry.connectors["books"].entities) - 1
    calls = sum(first.calls(service, method) for service in first.after for method in first.after[service])
    assert calls <= (pages + again + customers) * 1.05


def test_a_quiet_sync_makes_one_list_call_a_module_and_writes_nothing(demo_office: Any, quiet: Sync) -> None:
    assert quiet.run.state == "done"
    for service, unlistable in (("crm", 0), ("books", 1)):  # contact persons have no listing of their own
        listings = len(demo_office.hub.registry.connectors[service].entities) - unlistable
        assert quiet.calls(service, "GET") == listings
        assert [quiet.calls(service, method) for method in ("POST", "PUT", "DELETE")] == [0, 0, 0]


def test_many_changes_cost_one_call_each_and_one_look_at_what_changed(demo_office: Any, quiet: Sync) -> None:
    zoho = demo_office.zoho
    zoho.control("POST", "/clock/advance", {"seconds": 60})
    for account in zoho.call("GET", "/crm/v8/Accounts", fields="Account_Name", per_page="60")["data"]:
        zoho.change("Accounts", account["id"], Phone="03-5555-1111", Billing_City="Kobe")
    made = sync(demo_office)
    assert made.calls("books", "PUT") == 60
    listings = len(demo_office.hub.registry.connectors["books"].entities) - 1
    assert made.calls("books", "GET") - listings <= 2


def test_one_changed_account_costs_one_write(demo_office: Any, customer: str, after_a_change: Sync) -> None:
    assert after_a_change.calls("books", "PUT") == 1
    assert after_a_change.calls("books", "POST") == 0
    changed = demo_office.zoho.books(f"/contacts/{customer}")["contact"]
    assert changed["billing_address"]["phone"] == "03-5555-0000"
