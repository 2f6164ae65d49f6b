"""How many calls a sync costs, and that a quiet one costs next to nothing."""

from pathlib import Path
from typing import Any

import pytest

from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

PAGE = 200


@pytest.fixture
def zoho(tmp_path: Path, use_zoho: Any) -> Any:
    """The demo data, in place of an empty company."""
    with sandbox_running(SandboxSettings(data=tmp_path / "zoho.db", seed_data="demo", limits="off")) as server:
        yield from use_zoho(server.base_url)


def test_the_first_sync_costs_little_more_than_its_floor(open_office: Any) -> None:
    office = open_office(listening=False)
    run = office.sync()

    assert run.state == "done"
    counts = run.counts
    records = {name: counts[name]["read"] for name in ("crm.account", "crm.contact", "crm.deal")}
    assert records["crm.account"] >= 200
    assert records["crm.contact"] >= 400
    # The finance side's lists are empty: a page each, but for contact persons, which have none.
    pages = sum(-(-number // PAGE) for number in records.values())
    pages += len(office.hub.registry.connectors["books"].entities) - 1
    writes = counts["books.customers"]["done"] + counts["books.contact_persons"]["done"]
    calls = sum(sum(methods.values()) for methods in office.calls().values())
    assert calls <= (pages + writes) * 1.05


def test_a_second_sync_makes_one_list_call_a_module_and_writes_nothing(open_office: Any) -> None:
    office = open_office(listening=False)
    office.sync()
    before = office.calls()
    run = office.sync()
    after = office.calls()

    assert run.state == "done"
    for service, unlistable in (("crm", 0), ("books", 1)):  # contact persons have no listing of their own
        listings = len(office.hub.registry.connectors[service].entities) - unlistable
        assert after[service]["GET"] - before[service]["GET"] == listings
    assert after["books"]["POST"] == before["books"]["POST"]


def test_one_changed_account_costs_one_write(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    office.sync()
    customer = zoho.customers()[0]
    account = zoho.call("GET", "/crm/v8/Accounts/search", criteria=f"(Account_Name:equals:{customer['contact_name']})")
    zoho.change("Accounts", account["data"][0]["id"], Phone="03-5555-0000")
    before = office.calls()
    office.sync()
    after = office.calls()

    assert after["books"].get("PUT", 0) - before["books"].get("PUT", 0) == 1
    assert after["books"]["POST"] == before["books"]["POST"]
    changed = zoho.books(f"/contacts/{customer['contact_id']}")["contact"]
    assert changed["billing_address"]["phone"] == "03-5555-0000"
