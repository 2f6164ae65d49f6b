"""Deals that were won before the first sync: counted by its plan, billed only where a person says so, each once."""

from typing import Any

import pytest
from signing_in import form_token

from tsunagi.app.access.auditing import audit_log
from tsunagi.app.connections.fit import FirstSyncPending
from tsunagi.app.sync import backfilling, workflows
from tsunagi.app.sync.backfilling import Period
from tsunagi.errors import ConfigError


def won(zoho: Any, name: str, day: str) -> str:
    _, deal = zoho.account_and_deal(name=name, Stage="Closed Won", Closing_Date=day)
    return str(deal)


def backfill(office: Any, event: str = "deal.won", since: str = "", until: str = "") -> int:
    """Carried out here, as the command line does."""
    period = Period.of(since, until)
    batch = backfilling.begin_backfill(office.hub.context, office.person(), event, period)
    made: int = office.hub.jobs.run(backfilling.backfill, batch, batch, event, since, until)
    return made


def test_they_are_counted_by_the_plan_and_billed_on_purpose(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    context = office.hub.context
    won(zoho, "青葉商事", "2026-03-20")
    won(zoho, "港物流", "2026-05-10")
    _, open_deal = zoho.account_and_deal(name="東商会")

    plan = workflows.start_plan(context)
    workflows.run_plan(context, office.hub.jobs, plan)
    told = office.client.get(f"{office.page_url}/api/sync-runs/{plan}").json()
    assert told["missed"] == {"deal.won": 2}
    assert "before the first sync: 2." in office.page(f"/sync-runs/{plan}")
    assert "初回同期より前の「商談の受注」: 2 件" in office.page(f"/sync-runs/{plan}", "ja")
    with pytest.raises(FirstSyncPending):
        backfill(office)

    office.sync()
    assert zoho.invoices() == []
    zoho.win(open_deal)
    office.sync()
    assert [each["customer_name"] for each in zoho.invoices()] == ["東商会"]

    url = f"{office.page_url}/api/rules/backfills"
    foreseen = office.client.post(f"{url}/plan", json={"event": "deal.won", "since": "2026-04-01"}).json()
    (made,) = foreseen.pop("actions")
    assert foreseen == {"event": "deal.won", "records": 1, "rules": {"deal_won_invoice": 1}}
    assert (made["action"], made["count"], list(made["money"])) == ("books.invoice.create", 1, ["JPY"])
    assert len(zoho.invoices()) == 1, "a plan writes nothing"
    assert backfill(office, since="2026-04-01") == 1
    assert sorted(each["customer_name"] for each in zoho.invoices()) == ["東商会", "港物流"]

    # Again, and for all of them: each once.
    assert office.client.post(url, json={"event": "deal.won"}).status_code == 202
    office.wait_until(lambda: len(zoho.invoices()) == 3)
    assert backfill(office) == 0
    office.sync()
    assert len(zoho.invoices()) == 3
    (latest, *_) = audit_log(context, None, action="rules:backfill").entries.items
    assert (latest.person, latest.subject) == (office.person().email, "deal.won")

    second = workflows.start_plan(context)
    workflows.run_plan(context, office.hub.jobs, second)
    assert office.client.get(f"{office.page_url}/api/sync-runs/{second}").json()["missed"] == {}


def test_the_same_by_page(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    for name, day in (("青葉商事", "2026-03-20"), ("港物流", "2026-05-10")):
        won(zoho, name, day)
    address = f"{office.page_url}/rules/backfill"
    workflows.run_plan(office.hub.context, office.hub.jobs, workflows.start_plan(office.hub.context))
    before = office.page("/rules/backfill?event=deal.won&plan=true")
    assert "Nobody has started the first sync of: Zoho Books" in before, before
    assert "Have the rules act" not in before
    office.sync()

    assert 'href="/rules/backfill?event=deal.won"' in office.page("/rules")
    asked = {"event": "deal.won", "since": "2026-04-01", "until": ""}
    plan = office.client.get(address, params={**asked, "plan": "true"}).text
    assert "records: 1" in plan
    assert "Create an invoice in Zoho Books" in plan
    assert "¥" in plan
    assert zoho.invoices() == [], "a plan writes nothing"
    wrong = office.client.get(address, params={**asked, "until": "2026-01-01", "plan": "true"})
    assert wrong.status_code == 422
    assert "The first day is after the last one." in wrong.text

    form = {**asked, "form_token": form_token(plan)}
    run = office.client.post(address, data=form).headers["location"]
    office.wait_until(lambda: len(zoho.invoices()) == 1)
    office.wait_until(lambda: "Done" in office.page(run))
    assert "Rules act on earlier records" in office.page(run)
    assert "undo would do" not in office.page(run), "documents are not taken back"
    assert "過去のレコードへのルールの適用" in office.page(run, "ja")
    counts = office.client.get(f"{office.page_url}/api{run}").json()["counts"]
    assert counts["backfill"] == {"records": 1, "done": 1}
    # A second click has nothing left to do; the run it begins says so.
    again = office.client.post(address, data=form).headers["location"]
    office.wait_until(lambda: "Done" in office.page(again))
    assert "there is no such record left" in office.client.get(address, params={**asked, "plan": "true"}).text
    assert len(zoho.invoices()) == 1
    answer = office.client.post(f"{office.page_url}/api{run}/cancel")
    assert answer.status_code == 409
    assert "runs to its end" in answer.text


def test_one_without_its_customer_waits_on_the_standing_list(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    won(zoho, "青葉商事", "2026-03-20")
    zoho.fault(
        "status", method="POST", path="/books/v3/contacts", status=400, body='{"code": 9, "message": "No."}', count=1
    )
    office.sync()
    assert backfill(office) == 0
    (item,) = office.client.get(f"{office.page_url}/api/open-items", params={"kind": "billing"}).json()["items"]
    assert "has no customer in books" in item["text"]
    zoho.mend()
    office.client.post(f"{office.page_url}/api/open-items/retries", json={"which": ""})
    office.wait_until(lambda: len(zoho.invoices()) == 1)
    assert backfill(office) == 0
    assert len(zoho.invoices()) == 1


def test_what_no_record_shows_cannot_be_made_up_for(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    with pytest.raises(ConfigError, match=r"deal\.won"):
        backfilling.foresee(office.hub.context, office.person(), "deal.wonn", Period())
    for event in ("deal.created", "deal.amount_changed", "deal.reopened"):
        with pytest.raises(ConfigError):
            backfilling.foresee(office.hub.context, office.person(), event, Period())
