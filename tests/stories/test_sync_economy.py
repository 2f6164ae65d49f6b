"""How many calls a sync costs, and that a quiet one costs next to nothing."""

from pathlib import Path
from typing import Any

import pytest
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

PAGE = 200


@pytest.fixture
def zoho(tmp_path: Path) -> Any:
    """The believable company, in place of an empty one."""
    from conftest import Zoho  # type: ignore[import-not-found]

    with sandbox_running(SandboxSettings(data=tmp_path / "zoho.db", seed_data="demo", limits="off")) as server:
        zoho = Zoho(server.base_url)
        yield zoho
        zoho.client.close()


def test_the_first_sync_costs_little_more_than_its_floor(open_office: Any) -> None:
    office = open_office(listening=False)
    run = office.sync()

    assert run.state == "done"
    counts = run.counts
    records = {name: counts[name]["read"] for name in ("crm.account", "crm.contact", "crm.deal")}
    assert records["crm.account"] >= 200
    assert records["crm.contact"] >= 400
    pages = sum(-(-number // PAGE) for number in records.values()) + 3  # customers, estimates, invoices
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
    assert after["crm"]["GET"] - before["crm"]["GET"] == 3  # accounts, contacts, deals
    assert after["books"]["GET"] - before["books"]["GET"] == 3  # customers, estimates, invoices
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
    assert changed["phone"] == "03-5555-0000"
