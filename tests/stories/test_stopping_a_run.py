"""A run that is paused, goes on, or is cancelled; and one of the first few records only."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi.app.sync import aligning, run_control, workflows
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.store.intents import Intents
from tsunagi.store.sync_runs import SyncRun


@pytest.fixture
def office(open_office: Any, zoho: Any) -> Any:
    names = [f"Company {number:03}" for number in range(130)]
    accounts = {name: zoho.add("Accounts", Account_Name=name) for name in names}
    opened = open_office(listening=False)
    opened.accounts = accounts
    return opened


@pytest.fixture
def stopped_on_its_way(office: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SyncRun]:
    """A sync that is asked something once its first step of writes is made."""

    def stopped(what: str) -> SyncRun:
        run = workflows.start_sync(office.hub.context, first=True)

        class Asking(aligning.WriteProgress):
            def __call__(self, made: Any) -> None:
                super().__call__(made)
                getattr(run_control, what)(office.hub.context, run)

        with monkeypatch.context() as patched:
            patched.setattr(aligning, "WriteProgress", Asking)
            return workflows.run_sync(office.hub.context, office.hub.jobs, run)

    return stopped


def customers(zoho: Any) -> int:
    return len(zoho.customers())


def test_a_paused_run_goes_on_where_it_was(office: Any, zoho: Any, stopped_on_its_way: Any) -> None:
    paused = stopped_on_its_way("pause")
    assert paused.state == "paused"
    done = customers(zoho)
    assert 0 < done < 130
    page = office.page(f"/sync-runs/{paused.id}")
    assert "Paused" in page
    assert f"/sync-runs/{paused.id}/resume" in page

    ended = workflows.go_on(office.hub.context, office.hub.jobs, paused.id)
    assert (ended.state, ended.counts["books.customers"]["done"], customers(zoho)) == ("done", 130, 130)
    assert "Resumed a sync" in office.page("/operations/audit")
    with pytest.raises(ConfigError, match="this takes one that is paused"):
        workflows.go_on(office.hub.context, office.hub.jobs, paused.id)


def test_a_cancelled_run_leaves_the_rest_to_the_next(office: Any, zoho: Any, stopped_on_its_way: Any) -> None:
    cancelled = stopped_on_its_way("cancel")
    assert cancelled.state == "cancelled"
    assert 0 < customers(zoho) < 130
    with office.hub.store.read() as session:
        assert Intents(session).count_states().get("planned", 0) == 0
    assert office.sync().state == "done"
    assert customers(zoho) == 130


@pytest.mark.parametrize("what", ["goes on", "pause"])
def test_a_deal_won_while_its_customer_is_still_to_come_waits_for_the_run(
    office: Any, zoho: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    context = office.hub.context
    seen: list[Any] = []

    def listed() -> list[Any]:
        items: list[Any] = office.client.get(f"{office.page_url}/api/open-items?kind=billing").json()["items"]
        return items

    class Winning(aligning.WriteProgress):
        def __call__(self, made: Any) -> None:
            super().__call__(made)
            if seen:
                return
            there = {each["contact_name"] for each in zoho.customers()}
            name, account = next((name, id) for name, id in office.accounts.items() if name not in there)
            won = {"Deal_Name": name, "Stage": "Closed Won", "Amount": 5000, "Account_Name": {"id": account}}
            deal = RecordRef("crm", "deal", zoho.add("Deals", **won, Closing_Date="2026-11-20"))
            ingest(
                context, context.registry.entity("crm", "deal"), [context.connectors.get("crm").get(deal)], batch="won"
            )
            seen.extend(listed())
            if what == "pause":
                run_control.pause(context, run)

    with monkeypatch.context() as patched:
        patched.setattr(aligning, "WriteProgress", Winning)
        run = workflows.start_sync(context, first=True)
        ended = workflows.run_sync(context, office.hub.jobs, run)
    (item,) = seen
    assert (item["reason"], item["resolver"]) == ("rule_waits", "itself")
    if what == "pause":
        assert ended.state == "paused"
        assert [(each["reason"], each["resolver"]) for each in listed()] == [("rule_blocked", "person")]
        workflows.go_on(context, office.hub.jobs, run)
    assert listed() == []
    assert len(zoho.invoices()) == 1


def test_the_api_pauses_resumes_and_cancels(office: Any, zoho: Any, stopped_on_its_way: Any) -> None:
    paused = stopped_on_its_way("pause")
    address = f"{office.page_url}/api/sync-runs/{paused.id}"
    assert office.client.post(f"{address}/pause", json={}).status_code == 409
    assert office.client.post(f"{address}/cancel", json={}).json()["state"] == "cancelled"
    assert office.client.post(f"{address}/resume", json={}).status_code == 409
    # What was refused is no act.
    said = office.client.get(f"{office.page_url}/api/audit").json()["items"]
    acts = [(each["action"], each["person"]) for each in said if each["subject"] == paused.id]
    assert acts == [("sync:cancel", "hanako.sato@example.com"), ("sync:pause", "hub"), ("sync:start", "hub")]


def test_a_first_look_at_a_few_records(office: Any, zoho: Any) -> None:
    run = office.sync(most=3)
    assert (run.state, run.counts["books.customers"]["done"], customers(zoho)) == ("done", 3, 3)
    assert office.sync().counts["books.customers"]["done"] == 127
    assert customers(zoho) == 130
