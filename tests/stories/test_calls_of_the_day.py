"""A service takes so many calls a day: a sync that needs more goes on the day after, and people keep their share."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi.app.connections import connecting
from tsunagi.app.open_items.looking import count_open
from tsunagi.app.sync import run_control, workflows
from tsunagi.store.sync_runs import SyncRun

COMPANIES = 70
PER_DAY, RESERVED = 60, 6
LAST = "Company 999"
CONTACTS = "/books/v3/contacts"


@pytest.fixture
def accounts(zoho: Any) -> list[str]:
    return fill(zoho)


def fill(zoho: Any) -> list[str]:
    names = [f"Company {number:03}" for number in range(COMPANIES)]
    for name in names:
        zoho.add("Accounts", Account_Name=name)
    return names


@pytest.fixture
def tomorrow(zoho: Any, clock: Any) -> Callable[[], None]:
    """Lets a day pass, for everybody."""

    def pass_() -> None:
        zoho.control("POST", "/clock/advance", {"seconds": 24 * 3600})
        clock.pass_(days=1)
        # What people signed in with has expired.
        zoho._tokens.clear()

    return pass_


@pytest.fixture
def office(open_office: Any, zoho: Any, clock: Any) -> Any:
    """Books takes sixty calls a day from this hub, which keeps a tenth for people."""
    office = open_office(connected=False, listening=False, now=clock)
    for service in ("crm", "books"):
        limits = {"requests_per_minute": 60_000}
        connecting.connect(office.hub.context, service, {**zoho.credentials(), **limits})
    office.sign_in()
    zoho.limit("books", per_day=PER_DAY, per_minute=60_000)
    return office


def names(zoho: Any) -> list[str]:
    return sorted(customer["contact_name"] for customer in zoho.customers())


def run_of(office: Any, id: str) -> SyncRun:
    return workflows.sync_run(office.hub.context, id)


def books(office: Any) -> dict[str, Any]:
    services = office.client.get(f"{office.page_url}/api/operations").json()["services"]
    found: dict[str, Any] = next(each for each in services if each["service"] == "books")
    return found


def test_a_run_that_outgrows_the_day_goes_on_by_itself_on_the_days_after(office: Any, zoho: Any, tomorrow: Any) -> None:
    _, deal = zoho.account_and_deal(name=LAST)
    assert office.sync().state == "done"
    accounts = fill(zoho)
    run = office.sync()
    assert run.state == "waiting"
    assert run.resumes_at > office.hub.context.now()
    assert "Zoho Books" in run.problem.en
    made = len(zoho.posted(CONTACTS))
    assert 0 < made < PER_DAY
    # A share of the day is left to what people wait for.
    left = books(office)
    assert (left["daily_limit"], left["kept_for_people"]) == (PER_DAY, RESERVED)
    assert 0 < left["left_today"] <= RESERVED
    assert left["syncs_wait_until"] == left["more_at"]
    # Nothing failed, nobody need do anything, and whoever looks sees when it goes on.
    assert count_open(office.hub.context, office.person()).person == 0
    page = office.page(f"/sync-runs/{run.id}")
    assert "Goes on when there are more calls" in page
    assert "呼び出し回数の回復待ち" in office.page(f"/sync-runs/{run.id}", "ja")
    assert "Syncs wait until" in office.page("/operations")
    told = office.client.get(f"{office.page_url}/api/sync-runs/{run.id}").json()
    assert (told["state"], bool(told["resumes_at"])) == ("waiting", True)

    # A deal that is won now is billed from that share.
    office.listen()
    zoho.win(deal)
    office.wait_until(lambda: len(zoho.posted("/books/v3/invoices")) == 1)

    # A sync that is asked for meanwhile makes no call, and takes the place of the first.
    calls = zoho.calls_to(CONTACTS) + made
    second = office.sync()
    assert (second.state, run_of(office, run.id).state) == ("waiting", "cancelled")
    assert zoho.calls_to(CONTACTS) + len(zoho.posted(CONTACTS)) == calls

    tomorrow()
    office.wait_until(lambda: len(zoho.posted(CONTACTS)) > made and run_of(office, second.id).state != "running")
    tomorrow()
    office.wait_until(lambda: run_of(office, second.id).state == "done")
    zoho.limit("books", per_day=10_000, per_minute=60_000)
    assert names(zoho) == [*accounts, LAST]
    assert len(zoho.posted(CONTACTS)) == COMPANIES + 1
    assert run_of(office, second.id).counts["books.customers"]["done"] == COMPANIES + 1 - made


def test_a_refusal_in_the_middle_is_no_failure(open_office: Any, zoho: Any, accounts: list[str], clock: Any) -> None:
    office = open_office(listening=False, now=clock)
    zoho.fault("rate_limit", method="POST", path=CONTACTS, skip=20, count=None, code="45", seconds=36_000)
    run = office.sync()
    assert run.state == "waiting"
    assert run.counts["books.customers"]["postponed"] == COMPANIES - 20
    assert count_open(office.hub.context, office.person()).person == 0

    zoho.mend()
    clock.pass_(hours=10)
    office.wait_until(lambda: run_of(office, run.id).state == "done")
    assert names(zoho) == accounts
    assert run_of(office, run.id).counts["books.customers"]["done"] == COMPANIES


def test_it_is_resumed_or_cancelled_by_a_person(open_office: Any, zoho: Any, accounts: list[str], clock: Any) -> None:
    office = open_office(listening=False, now=clock)
    zoho.fault("rate_limit", method="POST", path=CONTACTS, skip=20, count=None, code="45", seconds=36_000)
    run = office.sync()
    # Still nothing left: it stops again at once.
    again = workflows.go_on(office.hub.context, office.hub.jobs, run.id)
    assert (again.state, len(names(zoho))) == ("waiting", 20)
    assert run_control.cancel(office.hub.context, run.id).state == "cancelled"
    zoho.mend()
    clock.pass_(hours=11)
    assert office.sync().state == "done"
    assert names(zoho) == accounts


def test_what_the_crm_takes_in_a_day_is_counted_by_the_hub(open_office: Any, zoho: Any, clock: Any) -> None:
    office = open_office(connected=False, listening=False, now=clock)
    given = {"requests_per_minute": 60_000, "calls_per_day": 40}
    for service in ("crm", "books"):
        connecting.connect(office.hub.context, service, {**zoho.credentials(), **given})
    office.sign_in()
    while (run := office.sync()).state == "done":
        assert office.calls()["crm"]["GET"] < 60
    assert run.state == "waiting"
    assert "Zoho CRM" in run.problem.en
    services = office.client.get(f"{office.page_url}/api/operations").json()["services"]
    crm = next(each for each in services if each["service"] == "crm")
    assert crm["daily_limit"] == 40
    assert crm["left_today"] <= crm["kept_for_people"] == 4

    clock.pass_(hours=26)
    office.wait_until(lambda: run_of(office, run.id).state == "done")


def test_the_plan_says_how_many_calls_and_days_it_takes(office: Any, zoho: Any, accounts: list[str]) -> None:
    account, _ = zoho.account_and_deal(name=LAST)
    # A contact person goes in the call that makes its customer.
    zoho.add("Contacts", Last_Name="Sato", Account_Name={"id": account})
    run = workflows.start_plan(office.hub.context)
    planned = workflows.run_plan(office.hub.context, office.hub.jobs, run)
    assert planned.state == "done"
    told = office.client.get(f"{office.page_url}/api/sync-runs/{run}").json()["workload"]["books"]
    listings = sum(name.startswith("books.") for name in planned.counts if "read" in planned.counts[name])
    assert told == {
        "writes": COMPANIES + 2,
        "calls": COMPANIES + 1 + listings,
        "minutes": 1,
        # What is left of today's 54, then 54 a day.
        "days": 2,
    }
    page = office.page(f"/sync-runs/{run}")
    assert "What it asks of the services" in page
    assert "Days" in page
    assert len(zoho.posted(CONTACTS)) == 0
