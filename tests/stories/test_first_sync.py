"""Nothing is written to a service before a person has seen the plan of its first sync and started it: every way in."""

from typing import Any

import httpx2
import pytest

from tsunagi.app.automation.decisions import BLOCKED
from tsunagi.app.connections import connecting
from tsunagi.app.connections.fit import FirstSyncPending, pending_services
from tsunagi.app.sync import runs, workflows
from tsunagi.app.views import overview
from tsunagi.domain.records import RecordRef

WRITES = ("POST", "PUT", "DELETE")


def writes_to(zoho: Any, prefix: str) -> list[str]:
    """What the hub changed at a service, as the sandbox counted it."""
    answer = zoho.client.get(f"{zoho.base_url}/_sandbox/requests", params={"limit": "1000"})
    return [
        f"{each['method']} {each['path']}"
        for each in answer.json()["requests"]
        if each["method"] in WRITES and each["path"].startswith(prefix)
    ]


def test_a_poll_reads_and_writes_nothing(office: Any, zoho: Any) -> None:
    zoho.account_and_deal(name="青葉商事株式会社")
    with pytest.raises(FirstSyncPending) as refused:
        office.sync(first=False)
    assert "tsunagi sync --plan" in str(refused.value.hint)
    assert writes_to(zoho, "/books") == []


def test_a_callback_writes_nothing(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal(name="青葉商事株式会社")
    plan(office)
    zoho.win(deal)
    office.wait_until(lambda: office.quiet() and zoho.invoices() == [] and seen(office, deal))
    assert writes_to(zoho, "/books") == []

    # What the rule wanted is not lost: it is made as soon as the first sync has been started.
    assert office.sync().state == "done"
    assert [invoice["customer_name"] for invoice in zoho.invoices()] == ["青葉商事株式会社"]


def test_the_instant_run_leaves_out_a_service_that_was_just_connected(office: Any, zoho: Any) -> None:
    account, _ = zoho.account_and_deal(name="青葉商事株式会社")
    office.sync()
    zoho.use("books", "invoice")
    connecting.connect(office.hub.context, "invoice", zoho.credentials())
    before = len(writes_to(zoho, "/books"))

    zoho.change("Accounts", account, Phone="+81 3 0000 0000")
    office.wait_until(lambda: len(writes_to(zoho, "/books")) > before and office.quiet())

    assert writes_to(zoho, "/invoice") == []
    assert pending_services(office.hub.context) == ["invoice"]


def test_a_later_sync_goes_on_with_the_others(office: Any, zoho: Any) -> None:
    zoho.account_and_deal(name="青葉商事株式会社")
    office.sync()
    zoho.use("books", "invoice")
    connecting.connect(office.hub.context, "invoice", zoho.credentials())

    assert office.sync(first=False).state == "done"
    assert writes_to(zoho, "/invoice") == []
    assert office.sync().state == "done"
    assert len(writes_to(zoho, "/invoice")) > 0


def test_the_plan_says_what_the_first_sync_then_does(office: Any, zoho: Any) -> None:
    for name in ("青葉商事株式会社", "Harbour Trading Ltd"):
        zoho.account_and_deal(name=name)
    planned = plan(office)
    assert writes_to(zoho, "/books") == []
    assert planned.counts["books.customers"]["create"] == 2
    page = runs.run_page(office.hub.context, planned.id)
    assert [(group.outcome, group.count) for group in page.groups] == [("create", 2)]

    done = office.sync()
    assert done.counts["books.customers"] == {**planned.counts["books.customers"], "done": 2}
    assert plan(office).counts["books.customers"] == {}


def test_contacts_are_planned_with_the_customers_they_will_belong_to(office: Any, zoho: Any) -> None:
    account, _ = zoho.account_and_deal(name="青葉商事株式会社")
    zoho.add("Contacts", Last_Name="森", Email="mori@aoba.example", Account_Name={"id": account})
    assert plan(office).counts["books.contact_persons"] == {"create": 1}


def test_connecting_the_same_organisation_again_keeps_its_first_sync(office: Any, zoho: Any) -> None:
    zoho.account_and_deal()
    office.sync()
    assert pending_services(office.hub.context) == []
    connecting.connect(office.hub.context, "books", zoho.credentials())
    assert pending_services(office.hub.context) == []


def test_the_api_plans_and_starts(office: Any, zoho: Any) -> None:
    zoho.account_and_deal(name="青葉商事株式会社")
    address = f"{office.page_url}/api/sync-runs"
    refused: httpx2.Response = office.client.post(address, json={})
    assert refused.status_code == 409
    planned = office.client.post(address, json={"plan": True}).json()
    assert planned["kind"] == "plan"
    office.wait_until(lambda: office.client.get(f"{address}/{planned['id']}").json()["state"] == "done")
    assert writes_to(zoho, "/books") == []
    begun = office.client.post(address, json={"first": True}).json()
    office.wait_until(lambda: office.client.get(f"{address}/{begun['id']}").json()["state"] == "done")
    assert len(writes_to(zoho, "/books")) > 0


def plan(office: Any) -> Any:
    run = workflows.start_plan(office.hub.context)
    return workflows.run_plan(office.hub.context, office.hub.jobs, run)


def seen(office: Any, deal: str) -> bool:
    """The rule has looked at the deal and could not have its way."""
    rules = overview.rule_runs(office.hub.context, RecordRef("crm", "deal", deal))
    return any(run.verdict == BLOCKED for run in rules)
